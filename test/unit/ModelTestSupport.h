// Random rationals and quantisers for the tests of passes/model.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/StepFunction.h"
#include <cmath>
#include <random>

namespace dyadic::model::test {

struct Random {
  std::mt19937_64 engine;
  explicit Random(uint64_t seed) : engine(seed) {}
  int64_t pick(int64_t lo, int64_t hi) {
    return lo + static_cast<int64_t>(engine() % static_cast<uint64_t>(hi - lo + 1));
  }
  bool oneIn(int64_t n) { return pick(1, n) == 1; }
};

inline Rational ratio(int64_t n, int64_t d) {
  Rational r(n, d);
  r.canonicalize();
  return r;
}

/// A float32 of random mantissa with |value| in [1/2, 1) * 2^exponent.
inline Rational randomFloat(Random &random, int exponent, bool isSigned) {
  int64_t mantissa = random.pick(1 << 23, (1 << 24) - 1);
  if (isSigned && random.oneIn(2))
    mantissa = -mantissa;
  return Rational(mantissa) * powerOfTwo(exponent - 24);
}

} // namespace dyadic::model::test
