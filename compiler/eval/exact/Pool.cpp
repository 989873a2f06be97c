// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exact pooling, means and the two heads.
#include "compiler/eval/exact/Tensor.h"
#include <algorithm>
#include <deque>
#include <mpfr.h>
#include <numeric>
#include <tuple>

namespace dyadic::eval {

Tensor maxPool(const Tensor &t, const Windows &w, const Shape &out) {
  // Every window holds at least one position of the input: ONNX drops those that do not.
  std::vector<int64_t> best(static_cast<size_t>(elements(out)), -1);
  bool byCode = t.isLattice && t.axis < 2; // one scale within a window
  forEachInside(w, out, [&](int64_t o, int64_t i) {
    int64_t &b = best[static_cast<size_t>(o)];
    if (b < 0)
      b = i;
    else if (byCode ? (t.codes[static_cast<size_t>(i)] > t.codes[static_cast<size_t>(b)]) ==
                              (sgn(t.scale[t.group(i)]) > 0) &&
                          t.codes[static_cast<size_t>(i)] != t.codes[static_cast<size_t>(b)]
                    : t.at(i) > t.at(b))
      b = i;
  });
  return gather(t, best, out);
}

Tensor averagePool(const Tensor &t, const Windows &w, bool includePad, const Shape &out) {
  Integers x = integerise(t, t.axis == 1 ? 1 : -1);
  size_t n = static_cast<size_t>(elements(out));
  std::vector<Integer> sums(n, 0);
  forEachInside(w, out, [&](int64_t o, int64_t i) {
    if (x.fits())
      sums[static_cast<size_t>(o)] += x.small[static_cast<size_t>(i)];
    else
      sums[static_cast<size_t>(o)] += x.big[static_cast<size_t>(i)];
  });
  // Over the least common multiple of all counts the sums stay integers.
  std::vector<int64_t> counts;
  int64_t multiple = 1;
  for (int64_t r = 0; r < w.outRows; ++r)
    for (int64_t c = 0; c < w.outCols; ++c) {
      counts.push_back(std::max<int64_t>(countedPositions(w, r, c, includePad), 1));
      multiple = std::lcm(multiple, counts.back());
    }
  std::vector<int64_t> codes(n);
  bool fits = true;
  for (size_t i = 0; i < n; ++i) {
    sums[i] *= multiple / counts[i % counts.size()];
    fits = fits && mpz_sizeinbase(sums[i].get_mpz_t(), 2) <= 62;
    codes[i] = fits ? sums[i].get_si() : 0;
  }
  for (Rational &u : x.unit)
    u /= multiple;
  if (fits)
    return Tensor::makeLattice(out, std::move(codes), x.axis, x.unit,
                               std::vector<Rational>(x.unit.size(), Rational(0)));
  int64_t plane = innerExtent(out, 1);
  std::vector<Rational> values(n);
  for (size_t i = 0; i < n; ++i)
    values[i] =
        sums[i] * x.unit[x.axis < 0 ? 0 : static_cast<size_t>(static_cast<int64_t>(i) / plane % out[1])];
  return Tensor::makeDense(out, std::move(values));
}

Tensor reduceMean(const Tensor &t, const std::vector<bool> &reduced, const Shape &out) {
  // Reduced axes count as extent 1; whether they stay in the shape changes no element.
  Shape kept = t.shape;
  int64_t count = 1;
  for (size_t d = 0; d < kept.size(); ++d)
    if (reduced[d]) {
      count *= kept[d];
      kept[d] = 1;
    }
  bool perGroup = t.isLattice && t.axis >= 0 && !reduced[static_cast<size_t>(t.axis)];
  Integers x = integerise(t, perGroup ? t.axis : -1);
  Gather to = broadcastGather(kept, t.shape);
  std::vector<Integer> sums(static_cast<size_t>(elements(kept)), 0);
  for (size_t i = 0; i < to.size(); ++i)
    if (x.fits())
      sums[static_cast<size_t>(to[i])] += x.small[i];
    else
      sums[static_cast<size_t>(to[i])] += x.big[i];
  bool fits = true;
  for (const Integer &s : sums)
    fits = fits && mpz_sizeinbase(s.get_mpz_t(), 2) <= 62;
  for (Rational &u : x.unit)
    u /= count;
  std::vector<Rational> offset(x.unit.size(), Rational(0));
  std::vector<int64_t> codes;
  for (const Integer &s : sums)
    codes.push_back(fits ? s.get_si() : 1);
  Tensor mean = Tensor::makeLattice(kept, std::move(codes), x.axis, x.unit, offset);
  if (!fits)
    mean = map(
        mean, [&](const Rational &unit, int64_t i) { return Rational(unit * sums[static_cast<size_t>(i)]); });
  return reshape(mean, out);
}

std::vector<int64_t> argMax(const Tensor &t, size_t axis) {
  int64_t outer = outerExtent(t.shape, axis), inner = innerExtent(t.shape, axis), extent = t.shape[axis];
  std::vector<int64_t> index;
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      int64_t best = 0, base = o * extent * inner + i;
      for (int64_t k = 1; k < extent; ++k)
        if (t.at(base + k * inner) > t.at(base + best * inner))
          best = k;
      index.push_back(best);
    }
  return index;
}

//===-- Softmax ---------------------------------------------------------------------------------------===//

namespace {
/// An MPFR number that frees itself.
struct Real {
  mpfr_t v;
  explicit Real(mpfr_prec_t precision) { mpfr_init2(v, precision); }
  Real(const Real &) = delete;
  Real &operator=(const Real &) = delete;
  ~Real() { mpfr_clear(v); }
};
} // namespace

/// exp(d_k) / sum_j exp(d_j) for every k, each rounded once to float32; the d_j are exact and the largest is
/// 0. Bounds from both sides are drawn closer until they round alike. They meet: with every d_j 0 the
/// quotient is one of integers, no tie of float32's, otherwise it is transcendental.
static std::vector<float> quotients(const std::vector<Rational> &d) {
  for (mpfr_prec_t precision = 96;; precision *= 2) {
    std::deque<Real> low, high;
    Real least(precision), most(precision), exponent(precision);
    mpfr_set_zero(least.v, 1);
    mpfr_set_zero(most.v, 1);
    for (const Rational &x : d)
      for (auto [terms, sum, mode] : {std::tuple{&low, &least, MPFR_RNDD}, {&high, &most, MPFR_RNDU}}) {
        Real &term = terms->emplace_back(precision);
        mpfr_set_q(exponent.v, x.get_mpq_t(), mode);
        mpfr_exp(term.v, exponent.v, mode);
        mpfr_add(sum->v, sum->v, term.v, mode);
      }
    std::vector<float> result;
    bool settled = true;
    for (size_t k = 0; k < d.size(); ++k) {
      mpfr_div(low[k].v, low[k].v, most.v, MPFR_RNDD);
      mpfr_div(high[k].v, high[k].v, least.v, MPFR_RNDU);
      result.push_back(mpfr_get_flt(low[k].v, MPFR_RNDN));
      settled &= result.back() == mpfr_get_flt(high[k].v, MPFR_RNDN);
    }
    if (settled)
      return result;
  }
}

std::vector<float> softmax(const Tensor &t, size_t axis) {
  int64_t outer = outerExtent(t.shape, axis), inner = innerExtent(t.shape, axis), extent = t.shape[axis];
  std::vector<float> out(static_cast<size_t>(t.size()));
  std::vector<Rational> d(static_cast<size_t>(extent));
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      int64_t base = o * extent * inner + i;
      for (int64_t k = 0; k < extent; ++k)
        d[static_cast<size_t>(k)] = t.at(base + k * inner);
      Rational largest = *std::max_element(d.begin(), d.end());
      for (Rational &x : d)
        x -= largest;
      std::vector<float> shares = quotients(d);
      for (int64_t k = 0; k < extent; ++k)
        out[static_cast<size_t>(base + k * inner)] = shares[static_cast<size_t>(k)];
    }
  return out;
}

} // namespace dyadic::eval
