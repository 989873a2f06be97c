// Finds the float32 neighbours of exact boundaries.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/InputThresholds.h"
#include <cmath>

namespace dyadic::model {

float leastFloatFrom(const Rational &value, bool exclusive) {
  float x = nearestFloat32(value);
  if (std::isinf(x) && x > 0) // only values beyond every finite float round to infinity
    return x;
  auto below = [&](float f) {
    if (std::isinf(f))
      return f < 0;
    int order = cmp(*fromFloat32(f), value);
    return order < 0 || (exclusive && order == 0);
  };
  while (below(x))
    x = std::nextafterf(x, INFINITY);
  return x;
}

Result<FloatThresholds> floatThresholds(const Quantiser &q, const Rational &mul, const Rational &add,
                                        int64_t maxCodes) {
  const Rational slope = mul * q.preMul, offset = add * q.preMul + q.preAdd;
  if (slope == 0)
    return Result<FloatThresholds>::failure("the preprocessing multiplies the input by 0");
  if (!q.bounded() || q.kmax - q.kmin >= maxCodes)
    return Result<FloatThresholds>::failure("the input has more than " + std::to_string(maxCodes) + " codes");
  FloatThresholds result;
  result.descending = slope < 0;
  result.base = result.descending ? q.kmax : q.kmin;
  result.values.reserve(static_cast<size_t>(q.kmax - q.kmin));
  for (int64_t i = 1; i <= q.kmax - q.kmin; ++i) {
    // Rising: the first x with code >= kmin + i. Falling: the first x that no longer has code kmax - i + 1.
    Threshold t = q.threshold(result.descending ? q.kmax - i + 1 : q.kmin + i);
    Rational x = (t.theta - offset) / slope;
    result.values.push_back(leastFloatFrom(x, result.descending ? t.inclusive : !t.inclusive));
  }
  return result;
}

} // namespace dyadic::model
