// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each qint op by its definition: plain loops over integers, 64 bits wide.
#include "dialects/qint/Reference.h"
#include "dialects/qint/StepEvaluator.h"

using namespace mlir;
namespace dyadic::qint {
namespace {

RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

/// The window geometry of conv2d, depthwise_conv2d, im2col and pool.
struct Geometry {
  int64_t n, h, w, c, ho, wo, kh, kw;
  ArrayRef<int64_t> strides, pads, dilations;
  /// Flat index of pixel (y, x) under tap (ky, kx) of batch b, without the channel; -1 on padding.
  int64_t pixel(int64_t b, int64_t y, int64_t x, int64_t ky, int64_t kx) const {
    int64_t iy = y * strides[0] + ky * dilations[0] - pads[0],
            ix = x * strides[1] + kx * dilations[1] - pads[1];
    return iy < 0 || iy >= h || ix < 0 || ix >= w ? -1 : (b * h + iy) * w + ix;
  }
};
template <typename Op> Geometry geometry(Op op, int64_t kh, int64_t kw, int64_t ho, int64_t wo) {
  auto in = typeOf(op.getInput()).getShape();
  return {in[0], in[1], in[2], in[3], ho, wo, kh, kw, op.getStrides(), op.getPads(), op.getDilations()};
}

template <typename F> void eachPixel(const Geometry &g, F visit) {
  for (int64_t b = 0; b < g.n; ++b)
    for (int64_t y = 0; y < g.ho; ++y)
      for (int64_t x = 0; x < g.wo; ++x)
        visit(b, y, x);
}

} // namespace

Ints conv2d(Conv2DOp op, const Ints &x, const Ints &w) {
  auto ws = typeOf(op.getWeights()).getShape(), out = typeOf(op.getResult()).getShape();
  Geometry g = geometry(op, ws[1], ws[2], out[1], out[2]);
  int64_t outputs = ws[0], inner = ws[3], perGroup = outputs / static_cast<int64_t>(op.getGroup()),
          zero = op.getInputZero();
  Ints r;
  r.reserve(typeOf(op.getResult()).getNumElements());
  eachPixel(g, [&](int64_t b, int64_t y, int64_t xo) {
    for (int64_t o = 0; o < outputs; ++o) {
      int64_t sum = 0;
      for (int64_t ky = 0; ky < g.kh; ++ky)
        for (int64_t kx = 0; kx < g.kw; ++kx)
          if (int64_t p = g.pixel(b, y, xo, ky, kx); p >= 0)
            for (int64_t i = 0; i < inner; ++i)
              sum += w[((o * g.kh + ky) * g.kw + kx) * inner + i] *
                     (x[p * g.c + o / perGroup * inner + i] - zero);
      r.push_back(sum);
    }
  });
  return r;
}

Ints depthwise(DepthwiseConv2DOp op, const Ints &x, const Ints &w) {
  auto ws = typeOf(op.getWeights()).getShape(), out = typeOf(op.getResult()).getShape();
  Geometry g = geometry(op, ws[0], ws[1], out[1], out[2]);
  Ints r(typeOf(op.getResult()).getNumElements(), 0);
  int64_t at = 0, zero = op.getInputZero();
  eachPixel(g, [&](int64_t b, int64_t y, int64_t xo) {
    for (int64_t ky = 0; ky < g.kh; ++ky)
      for (int64_t kx = 0; kx < g.kw; ++kx)
        if (int64_t p = g.pixel(b, y, xo, ky, kx); p >= 0)
          for (int64_t c = 0; c < g.c; ++c)
            r[at + c] += w[(ky * g.kw + kx) * g.c + c] * (x[p * g.c + c] - zero);
    at += g.c;
  });
  return r;
}

Ints im2col(Im2ColOp op, const Ints &x) {
  auto in = typeOf(op.getInput()).getShape();
  auto windows = [&](size_t i) {
    return (in[1 + i] + op.getPads()[i] + op.getPads()[2 + i] -
            op.getDilations()[i] * (op.getKernel()[i] - 1) - 1) /
               op.getStrides()[i] +
           1;
  };
  Geometry g = geometry(op, op.getKernel()[0], op.getKernel()[1], windows(0), windows(1));
  Ints r;
  r.reserve(typeOf(op.getResult()).getNumElements());
  eachPixel(g, [&](int64_t b, int64_t y, int64_t xo) {
    for (int64_t ky = 0; ky < g.kh; ++ky)
      for (int64_t kx = 0; kx < g.kw; ++kx) {
        int64_t p = g.pixel(b, y, xo, ky, kx);
        for (int64_t c = 0; c < g.c; ++c)
          r.push_back(p < 0 ? 0 : x[p * g.c + c] - op.getInputZero());
      }
  });
  return r;
}

Ints matmul(MatMulOp op, const Ints &x, const Ints &w) {
  int64_t rows = typeOf(op.getInput()).getDimSize(0), depth = typeOf(op.getInput()).getDimSize(1),
          outputs = typeOf(op.getWeights()).getDimSize(0), zero = op.getInputZero();
  Ints r;
  r.reserve(rows * outputs);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t o = 0; o < outputs; ++o) {
      int64_t sum = 0;
      for (int64_t k = 0; k < depth; ++k)
        sum += w[o * depth + k] * (x[row * depth + k] - zero);
      r.push_back(sum);
    }
  return r;
}

Ints pool(PoolOp op, const Ints &x) {
  auto out = typeOf(op.getResult()).getShape();
  Geometry g = geometry(op, op.getKernel()[0], op.getKernel()[1], out[1], out[2]);
  bool sum = op.getKind() == PoolKind::Sum, least = op.getKind() == PoolKind::Min;
  Ints r;
  r.reserve(typeOf(op.getResult()).getNumElements());
  eachPixel(g, [&](int64_t b, int64_t y, int64_t xo) {
    for (int64_t c = 0; c < g.c; ++c) {
      int64_t best = sum ? 0 : least ? INT64_MAX : INT64_MIN;
      for (int64_t ky = 0; ky < g.kh; ++ky)
        for (int64_t kx = 0; kx < g.kw; ++kx)
          if (int64_t p = g.pixel(b, y, xo, ky, kx); p >= 0) {
            int64_t v = x[p * g.c + c];
            best = sum ? best + v - op.getInputZero() : least ? std::min(best, v) : std::max(best, v);
          }
      r.push_back(best);
    }
  });
  return r;
}

llvm::Expected<Ints> rescale(RescaleOp op, ArrayRef<const Ints *> terms) {
  llvm::Expected<StepEvaluator> step = StepEvaluator::make(op.getStep());
  if (!step)
    return step.takeError();
  auto period = static_cast<size_t>(op.getStep().getPeriod()),
       channels = static_cast<size_t>(op.getStep().getChannels());
  bool bipolar = cast<RankedTensorType>(op.getType()).getElementType().isSignedInteger(1);
  Ints r(terms[0]->size()), a(terms.size());
  for (size_t i = 0; i < r.size(); ++i) {
    for (size_t t = 0; t < terms.size(); ++t)
      a[t] = (*terms[t])[i];
    int64_t y = (*step)(static_cast<int64_t>(i / period % channels), a);
    r[i] = bipolar ? 2 * y - 1 : y;
  }
  return r;
}

Ints affine(AffineOp op, ArrayRef<const Ints *> terms) {
  size_t period = op.getPeriod(), channels = op.getChannels();
  Ints r(terms[0]->size());
  for (size_t i = 0; i < r.size(); ++i) {
    size_t c = i / period % channels;
    int64_t sum = op.getBias()[c];
    for (size_t t = 0; t < terms.size(); ++t)
      sum += op.getMult()[c * terms.size() + t] * (*terms[t])[i];
    r[i] = std::clamp(sum, op.getLo(), op.getHi());
  }
  return r;
}

} // namespace dyadic::qint
