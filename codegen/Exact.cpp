// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds exact fractions once.
#include "codegen/Exact.h"

#include "llvm/Support/raw_ostream.h"

#include <cmath>

namespace dyadic::codegen {
namespace {

/// x rounded to `bits` significant bits (fewer below `minExponent`, the exponent of the last place of
/// denormals).
double roundTo(const mpq_class &x, int bits, int minExponent) {
  if (x == 0)
    return 0.0;
  mpz_class n = abs(x.get_num()), d = x.get_den();
  // Scale so that the quotient has `bits` or bits + 1 bits, then round it to an integer.
  long shift = bits + static_cast<long>(mpz_sizeinbase(d.get_mpz_t(), 2)) -
               static_cast<long>(mpz_sizeinbase(n.get_mpz_t(), 2));
  auto quotient = [&](long s, mpz_class &q, mpz_class &r, mpz_class &by) {
    mpz_class top = n;
    by = d;
    if (s >= 0)
      top <<= s;
    else
      by <<= -s;
    mpz_fdiv_qr(q.get_mpz_t(), r.get_mpz_t(), top.get_mpz_t(), by.get_mpz_t());
  };
  mpz_class q, r, by;
  quotient(shift, q, r, by);
  while (static_cast<int>(mpz_sizeinbase(q.get_mpz_t(), 2)) > bits)
    quotient(--shift, q, r, by);
  if (-shift < minExponent)
    quotient(shift = -minExponent, q, r, by);
  int c = cmp(2 * r, by);
  if (c > 0 || (c == 0 && mpz_odd_p(q.get_mpz_t())))
    q += 1;
  double y = std::ldexp(q.get_d(), static_cast<int>(-shift));
  return sgn(x) < 0 ? -y : y;
}

std::string shortest(double x, int digits, const char *suffix) {
  if (std::isinf(x))
    return x < 0 ? "-HUGE_VAL" : "HUGE_VAL";
  char text[64];
  std::snprintf(text, sizeof text, "%.*g", digits, x);
  std::string s = text;
  if (s.find_first_of(".e") == std::string::npos)
    s += ".0";
  return s + suffix;
}

} // namespace

mpq_class parseFraction(llvm::StringRef text) {
  mpq_class x;
  if (x.set_str(text.str(), 10) != 0)
    return 0;
  x.canonicalize();
  return x;
}

std::vector<mpq_class> parseFractions(mlir::ArrayAttr list) {
  std::vector<mpq_class> out;
  for (mlir::Attribute a : list)
    out.push_back(parseFraction(mlir::cast<mlir::StringAttr>(a).getValue()));
  if (out.empty())
    out.emplace_back(0);
  return out;
}

double nearestDouble(const mpq_class &x) { return roundTo(x, 53, -1074); }
float nearestFloat(const mpq_class &x) { return static_cast<float>(roundTo(x, 24, -149)); }
std::string floatLiteral(float x) {
  return std::isinf(x) ? (x < 0 ? "-HUGE_VALF" : "HUGE_VALF") : shortest(x, 9, "f");
}
std::string doubleLiteral(double x) { return shortest(x, 17, ""); }

} // namespace dyadic::codegen
