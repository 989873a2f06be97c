// The rounding modes of QONNX, by definition and by thresholds.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Rounding.h"

namespace dyadic::model {

std::optional<RoundingMode> parseRoundingMode(std::string_view name) {
  std::string upper;
  for (char c : name)
    upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (upper == "ROUND" || upper == "HALF_EVEN")
    return RoundingMode::HalfEven;
  if (upper == "CEIL")
    return RoundingMode::Ceil;
  if (upper == "FLOOR")
    return RoundingMode::Floor;
  if (upper == "DOWN" || upper == "ROUND_TO_ZERO")
    return RoundingMode::Down;
  if (upper == "UP")
    return RoundingMode::Up;
  if (upper == "HALF_UP")
    return RoundingMode::HalfUp;
  if (upper == "HALF_DOWN")
    return RoundingMode::HalfDown;
  return std::nullopt;
}

const char *roundingModeName(RoundingMode mode) {
  switch (mode) {
  case RoundingMode::HalfEven:
    return "HALF_EVEN";
  case RoundingMode::Ceil:
    return "CEIL";
  case RoundingMode::Floor:
    return "FLOOR";
  case RoundingMode::Down:
    return "DOWN";
  case RoundingMode::Up:
    return "UP";
  case RoundingMode::HalfUp:
    return "HALF_UP";
  case RoundingMode::HalfDown:
    return "HALF_DOWN";
  }
  return "";
}

Integer roundExact(RoundingMode mode, const Rational &value) {
  const Rational half(1, 2);
  switch (mode) {
  case RoundingMode::Floor:
    return floorOf(value);
  case RoundingMode::Ceil:
    return ceilOf(value);
  case RoundingMode::Down:
    return value < 0 ? ceilOf(value) : floorOf(value);
  case RoundingMode::Up:
    return value < 0 ? floorOf(value) : ceilOf(value);
  case RoundingMode::HalfUp:
    return value < 0 ? Integer(-floorOf(half - value)) : floorOf(value + half);
  case RoundingMode::HalfDown:
    return value < 0 ? Integer(-ceilOf(-value - half)) : ceilOf(value - half);
  case RoundingMode::HalfEven:
    break;
  }
  Integer below = floorOf(value);
  Rational rest = value - below;
  if (rest > half || (rest == half && mpz_odd_p(below.get_mpz_t())))
    ++below;
  return below;
}

RoundingThreshold roundingThreshold(RoundingMode mode, int64_t k) {
  switch (mode) {
  case RoundingMode::HalfEven:
    return {2 * k - 1, (k & 1) == 0};
  case RoundingMode::Floor:
    return {2 * k, true};
  case RoundingMode::Ceil:
    return {2 * k - 2, false};
  case RoundingMode::Down:
    return k > 0 ? RoundingThreshold{2 * k, true} : RoundingThreshold{2 * k - 2, false};
  case RoundingMode::Up:
    return k > 0 ? RoundingThreshold{2 * k - 2, false} : RoundingThreshold{2 * k, true};
  case RoundingMode::HalfUp:
    return {2 * k - 1, k > 0};
  case RoundingMode::HalfDown:
    return {2 * k - 1, k <= 0};
  }
  return {2 * k, true};
}

} // namespace dyadic::model
