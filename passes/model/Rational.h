// Exact numbers: every constant of a network is one of these before anything is decided about it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <gmpxx.h>
#include <optional>
#include <string>
#include <string_view>

namespace dyadic::model {

using Rational = mpq_class;
using Integer = mpz_class;

/// The exact value of a float (each finite one is a dyadic rational); none for NaN and infinity.
std::optional<Rational> fromFloat32(float value);
std::optional<Rational> fromDouble(double value);

/// "3", "-0.015625", "1e-3", "1/255", "0.5/3": read exactly. None for anything else, for a zero denominator,
/// and beyond 1,000 characters or a decimal exponent outside -1,000 .. 1,000.
std::optional<Rational> parseRational(std::string_view text);

/// "numerator/denominator" in lowest terms, the denominator always written ("3/1").
std::string toString(const Rational &value);

/// The nearest float, ties to even; subnormals included, overflow gives infinity.
float nearestFloat32(const Rational &value);
double nearestDouble(const Rational &value);

Integer floorOf(const Rational &value);
Integer ceilOf(const Rational &value);

/// None when the value does not fit.
std::optional<int64_t> toInt64(const Integer &value);
std::optional<int64_t> floorInt64(const Rational &value);
std::optional<int64_t> ceilInt64(const Rational &value);

/// value = 2^exponent exactly; none otherwise (and for values <= 0).
std::optional<int64_t> exactLog2(const Rational &value);

/// 2^exponent, exponent of either sign.
Rational powerOfTwo(int64_t exponent);

inline Integer floorDiv(const Integer &a, const Integer &b) {
  Integer q;
  mpz_fdiv_q(q.get_mpz_t(), a.get_mpz_t(), b.get_mpz_t());
  return q;
}
inline Integer ceilDiv(const Integer &a, const Integer &b) {
  Integer q;
  mpz_cdiv_q(q.get_mpz_t(), a.get_mpz_t(), b.get_mpz_t());
  return q;
}
/// In 0 .. |b| - 1.
inline Integer floorMod(const Integer &a, const Integer &b) {
  Integer r;
  mpz_fdiv_r(r.get_mpz_t(), a.get_mpz_t(), b.get_mpz_t());
  return r;
}

} // namespace dyadic::model
