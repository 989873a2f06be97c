// Common units of rationals.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Lattice.h"

namespace dyadic::model {

Rational gcdOf(const Rational &a, const Rational &b) {
  // gcd(p/q, r/s) in lowest terms is gcd(p, r) / lcm(q, s).
  if (a == 0)
    return abs(b);
  if (b == 0)
    return abs(a);
  Integer num = gcd(a.get_num(), b.get_num());
  Integer den = lcm(a.get_den(), b.get_den());
  Rational result(num, den);
  result.canonicalize();
  return result;
}

Rational gcdOf(std::span<const Rational> values) {
  Rational g(0);
  for (const Rational &v : values)
    g = gcdOf(g, v);
  return g;
}

CommonUnit commonUnit(std::span<const Rational> values) {
  CommonUnit result;
  result.unit = gcdOf(values);
  if (result.unit == 0)
    result.unit = 1;
  result.multiples.reserve(values.size());
  for (const Rational &v : values) {
    Rational multiple = v / result.unit;
    result.multiples.push_back(multiple.get_num());
  }
  return result;
}

std::vector<int64_t> digitsOf(Integer value, unsigned bits) {
  std::vector<int64_t> digits;
  const Integer base = Integer(1) << bits;
  for (; value != 0; value /= base)
    digits.push_back(Integer(value % base).get_si());
  return digits;
}

std::optional<CommonLattice> commonLattice(std::span<const Rational> steps, std::span<const Rational> origins,
                                           unsigned limitBits) {
  if (steps.empty() || steps.size() != origins.size())
    return std::nullopt;
  CommonLattice result;
  result.offset = origins[0];
  Rational unit = gcdOf(steps);
  for (const Rational &o : origins)
    unit = gcdOf(unit, Rational(o - result.offset));
  if (unit == 0)
    unit = 1;
  result.unit = unit;
  for (size_t i = 0; i < steps.size(); ++i) {
    Rational mul = steps[i] / unit, add = (origins[i] - result.offset) / unit;
    if (mpz_sizeinbase(mul.get_num().get_mpz_t(), 2) > limitBits ||
        mpz_sizeinbase(add.get_num().get_mpz_t(), 2) > limitBits)
      return std::nullopt;
    result.mul.push_back(mul.get_num());
    result.add.push_back(add.get_num());
  }
  return result;
}

} // namespace dyadic::model
