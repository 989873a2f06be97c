// The float32 values at which the code of a real input changes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/Quantiser.h"

namespace dyadic::model {

/// For every finite float32 x: index = descending ? base - n : base + n with n = number of values <= x.
/// Ascending; the most negative float where the first codes are never taken, +infinity where the last ones
/// are not.
struct FloatThresholds {
  std::vector<float> values;
  bool descending = false;
  int64_t base = 0;
};

/// The smallest float32 reaching each index of q(mul * x + add), decided exactly. Fails where mul is 0 or q
/// is unbounded or has more than maxCodes codes.
Result<FloatThresholds> floatThresholds(const Quantiser &q, const Rational &mul, const Rational &add,
                                        int64_t maxCodes = 1 << 16);

/// Smallest float32 >= value (or > value): +infinity when there is none that is finite.
float leastFloatFrom(const Rational &value, bool exclusive);

} // namespace dyadic::model
