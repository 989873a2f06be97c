// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pooling: max stays open for a quantiser, averages become integer sums whose count joins the scale.
#include "passes/lower-to-qint/Lowering.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

/// Adds what the offsets in a window contribute to its mean at row y and column x.
void addMeans(Coeffs &means, const Coeffs &beta, ArrayRef<std::pair<int64_t, int64_t>> window, int64_t count,
              int64_t y, int64_t x) {
  size_t rank = beta.shape.size();
  Shape channels(beta.shape);
  for (size_t d = 2; d < rank; ++d)
    channels[d] = 1;
  forEachIndex(channels, [&](ArrayRef<int64_t> c) {
    Shape from(c), to(c);
    Rational sum;
    if (ArrayRef<int64_t>(beta.shape).drop_front(2) == ArrayRef<int64_t>(channels).drop_front(2))
      sum = beta.at(from) * static_cast<long>(window.size());
    else
      for (auto [iy, ix] : window) {
        if (rank == 4)
          from[2] = iy;
        from[rank - 1] = ix;
        sum += beta.at(from);
      }
    if (rank == 4)
      to[2] = y;
    to[rank - 1] = x;
    int64_t flat = 0;
    for (size_t d = 0; d < rank; ++d)
      flat = flat * means.shape[d] + (means.shape[d] == 1 ? 0 : to[d]);
    means.data[flat] = sum / count;
  });
}

} // namespace

bool onlyAlong(const Coeffs &c, ArrayRef<int64_t> axes) {
  for (size_t d = 0; d < c.shape.size(); ++d)
    if (c.shape[d] != 1 && !llvm::is_contained(axes, static_cast<int64_t>(d)))
      return false;
  return true;
}

ViewPtr Lowering::oneScaleEach(ViewPtr x, ArrayRef<int64_t> axes) {
  if (llvm::all_of(x->terms, [&](const Term &t) { return onlyAlong(t.alpha, axes); }))
    return x;
  ViewPtr one = attempt([&] { return materialise(x, /*uniform=*/true); });
  return one ? one : splitScales(x, axes);
}

Window Lowering::windowOf(ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides, ArrayRef<int64_t> pads,
                          ArrayRef<int64_t> dilations) {
  if (kernel.size() == 1)
    return {{1, kernel[0]}, {1, strides[0]}, {0, pads[0], 0, pads[1]}, {1, dilations[0]}};
  return {Shape(kernel), Shape(strides), Shape(pads), Shape(dilations)};
}

IntTensor Lowering::poolInts(const IntTensor &t, const Window &w, qint::PoolKind kind,
                             ArrayRef<int64_t> resultShape) {
  IntTensor in = channelsLast(t);
  Value x = asNhwc(in);
  auto type = cast<RankedTensorType>(x.getType());
  Shape perChannel(resultShape.size(), 1);
  perChannel[1] = resultShape[1];
  Ranges range = reduceRanges(in.range, in.range.shape[1] == 1 ? Shape(resultShape.size(), 1) : perChannel);
  Type element = type.getElementType();
  if (kind == qint::PoolKind::Sum) {
    // A window holds between none and all of its taps where it reaches into padding, or past the end in
    // ceil_mode.
    bool partial = llvm::any_of(w.pads, [](int64_t p) { return p != 0; });
    for (size_t i = 0; i < 2; ++i) {
      int64_t extent = type.getDimSize(1 + static_cast<unsigned>(i)), windows = i == 1 ? resultShape.back()
                                                                                : resultShape.size() == 3
                                                                                    ? 1
                                                                                    : resultShape[2];
      partial |= (windows - 1) * w.strides[i] + w.dilations[i] * (w.kernel[i] - 1) >= extent;
    }
    std::vector<model::AccumulatorRange> sums;
    for (model::Range &r : range.data) {
      model::AccumulatorRange sum;
      sum.addTap(w.kernel[0] * w.kernel[1], r, partial);
      r = sum.range;
      sums.push_back(sum);
    }
    element = accumulatorFor(sums);
    if (!element)
      return {};
  }
  auto out = tensorType(
      {resultShape[0], resultShape.size() == 3 ? 1 : resultShape[2], resultShape.back(), resultShape[1]},
      element);
  Value y = qint::PoolOp::create(b, current->getLoc(), out, x, qint::PoolKindAttr::get(b.getContext(), kind),
                                 b.getDenseI64ArrayAttr(w.kernel), b.getDenseI64ArrayAttr(w.strides),
                                 b.getDenseI64ArrayAttr(w.pads), b.getDenseI64ArrayAttr(w.dilations),
                                 b.getIntegerAttr(b.getIntegerType(64, true), 0),
                                 b.getStringAttr(nodeName(current)));
  return fromNhwc(y, resultShape, range);
}

ViewPtr Lowering::maxPool(qonnx::MaxPoolOp op) {
  ViewPtr x = viewOf(op.getInput());
  if (!x)
    return nullptr;
  View r;
  r.kind = View::Kind::pool;
  r.shape = Shape(cast<RankedTensorType>(op.getResult().getType()).getShape());
  r.inner = {x};
  r.window = windowOf(op.getKernel(), op.getStrides(), op.getPads(), op.getDilations());
  for (size_t axis = 0, n = op.getKernel().size(); axis < n; ++axis)
    for (int64_t i = 0; i < r.shape[2 + axis]; ++i) {
      int64_t first = i * op.getStrides()[axis] - op.getPads()[axis], step = op.getDilations()[axis],
              skip = first < 0 ? (step - 1 - first) / step : 0; // taps before the data
      if (skip >= op.getKernel()[axis] || first + skip * step >= x->shape[2 + axis])
        return fail("has a window that lies in the padding as a whole, so nothing is its greatest element");
    }
  r.node = nodeName(op);
  // Codes that exist are pooled at once; open views (accumulators, sums) wait for their quantiser.
  if (x->isAffine() && !x->free && x->terms.size() == 1 &&
      cast<RankedTensorType>(x->terms[0].ints.value.getType()).getElementTypeBitWidth() <= 16)
    return forcePool(share(std::move(r)));
  return share(std::move(r));
}

ViewPtr Lowering::averagePool(qonnx::AveragePoolOp op) {
  ViewPtr x = force(viewOf(op.getInput()));
  if (!x)
    return nullptr;
  Shape out(cast<RankedTensorType>(op.getResult().getType()).getShape());
  size_t rank = out.size();
  Window w = windowOf(op.getKernel(), op.getStrides(), op.getPads(), op.getDilations());
  if (!(x = oneScaleEach(x, {0, 1})))
    return nullptr;
  if (!onlyAlong(x->beta, {0, 1})) // an integer holds it where one can
    if (ViewPtr one = attempt([&] { return materialiseOffset(x); }))
      x = one;

  // How many positions each window counts, and how many of them hold data (padding adds real 0, not beta).
  int64_t rows = rank == 3 ? 1 : x->shape[2], columns = x->shape[rank - 1];
  Shape spatialShape(rank, 1);
  for (size_t d = 2; d < rank; ++d)
    spatialShape[d] = out[d];
  Coeffs share1{spatialShape, {}};
  Shape betaShape = x->beta.shape;
  for (size_t d = 2; d < rank; ++d)
    betaShape[d] = out[d];
  Coeffs offset{betaShape, std::vector<Rational>(countOf(betaShape))};
  int64_t outRows = rank == 3 ? 1 : out[2];
  for (int64_t y = 0; y < outRows; ++y)
    for (int64_t xo = 0; xo < out[rank - 1]; ++xo) {
      int64_t declared = 0;
      SmallVector<std::pair<int64_t, int64_t>> inside;
      for (int64_t ky = 0; ky < w.kernel[0]; ++ky)
        for (int64_t kx = 0; kx < w.kernel[1]; ++kx) {
          int64_t iy = y * w.strides[0] + ky * w.dilations[0] - w.pads[0],
                  ix = xo * w.strides[1] + kx * w.dilations[1] - w.pads[1];
          if (iy >= 0 && iy < rows && ix >= 0 && ix < columns)
            inside.emplace_back(iy, ix);
          declared += iy < rows + w.pads[2] && ix < columns + w.pads[3];
        }
      int64_t count = op.getCountIncludePad() ? declared : static_cast<int64_t>(inside.size());
      if (count == 0)
        return fail("has a window that counts no position at all");
      share1.data.emplace_back(1, count);
      addMeans(offset, x->beta, inside, count, y, xo);
    }
  View r;
  r.shape = out;
  for (const Term &t : x->terms) {
    IntTensor sum = poolInts(t.ints, w, qint::PoolKind::Sum, out);
    if (!sum.value)
      return nullptr;
    r.terms.push_back({sum, (t.alpha * share1).compress()});
  }
  r.beta = offset.compress();
  return share(std::move(r));
}

ViewPtr Lowering::reduceMean(qonnx::ReduceMeanOp op) {
  ViewPtr x = viewOf(op.getInput());
  if (!x)
    return nullptr;
  // Kept axes first, then the reduced ones: a sum over the columns of one plane.
  size_t rank = x->shape.size();
  llvm::ArrayRef<int64_t> axes = op.getAxes();
  bool spatial = rank >= 3 && rank <= 4 && axes.size() == rank - 2 &&
                 llvm::all_of(axes, [](int64_t a) { return a >= 2; });
  Shape result(cast<RankedTensorType>(op.getResult().getType()).getShape());
  if (!spatial) {
    Shape perm, moved{1, 1};
    int64_t reduced = 1;
    for (size_t d = 0; d < rank; ++d)
      if (!llvm::is_contained(axes, static_cast<int64_t>(d))) {
        perm.push_back(static_cast<int64_t>(d));
        moved[1] *= x->shape[d];
      }
    for (int64_t a : axes) {
      perm.push_back(a);
      reduced *= x->shape[a];
    }
    moved.push_back(reduced);
    x = reshape(transpose(x, perm), moved);
    if (!x)
      return nullptr;
    rank = 3;
  }
  x = force(x);
  if (!x)
    return nullptr;
  if (!(x = oneScaleEach(x, {0, 1})))
    return nullptr;
  int64_t rows = rank == 3 ? 1 : x->shape[2], columns = x->shape[rank - 1];
  Window w{{rows, columns}, {1, 1}, {0, 0, 0, 0}, {1, 1}};
  View r;
  r.shape = Shape{x->shape[0], x->shape[1]};
  r.shape.resize(rank, 1);
  for (const Term &t : x->terms) {
    IntTensor sum = poolInts(t.ints, w, qint::PoolKind::Sum, r.shape);
    if (!sum.value)
      return nullptr;
    r.terms.push_back(
        {sum, mapEach(t.alpha, [&](const Rational &a) { return Rational(a / (rows * columns)); })});
  }
  // The mean of an offset that changes along the reduced axes is its own exact mean.
  Shape perChannel(rank, 1);
  for (size_t d = 0; d < 2; ++d)
    perChannel[d] = x->beta.shape[d];
  Shape full(perChannel);
  for (size_t d = 2; d < rank; ++d)
    full[d] = x->shape[d];
  Coeffs offsets = x->beta.expand(full), mean{perChannel, std::vector<Rational>(countOf(perChannel))};
  for (size_t i = 0; i < offsets.data.size(); ++i)
    mean.data[i / (rows * columns)] += offsets.data[i];
  r.beta = mapEach(mean, [&](const Rational &s) { return Rational(s / (rows * columns)); });
  return reshape(share(std::move(r)), result);
}

} // namespace dyadic::lower
