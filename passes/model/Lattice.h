// Common units of rationals: sets of reals as integers times one rational.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/Rational.h"
#include <span>
#include <vector>

namespace dyadic::model {

/// The greatest rational g >= 0 of which both are integer multiples; gcd(0, 0) = 0.
Rational gcdOf(const Rational &a, const Rational &b);
Rational gcdOf(std::span<const Rational> values);

/// values[i] = multiples[i] * unit, unit > 0 the greatest possible (1 when all are 0).
struct CommonUnit {
  Rational unit;
  std::vector<Integer> multiples;
};
CommonUnit commonUnit(std::span<const Rational> values);

/// value = sum of digits[i] * 2^(bits * i), |digit| < 2^bits, all of the value's sign; bits <= 62.
std::vector<int64_t> digitsOf(Integer value, unsigned bits);

/// Several lattices {origin_i + step_i * integer} on one: what Concat and Add of different scales need. None
/// when a multiple is longer than limitBits.
struct CommonLattice {
  Rational unit, offset;
  std::vector<Integer> mul, add; ///< lattice i: integer q stands for unit * (mul[i] * q + add[i]) + offset
};
std::optional<CommonLattice> commonLattice(std::span<const Rational> steps, std::span<const Rational> origins,
                                           unsigned limitBits = 62);

} // namespace dyadic::model
