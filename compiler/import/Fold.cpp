// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise evaluation of constants: float32 in one rounding, integers with wrap-around.
#include "compiler/import/Fold.h"
#include "compiler/import/Text.h"
#include <algorithm>
#include <cmath>
#include <mpfr.h>

using namespace mlir;
namespace dyadic::import_ {
namespace {

// With 200 bits a result next to a rounding boundary of float32 is an exact one, which mpfr rounds right.
constexpr mpfr_prec_t workingBits = 200;

template <typename F> float correctly(float a, F function) {
  mpfr_t x;
  mpfr_init2(x, workingBits);
  mpfr_set_flt(x, a, MPFR_RNDN);
  function(x, x, MPFR_RNDN);
  float result = mpfr_get_flt(x, MPFR_RNDN);
  mpfr_clear(x);
  return result;
}

bool isComparison(Binary op) { return op >= Binary::equal; }

template <typename T> T compute(Binary op, T a, T b) {
  switch (op) {
  case Binary::add:
    return a + b;
  case Binary::sub:
    return a - b;
  case Binary::mul:
    return a * b;
  case Binary::div:
    return a / b;
  case Binary::mod:
    return std::fmod(a, b);
  case Binary::pow:
    return sizeof(T) == sizeof(float) ? T(exactPow(float(a), float(b))) : T(std::pow(a, b));
  case Binary::min:
    return std::isnan(a) || std::isnan(b) ? T(NAN) : std::min(a, b);
  case Binary::max:
    return std::isnan(a) || std::isnan(b) ? T(NAN) : std::max(a, b);
  default:
    return 0;
  }
}

int64_t computeInteger(Binary op, int64_t a, int64_t b) {
  auto ua = uint64_t(a), ub = uint64_t(b);
  switch (op) {
  case Binary::add:
    return int64_t(ua + ub);
  case Binary::sub:
    return int64_t(ua - ub);
  case Binary::mul:
    return int64_t(ua * ub);
  case Binary::div:
    return b == -1 ? int64_t(0 - ua) : a / b;
  case Binary::mod: { // ONNX Mod with fmod = 0 follows the divisor's sign
    int64_t r = b == -1 ? 0 : a % b;
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
  case Binary::pow: {
    uint64_t result = 1;
    for (uint64_t base = ua, e = b < 0 ? 0 : ub; e; e >>= 1, base *= base)
      if (e & 1)
        result *= base;
    return b < 0 ? (a == 1 ? 1 : a == -1 ? (b & 1 ? -1 : 1) : 0) : int64_t(result);
  }
  case Binary::min:
    return std::min(a, b);
  case Binary::max:
    return std::max(a, b);
  case Binary::logicalAnd:
    return a && b;
  case Binary::logicalOr:
    return a || b;
  case Binary::logicalXor:
    return (a != 0) != (b != 0);
  default:
    return 0;
  }
}

template <typename T> bool compare(Binary op, T a, T b) {
  switch (op) {
  case Binary::equal:
    return a == b;
  case Binary::less:
    return a < b;
  case Binary::lessOrEqual:
    return a <= b;
  case Binary::greater:
    return a > b;
  default:
    return a >= b;
  }
}
bool isLogical(Binary op) { return op >= Binary::logicalAnd; }
} // namespace

float exactPow(float a, float b) {
  mpfr_t x, y;
  mpfr_inits2(workingBits, x, y, mpfr_ptr(nullptr));
  mpfr_set_flt(x, a, MPFR_RNDN);
  mpfr_set_flt(y, b, MPFR_RNDN);
  mpfr_pow(x, x, y, MPFR_RNDN);
  float result = mpfr_get_flt(x, MPFR_RNDN);
  mpfr_clears(x, y, mpfr_ptr(nullptr));
  return result;
}

FailureOr<Constant> fold(Node &n, Binary op, const Constant &a, const Constant &second) {
  Constant converted;
  const Constant *b = &second;
  if (op == Binary::pow && b->type != a.type) {
    auto exponent = cast(n, *b, a.type);
    if (failed(exponent))
      return failure();
    converted = std::move(*exponent);
    b = &converted;
  }
  if (a.type != b->type)
    return n.broken(std::string("its operands are ") + toString(a.type) + " and " + toString(b->type),
                    "one type is needed");
  auto shape = broadcast(a.shape, b->shape);
  if (!shape)
    return n.broken("its operands of shape " + shown(a.shape) + " and " + shown(b->shape) +
                        " do not broadcast",
                    "numpy's rule must hold");
  auto count = product(*shape);
  if (!count || failed(n.reserve(3 * *count)))
    return failure();
  Constant out;
  out.shape = *shape;
  out.type = isComparison(op) ? Type::boolean : a.type;
  BroadcastWalk walkA(a.shape, *shape), walkB(b->shape, *shape);
  bool anyLive = !a.live.empty() || !b->live.empty();
  bool divides = op == Binary::div || op == Binary::mod;
  for (int64_t k = 0; k < *count; ++k) {
    int64_t ka = walkA.next(), kb = walkB.next();
    if (anyLive)
      out.live.push_back(a.isLive(ka) || b->isLive(kb));
    if (isLogical(op))
      out.i.push_back(computeInteger(op, a.number(ka) != 0, b->number(kb) != 0));
    else if (isComparison(op))
      out.i.push_back(isFloat(a.type) ? compare(op, a.number(ka), b->number(kb))
                                      : compare(op, a.i[ka], b->i[kb]));
    else if (a.type == Type::f32)
      out.f.push_back(compute(op, a.f[ka], b->f[kb]));
    else if (a.type == Type::f64)
      out.d.push_back(compute(op, a.d[ka], b->d[kb]));
    else if (divides && b->i[kb] == 0)
      return n.broken("it divides by 0", "divisors are not 0");
    else
      out.i.push_back(wrapTo(a.type, computeInteger(op, a.i[ka], b->i[kb])));
  }
  return out;
}

FailureOr<Constant> fold(Node &n, Unary op, const Constant &a) {
  if (failed(n.reserve(a.count())))
    return failure();
  Constant out = a;
  out.quantised.reset();
  auto real = [&](auto v) -> decltype(v) {
    using T = decltype(v);
    switch (op) {
    case Unary::neg:
      return -v;
    case Unary::abs:
      return std::fabs(v);
    case Unary::sqrt:
      return std::sqrt(v); // IEEE: correctly rounded
    case Unary::exp:
      return sizeof(T) == sizeof(float) ? T(correctly(float(v), mpfr_exp)) : T(std::exp(v));
    case Unary::log:
      return sizeof(T) == sizeof(float) ? T(correctly(float(v), mpfr_log)) : T(std::log(v));
    case Unary::ceil:
      return std::ceil(v);
    case Unary::floor:
      return std::floor(v);
    case Unary::round:
      return std::nearbyint(v);
    case Unary::sign:
      return v > 0 ? T(1) : v < 0 ? T(-1) : v;
    case Unary::reciprocal:
      return T(1) / v;
    case Unary::relu:
      return v > 0 ? v : T(0);
    case Unary::logicalNot:
      return v == 0;
    }
    return v;
  };
  auto integer = [&](int64_t v) -> int64_t {
    switch (op) {
    case Unary::neg:
      return int64_t(0 - uint64_t(v));
    case Unary::abs:
      return v < 0 ? int64_t(0 - uint64_t(v)) : v;
    case Unary::sign:
      return (v > 0) - (v < 0);
    case Unary::relu:
      return v > 0 ? v : 0;
    case Unary::logicalNot:
      return v == 0;
    default:
      return v;
    }
  };
  if (!isFloat(a.type) && op != Unary::neg && op != Unary::abs && op != Unary::sign && op != Unary::relu &&
      op != Unary::logicalNot)
    return n.broken(std::string("its operand is ") + toString(a.type), "a floating type is needed");
  for (float &v : out.f)
    v = real(v);
  for (double &v : out.d)
    v = real(v);
  for (int64_t &v : out.i)
    v = wrapTo(a.type, integer(v));
  return out;
}

FailureOr<Constant> cast(Node &n, const Constant &a, Type to) {
  if (failed(n.reserve(a.count())))
    return failure();
  if (a.type == to) {
    Constant out = a;
    return out;
  }
  Constant out;
  out.type = to;
  out.shape = a.shape;
  for (int64_t k = 0; k < a.count(); ++k) {
    double v = a.number(k);
    if (to == Type::f32) {
      out.f.push_back(isFloat(a.type) ? float(v) : float(a.i[k]));
    } else if (to == Type::f64) {
      out.d.push_back(v);
    } else if (to == Type::boolean) {
      out.i.push_back(v != 0);
    } else if (!isFloat(a.type)) {
      out.i.push_back(wrapTo(to, a.i[k]));
    } else {
      // Outside int64 the result is undefined in numpy and in C alike.
      if (!(v > -9.2233720368547e18 && v < 9.2233720368547e18))
        return n.broken("it casts a value outside of int64 to an integer", "casts must fit");
      out.i.push_back(wrapTo(to, int64_t(v)));
    }
  }
  if (!isFloat(to) && !isFloat(a.type))
    out.live = a.live;
  return out;
}

} // namespace dyadic::import_
