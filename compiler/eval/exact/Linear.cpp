// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exact convolution and matrix product: integers in the narrowest type that provably holds every partial sum.
#include "compiler/eval/exact/Kernels.h"
#include "compiler/eval/exact/Tensor.h"

namespace dyadic::eval {

using Wide = __int128;

static Integer largestMagnitude(const Integers &v) {
  if (!v.fits()) {
    Integer largest = 0;
    for (const Integer &x : v.big)
      if (abs(x) > largest)
        largest = abs(x);
    return largest;
  }
  int64_t largest = 0;
  for (int64_t x : v.small)
    largest = std::max(largest, std::abs(x));
  return Integer(largest);
}

static Integer fromWide(Wide v) {
  bool negative = v < 0;
  auto magnitude = negative ? -static_cast<unsigned __int128>(v) : static_cast<unsigned __int128>(v);
  Integer out = static_cast<unsigned long>(magnitude >> 64);
  out = (out << 64) + static_cast<unsigned long>(magnitude);
  return negative ? Integer(-out) : out;
}

/// sums[i] * unit[index of i along axis] as a tensor.
static Tensor fromSums(const Shape &out, std::vector<int64_t> sums, int axis, std::vector<Rational> unit) {
  std::vector<Rational> offset(unit.size(), Rational(0));
  return Tensor::makeLattice(out, std::move(sums), axis, std::move(unit), std::move(offset));
}
static Tensor fromSums(const Shape &out, std::vector<Integer> sums, int axis, std::vector<Rational> unit) {
  std::vector<Rational> values(sums.size());
  int64_t stride = axis < 0 ? 1 : innerExtent(out, static_cast<size_t>(axis));
  int64_t count = static_cast<int64_t>(unit.size());
  for (size_t i = 0; i < sums.size(); ++i)
    values[i] = sums[i] * unit[static_cast<size_t>(static_cast<int64_t>(i) / stride % count)];
  return Tensor::makeDense(out, std::move(values));
}
static Tensor fromSums(const Shape &out, const std::vector<Wide> &sums, int axis,
                       std::vector<Rational> unit) {
  std::vector<Integer> big(sums.size());
  for (size_t i = 0; i < sums.size(); ++i)
    big[i] = fromWide(sums[i]);
  return fromSums(out, std::move(big), axis, std::move(unit));
}

static std::vector<Integer> widened(const Integers &v) {
  return v.fits() ? std::vector<Integer>(v.small.begin(), v.small.end()) : v.big;
}

/// Runs `kernel(lhs, rhs, sums)` in the narrowest type for which `terms` products cannot overflow.
template <typename Kernel>
static Tensor inNarrowest(const Integers &lhs, const Integers &rhs, int64_t terms, const Shape &out, int axis,
                          std::vector<Rational> unit, Kernel kernel) {
  Integer bound = largestMagnitude(lhs) * largestMagnitude(rhs) * terms;
  size_t bits = mpz_sizeinbase(bound.get_mpz_t(), 2), n = static_cast<size_t>(elements(out));
  bool small = lhs.fits() && rhs.fits();
  if (small && bits <= 62) {
    std::vector<int64_t> sums(n, 0);
    kernel(lhs.small.data(), rhs.small.data(), sums.data());
    return fromSums(out, std::move(sums), axis, std::move(unit));
  }
  if (small && bits <= 126) {
    std::vector<Wide> sums(n, 0);
    kernel(lhs.small.data(), rhs.small.data(), sums.data());
    return fromSums(out, sums, axis, std::move(unit));
  }
  std::vector<Integer> sums(n, 0), l = widened(lhs), r = widened(rhs);
  kernel(l.data(), r.data(), sums.data());
  return fromSums(out, std::move(sums), axis, std::move(unit));
}

static bool hasNoWindow(const Windows &w) {
  return w.kernelRows * w.kernelCols == 1 && w.strideRows * w.strideCols == 1 &&
         w.padTop + w.padLeft + w.padBottom + w.padRight == 0;
}

Tensor conv(const Tensor &input, const Tensor &weights, const Tensor *bias, const Windows &windows,
            int64_t group, const Shape &out) {
  Integers x = integerise(input, -1), w = integerise(weights, 0);
  std::vector<Rational> unit = w.unit;
  for (Rational &u : unit)
    u *= x.unit[0];
  Windows view = windows;
  if (hasNoWindow(windows)) {
    view.inCols = view.outCols = windows.inRows * windows.inCols;
    view.inRows = view.outRows = 1;
  }
  int64_t terms = elements(weights.shape) / weights.shape[0];
  Tensor sums = inNarrowest(x, w, terms, out, 1, std::move(unit), [&](auto *in, auto *weight, auto *sum) {
    convolve(view, input.shape[0], input.shape[1], weights.shape[0], group, in, weight, sum);
  });
  if (!bias)
    return sums;
  Tensor column = *bias; // [O], to be met along axis 1
  Shape thin(out.size() - 1, 1);
  thin[0] = out[1];
  return binary(Binary::Add, sums, reshape(column, thin), out);
}

Tensor matmul(const Tensor &lhs, const Tensor &rhs, const Shape &out) {
  // One unit per output column where the right side is a matrix of weights scaled per column.
  bool perColumn = rhs.shape.size() == 2 && !out.empty() && lhs.shape.size() >= 2;
  Integers a = integerise(lhs, -1), b = integerise(rhs, perColumn ? 1 : -1);
  std::vector<Rational> unit = b.unit;
  for (Rational &u : unit)
    u *= a.unit[0];
  MatMulShape m = makeMatMulShape(lhs.shape, rhs.shape);
  int axis = perColumn ? static_cast<int>(out.size()) - 1 : -1;
  return inNarrowest(a, b, m.inner, out, axis, std::move(unit),
                     [&](auto *l, auto *r, auto *sum) { multiplyMatrices(m, l, r, sum); });
}

} // namespace dyadic::eval
