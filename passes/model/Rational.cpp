// Exact numbers: conversion from and to floats and text.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Rational.h"
#include <cmath>

namespace dyadic::model {

std::optional<Rational> fromDouble(double value) {
  if (!std::isfinite(value))
    return std::nullopt;
  return Rational(value); // mpq_set_d is exact
}

std::optional<Rational> fromFloat32(float value) { return fromDouble(static_cast<double>(value)); }

/// An optionally signed decimal with an optional exponent.
static std::optional<Rational> parseDecimal(std::string_view text) {
  std::string digits;
  bool negative = false, seenPoint = false, seenDigit = false;
  long scale = 0; // digits after the point
  size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+'))
    negative = text[i++] == '-';
  for (; i < text.size(); ++i) {
    char c = text[i];
    if (c >= '0' && c <= '9') {
      digits += c;
      seenDigit = true;
      scale += seenPoint;
    } else if (c == '.' && !seenPoint) {
      seenPoint = true;
    } else {
      break;
    }
  }
  if (!seenDigit)
    return std::nullopt;
  long exponent = 0;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    bool negativeExponent = false, seenExponent = false;
    if (i < text.size() && (text[i] == '-' || text[i] == '+'))
      negativeExponent = text[i++] == '-';
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
      exponent = exponent * 10 + (text[i] - '0');
      seenExponent = true;
      if (exponent > 1000)
        return std::nullopt;
    }
    if (!seenExponent)
      return std::nullopt;
    if (negativeExponent)
      exponent = -exponent;
  }
  if (i != text.size())
    return std::nullopt;
  Rational result{Integer(digits, 10)};
  exponent -= scale;
  Integer ten;
  mpz_ui_pow_ui(ten.get_mpz_t(), 10, static_cast<unsigned long>(exponent < 0 ? -exponent : exponent));
  if (exponent < 0)
    result /= ten;
  else
    result *= ten;
  return negative ? Rational(-result) : result;
}

std::optional<Rational> parseRational(std::string_view text) {
  if (text.size() > 1000)
    return std::nullopt;
  size_t slash = text.find('/');
  auto numerator = parseDecimal(text.substr(0, slash));
  if (!numerator || slash == std::string_view::npos)
    return numerator;
  auto denominator = parseDecimal(text.substr(slash + 1));
  if (!denominator || *denominator == 0)
    return std::nullopt;
  return Rational(*numerator / *denominator);
}

std::string toString(const Rational &value) {
  return value.get_num().get_str() + "/" + value.get_den().get_str();
}

/// Rounds |value| to `precision` bits (fewer below 2^minExponent, the smallest normal), ties to even.
static double nearest(const Rational &value, long precision, long minExponent) {
  if (value == 0)
    return 0.0;
  Integer num = abs(value.get_num());
  const Integer &den = value.get_den();
  // 2^(e) <= |value| < 2^(e+1)
  long e = static_cast<long>(mpz_sizeinbase(num.get_mpz_t(), 2)) -
           static_cast<long>(mpz_sizeinbase(den.get_mpz_t(), 2));
  Rational magnitude = abs(value);
  if (magnitude < powerOfTwo(e))
    --e;
  if (e > 2000)
    return value < 0 ? -INFINITY : INFINITY;
  long unit = std::max(e, minExponent) - precision + 1; // exponent of the last bit kept
  Rational scaled = magnitude * powerOfTwo(-unit);
  Integer kept = floorOf(scaled);
  Rational rest = scaled - kept;
  if (rest > Rational(1, 2) || (rest == Rational(1, 2) && mpz_odd_p(kept.get_mpz_t())))
    ++kept;
  double result = std::ldexp(kept.get_d(), static_cast<int>(unit));
  return value < 0 ? -result : result;
}

float nearestFloat32(const Rational &value) {
  double result = nearest(value, 24, -126);
  if (std::fabs(result) > 3.4028234663852886e38) // the largest float
    return value < 0 ? -INFINITY : INFINITY;
  return static_cast<float>(result);
}

double nearestDouble(const Rational &value) { return nearest(value, 53, -1022); }

Integer floorOf(const Rational &value) { return floorDiv(value.get_num(), value.get_den()); }
Integer ceilOf(const Rational &value) { return ceilDiv(value.get_num(), value.get_den()); }

std::optional<int64_t> toInt64(const Integer &value) {
  if (!value.fits_slong_p())
    return std::nullopt;
  return value.get_si();
}
std::optional<int64_t> floorInt64(const Rational &value) { return toInt64(floorOf(value)); }
std::optional<int64_t> ceilInt64(const Rational &value) { return toInt64(ceilOf(value)); }

std::optional<int64_t> exactLog2(const Rational &value) {
  if (value <= 0)
    return std::nullopt;
  const Integer &num = value.get_num(), &den = value.get_den();
  if (mpz_popcount(num.get_mpz_t()) != 1 || mpz_popcount(den.get_mpz_t()) != 1)
    return std::nullopt;
  return static_cast<int64_t>(mpz_sizeinbase(num.get_mpz_t(), 2)) -
         static_cast<int64_t>(mpz_sizeinbase(den.get_mpz_t(), 2));
}

Rational powerOfTwo(int64_t exponent) {
  Rational result(1);
  if (exponent >= 0)
    mpq_mul_2exp(result.get_mpq_t(), result.get_mpq_t(), static_cast<mp_bitcnt_t>(exponent));
  else
    mpq_div_2exp(result.get_mpq_t(), result.get_mpq_t(), static_cast<mp_bitcnt_t>(-exponent));
  return result;
}

} // namespace dyadic::model
