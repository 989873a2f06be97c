// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions, matrix products and pooling on integers; a sum over a window is a convolution with ones.
#include "compiler/canonical/Translate.h"

using namespace mlir;
namespace dyadic::canonical {
namespace {

ArrayRef<int64_t> shapeOf(Value v) { return cast<RankedTensorType>(v.getType()).getShape(); }

Shape valuesOf(Value weights) {
  Shape values;
  auto constant = weights.getDefiningOp<qint::ConstantOp>();
  for (const APInt &v : cast<DenseIntElementsAttr>(constant.getValues()))
    values.push_back(v.getSExtValue());
  return values;
}

} // namespace

std::optional<model::Range> Translate::sums(Operation *op, const Shape &weights, int64_t rows,
                                            model::Range values) {
  model::Range all;
  size_t depth = weights.size() / static_cast<size_t>(rows);
  int64_t reach = 0;
  for (size_t row = 0; row < static_cast<size_t>(rows); ++row) {
    model::AccumulatorRange sum;
    // Each product's range is widened to hold 0, so that the whole range holds every partial sum in any
    // order.
    for (size_t k = 0; k < depth; ++k)
      sum.addTap(weights[row * depth + k], values, true);
    if (sum.overflow)
      sum.range = {INT64_MIN / 4, INT64_MAX / 4};
    all = {std::min(all.min, sum.range.min), std::max(all.max, sum.range.max)};
  }
  reach = std::max(-all.min, all.max);
  if (!sumsFit(op, reach, "its sums"))
    return std::nullopt;
  return all;
}

Tensor Translate::minusZero(const Tensor &t, int64_t zero, StringRef node) {
  return zero == 0 ? t
                   : elementwise("Sub", t, graph.scalar(zero), {t.range.min - zero, t.range.max - zero},
                                 (node + "_minus_zero").str());
}

void Translate::makeConv(Operation *op, Value input, ArrayRef<int64_t> shape, const Shape &weights,
                         ArrayRef<int64_t> strides, ArrayRef<int64_t> pads, ArrayRef<int64_t> dilations,
                         int64_t group, int64_t zero, StringRef node) {
  Value out = op->getResult(0);
  const model::Range &codes = of(input).range;
  std::optional<model::Range> range = sums(op, weights, shape[0], {codes.min - zero, codes.max - zero});
  if (!range)
    return;
  Tensor x = minusZero(aligned(input, true), zero, node);
  Layout layout = Layout::channelsFirst(shapeOf(out));
  std::string name = nameFor(out, layout, node);
  onnx::NodeProto &n = graph.node(
      "Conv", node, {x.name, graph.constant((node + ".weight").str(), shape, weights)}, name, layout.shape);
  setInts(n, "kernel_shape", shape.drop_front(2));
  setInts(n, "strides", strides);
  setInts(n, "pads", pads);
  setInts(n, "dilations", dilations);
  setInt(n, "group", group);
  define(out, {name, layout, *range});
}

void Translate::conv(qint::Conv2DOp op) {
  ArrayRef<int64_t> s = shapeOf(op.getWeights());
  Shape own = valuesOf(op.getWeights()), weights;
  for (int64_t o = 0; o < s[0]; ++o)
    for (int64_t i = 0; i < s[3]; ++i)
      for (int64_t k = 0; k < s[1] * s[2]; ++k)
        weights.push_back(own[(o * s[1] * s[2] + k) * s[3] + i]);
  makeConv(op, op.getInput(), {s[0], s[3], s[1], s[2]}, weights, op.getStrides(), op.getPads(),
           op.getDilations(), static_cast<int64_t>(op.getGroup()), op.getInputZero(), op.getNode());
}

void Translate::depthwise(qint::DepthwiseConv2DOp op) {
  ArrayRef<int64_t> s = shapeOf(op.getWeights());
  Shape own = valuesOf(op.getWeights()), weights;
  for (int64_t c = 0; c < s[2]; ++c)
    for (int64_t k = 0; k < s[0] * s[1]; ++k)
      weights.push_back(own[k * s[2] + c]);
  makeConv(op, op.getInput(), {s[2], 1, s[0], s[1]}, weights, op.getStrides(), op.getPads(),
           op.getDilations(), s[2], op.getInputZero(), op.getNode());
}

void Translate::matmul(qint::MatMulOp op) {
  int64_t outputs = shapeOf(op.getWeights())[0], depth = shapeOf(op.getWeights())[1],
          rows = shapeOf(op.getInput())[0], zero = op.getInputZero();
  Shape own = valuesOf(op.getWeights()), weights(own.size());
  model::Range codes = of(op.getInput()).range;
  std::optional<model::Range> range = sums(op, own, outputs, {codes.min - zero, codes.max - zero});
  if (!range)
    return;
  // Columns may lie in another order, as after flattening channels first: the weights follow.
  Tensor x = of(op.getInput());
  std::optional<Shape> columns = columnsOf(x.layout, rows, depth);
  if (!columns) {
    x = inLayout(x, Layout::plain({rows, depth}));
    columns = columnsOf(x.layout, rows, depth);
  }
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t o = 0; o < outputs; ++o)
      weights[k * outputs + o] = own[o * depth + (*columns)[k]];
  if (x.layout.shape.back() != depth || x.layout.shape.size() < 2)
    x = reshaped(x, {rows, depth});
  x = minusZero(x, zero, op.getNode());
  Shape shape = x.layout.shape;
  shape.back() = outputs;
  Layout layout = Layout::plain(shape);
  std::string name = nameFor(op.getResult(), layout, op.getNode());
  graph.node("MatMul", op.getNode(),
             {x.name, graph.constant((op.getNode() + ".weight").str(), {depth, outputs}, weights)}, name,
             shape);
  define(op.getResult(), {name, layout, *range});
}

void Translate::sumPool(qint::PoolOp op, ArrayRef<int64_t> pads) {
  int64_t channels = shapeOf(op.getInput())[3];
  Shape shape{channels, 1, op.getKernel()[0], op.getKernel()[1]};
  makeConv(op, op.getInput(), shape, Shape(countOf(shape), 1), op.getStrides(), pads, op.getDilations(),
           channels, op.getInputZero(), nodeName(op));
}

void Translate::pool(qint::PoolOp op) {
  ArrayRef<int64_t> in = shapeOf(op.getInput()), out = shapeOf(op.getResult());
  Shape pads = op.getPads().vec();
  bool wide = false; // the executor wants pads smaller than the window
  for (size_t i = 0; i < 2; ++i) {
    // Windows that reach past the pads, as with ceil_mode, are padded for.
    int64_t span = op.getDilations()[i] * (op.getKernel()[i] - 1) + 1,
            need = (out[1 + i] - 1) * op.getStrides()[i] + span - in[1 + i] - pads[i];
    pads[2 + i] = std::max<int64_t>(need, 0);
    wide |= pads[i] >= op.getKernel()[i] || pads[2 + i] >= op.getKernel()[i];
  }
  if (op.getKind() == qint::PoolKind::Sum)
    return sumPool(op, pads);
  Tensor x = aligned(op.getInput(), true);
  std::string node = nodeName(op);
  bool least = op.getKind() == qint::PoolKind::Min;
  auto negated = [&](const Tensor &t, StringRef name) {
    std::string to = name.empty() ? graph.freshTensor(node + "_negated") : name.str();
    graph.node("Neg", to, {t.name}, to, t.layout.shape);
    return Tensor{to, t.layout, {-t.range.max, -t.range.min}};
  };
  if (least)
    x = negated(x, "");
  if (wide) { // the least code never wins against one that is there
    Layout padded = x.layout;
    padded.shape[2] += pads[0] + pads[2];
    padded.shape[3] += pads[1] + pads[3];
    std::string to = graph.freshTensor(node + "_padded");
    graph.node("Pad", to,
               {x.name, graph.indices(to + "_pads", {0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]}),
                graph.scalar(x.range.min)},
               to, padded.shape);
    x = {to, padded, x.range};
    pads.assign(4, 0);
  }
  Layout layout = Layout::channelsFirst(out);
  std::string name = nameFor(op.getResult(), layout, node),
              most = least ? graph.freshTensor(node + "_most") : name;
  onnx::NodeProto &n = graph.node("MaxPool", node, {x.name}, most, layout.shape);
  setInts(n, "kernel_shape", op.getKernel());
  setInts(n, "strides", op.getStrides());
  setInts(n, "pads", pads);
  setInts(n, "dilations", op.getDilations());
  Tensor y{most, layout, x.range};
  define(op.getResult(), least ? negated(y, name) : y);
}

} // namespace dyadic::canonical
