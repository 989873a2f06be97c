// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolution: scales leave the sum where they can, zero points become input_zero or an offset.
#include "passes/lower-to-qint/Linear.h"

using namespace mlir;
namespace dyadic::lower {
ViewPtr Lowering::conv(qonnx::ConvOp op) {
  Operation *constant = constantOf(op.getWeights());
  if (!constant)
    return fail("convolves with weights that depend on the input; supported are constant weights");
  return sumOver(viewOf(op.getInput()), [&](ViewPtr x) { return convolve(op, constant, x); });
}

ViewPtr Lowering::convolve(qonnx::ConvOp op, Operation *constant, ViewPtr x) {
  Shape out(cast<RankedTensorType>(op.getResult().getType()).getShape());
  size_t rank = out.size();
  int64_t group = op.getGroup(), channelsIn = x->shape[1], perGroup = channelsIn / group;
  Window w =
      windowOf(rank == 3 ? ArrayRef<int64_t>{cast<RankedTensorType>(op.getWeights().getType()).getDimSize(2)}
                         : cast<RankedTensorType>(op.getWeights().getType()).getShape().drop_front(2),
               op.getStrides(), op.getPads(), op.getDilations());
  bool padded = llvm::any_of(w.pads, [](int64_t p) { return p != 0; });
  if (!(x = oneScaleEach(x, {1})))
    return nullptr;
  if (!onlyAlong(x->beta, {1})) // an integer holds it where one can
    if (ViewPtr one = attempt([&] { return materialiseOffset(x); }))
      x = one;

  View r;
  r.shape = out;
  r.beta = Coeffs::scalar(rank, 0);
  int64_t outputs = out[1], window = w.kernel[0] * w.kernel[1];
  auto inputOf = [&](int64_t flat) {
    return flat / window % perGroup + flat / (window * perGroup) / (outputs / group) * perGroup;
  };
  auto outputOf = [&](int64_t flat) { return flat / (window * perGroup); };
  Coeffs beta = x->beta;
  bool hasBeta = llvm::any_of(beta.data, [](const Rational &v) { return v != 0; });

  for (const Term &t : x->terms) {
    // Real 0, which padding adds, is code -beta/alpha: where that is one integer it becomes the zero point,
    // unless the difference may leave 64 bits.
    int64_t zero = 0;
    bool small = cast<RankedTensorType>(t.ints.value.getType()).getElementTypeBitWidth() <= 32;
    if (hasBeta && padded && small && x->terms.size() == 1) {
      Coeffs steps = combine(beta, t.alpha, [](const Rational &bb, const Rational &a) {
        return a == 0 ? Rational(1, 2) : Rational(-bb / a); // without a scale no code stands for 0
      });
      auto z = steps.uniform() && steps.data[0].get_den() == 1 ? model::toInt64(steps.data[0].get_num())
                                                               : std::nullopt;
      if (z && std::abs(*z) < (int64_t{1} << 31)) {
        zero = *z;
        hasBeta = false;
      }
    }

    IntTensor in = channelsLast(t.ints);
    Shape perChannel(rank, 1);
    perChannel[1] = channelsIn;
    Ranges codes = reduceRanges(in.range, perChannel);
    for (model::Range &c : codes.data)
      c = {c.min - zero, c.max - zero};
    Products products{constant, 0, t.alpha.expand(perChannel).data, codes.data, inputOf, outputOf, padded};
    std::vector<Sums> all = sumsOf(products);
    if (all.empty())
      return nullptr;
    for (const Sums &sums : all) {
      IntTensor y = convolve(op, in, sums, zero, w, out);
      r.terms.push_back({y, alongAxis(rank, 1, sums.weights.unit)});
    }
  }

  if (hasBeta)
    r.beta = r.beta + convolveOffset(beta, constantView(constant)->beta, x->shape, out, w, group);
  if (op.getBias()) {
    ViewPtr bias = viewOf(op.getBias());
    if (!bias->isConstant())
      return fail("has a bias that depends on the input; supported is a constant bias");
    r.beta = r.beta + alongAxis(rank, 1, bias->beta.expand({outputs}).data);
  }
  return share(std::move(r));
}

IntTensor Lowering::convolve(qonnx::ConvOp op, const IntTensor &in, const Sums &sums, int64_t zero,
                             const Window &w, ArrayRef<int64_t> out) {
  size_t rank = out.size();
  int64_t group = op.getGroup(), channelsIn = in.shape[1], perGroup = channelsIn / group, outputs = out[1],
          window = w.kernel[0] * w.kernel[1];
  bool depthwise = perGroup == 1 && outputs == channelsIn && group > 1;
  // O I kh kw in the file; O kh kw I for dense, kh kw C for depthwise kernels.
  std::vector<int64_t> packed(sums.weights.values.size());
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t i = 0; i < perGroup; ++i)
      for (int64_t k = 0; k < window; ++k)
        packed[depthwise ? k * outputs + o : (o * window + k) * perGroup + i] =
            sums.weights.values[(o * perGroup + i) * window + k];
  Value wv = weightConstant(sums.weights,
                            depthwise ? Shape{w.kernel[0], w.kernel[1], outputs}
                                      : Shape{outputs, w.kernel[0], w.kernel[1], perGroup},
                            packed);
  auto type = tensorType(
      rank == 3 ? Shape{out[0], 1, out[2], outputs} : Shape{out[0], out[2], out[3], outputs}, sums.type);
  auto impl = qint::ImplAttr::get(b.getContext(), qint::Impl::Mac);
  Value y;
  if (depthwise)
    y = qint::DepthwiseConv2DOp::create(
        b, op.getLoc(), type, asNhwc(in), wv, b.getDenseI64ArrayAttr(w.strides),
        b.getDenseI64ArrayAttr(w.pads), b.getDenseI64ArrayAttr(w.dilations),
        b.getIntegerAttr(b.getIntegerType(64, true), zero), impl, b.getStringAttr(nodeName(op)));
  else
    y = qint::Conv2DOp::create(b, op.getLoc(), type, asNhwc(in), wv, b.getDenseI64ArrayAttr(w.strides),
                               b.getDenseI64ArrayAttr(w.pads), b.getDenseI64ArrayAttr(w.dilations),
                               b.getI64IntegerAttr(group), b.getIntegerAttr(b.getIntegerType(64, true), zero),
                               impl, b.getStringAttr(nodeName(op)));
  Ranges range{Shape(rank, 1), {}};
  range.shape[1] = outputs;
  for (const model::AccumulatorRange &s : sums.ranges)
    range.data.push_back(s.range);
  return fromNhwc(y, out, range);
}

Coeffs Lowering::convolveOffset(const Coeffs &beta, const Coeffs &weights, ArrayRef<int64_t> in,
                                ArrayRef<int64_t> out, const Window &w, int64_t group) {
  size_t rank = in.size();
  int64_t rows = rank == 3 ? 1 : in[2], columns = in[rank - 1], outRows = rank == 3 ? 1 : out[2],
          outColumns = out[rank - 1];
  int64_t outputs = out[1], perGroup = in[1] / group, perOutput = outputs / group,
          window = w.kernel[0] * w.kernel[1], batch = beta.shape[0];
  Shape full{outputs, perGroup};
  full.append(rank == 3 ? Shape{w.kernel[1]} : Shape{w.kernel[0], w.kernel[1]});
  std::vector<Rational> taps = weights.expand(full).data;
  // Every channel's offset in the middle, and below where that of other positions differs from it.
  std::vector<Rational> offset(in[1]);
  Shape middle(rank, 0);
  for (size_t d = 2; d < rank; ++d)
    middle[d] = in[d] / 2;
  for (middle[1] = 0; middle[1] < in[1]; ++middle[1])
    offset[middle[1]] = beta.at(middle);
  // What a complete window adds, per output and tap; borders sum fewer taps.
  std::vector<Rational> perTap(outputs * window);
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t i = 0; i < perGroup; ++i)
      for (int64_t k = 0; k < window; ++k)
        perTap[o * window + k] +=
            taps[(o * perGroup + i) * window + k] * offset[o / perOutput * perGroup + i];
  Coeffs r{rank == 3 ? Shape{batch, outputs, outColumns} : Shape{batch, outputs, outRows, outColumns}, {}};
  for (int64_t no = 0; no < batch * outputs; ++no)
    for (int64_t y = 0; y < outRows; ++y)
      for (int64_t x = 0; x < outColumns; ++x) {
        Rational sum;
        for (int64_t ky = 0; ky < w.kernel[0]; ++ky)
          for (int64_t kx = 0; kx < w.kernel[1]; ++kx) {
            int64_t iy = y * w.strides[0] + ky * w.dilations[0] - w.pads[0],
                    ix = x * w.strides[1] + kx * w.dilations[1] - w.pads[1];
            if (iy >= 0 && iy < rows && ix >= 0 && ix < columns)
              sum += perTap[no % outputs * window + ky * w.kernel[1] + kx];
          }
        r.data.push_back(sum);
      }
  if (onlyAlong(beta, {1}))
    return r.compress();
  // The window's start that sees position i at its tap k; none where no window does.
  auto startOf = [&](int64_t i, int64_t k, size_t axis, int64_t count) -> std::optional<int64_t> {
    int64_t at = i + w.pads[axis] - k * w.dilations[axis];
    return at >= 0 && at % w.strides[axis] == 0 && at / w.strides[axis] < count
               ? std::optional(at / w.strides[axis])
               : std::nullopt;
  };
  Shape every(in);
  every[0] = batch;
  forEachIndex(every, [&](ArrayRef<int64_t> at) {
    Rational other = beta.at(at) - offset[at[1]];
    if (other == 0)
      return;
    for (int64_t k = 0; k < window; ++k) {
      auto y = startOf(rank == 3 ? 0 : at[2], k / w.kernel[1], 0, outRows),
           x = startOf(at[rank - 1], k % w.kernel[1], 1, outColumns);
      for (int64_t o = at[1] / perGroup * perOutput, n = 0; y && x && n < perOutput; ++n, ++o)
        r.data[((at[0] * outputs + o) * outRows + *y) * outColumns + *x] +=
            taps[(o * perGroup + at[1] % perGroup) * window + k] * other;
    }
  });
  return r.compress();
}

} // namespace dyadic::lower
