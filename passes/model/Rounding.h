// The rounding modes of QONNX, once as a definition and once as thresholds; the tests hold one against the
// other. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/Rational.h"

namespace dyadic::model {

enum class RoundingMode { HalfEven, Ceil, Floor, Down, Up, HalfUp, HalfDown };

/// ROUND, HALF_EVEN, CEIL, FLOOR, DOWN, ROUND_TO_ZERO, UP, HALF_UP, HALF_DOWN in either case; none for others
/// (DPU and STOCHASTIC_ROUND occur in files and have no exact meaning).
std::optional<RoundingMode> parseRoundingMode(std::string_view name);
const char *roundingModeName(RoundingMode mode);

/// The definition: Down is towards zero, Up away from zero, HalfUp sign(x) * floor(|x| + 1/2),
/// HalfDown sign(x) * ceil(|x| - 1/2), all on the exact value.
Integer roundExact(RoundingMode mode, const Rational &value);

/// The same as thresholds: roundExact(v) >= k iff v > theta, or v >= theta when inclusive.
struct RoundingThreshold {
  int64_t twiceTheta; ///< 2 * theta, an integer in every mode
  bool inclusive;
};
RoundingThreshold roundingThreshold(RoundingMode mode, int64_t k);

} // namespace dyadic::model
