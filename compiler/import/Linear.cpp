// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conv, Gemm and BatchNormalization.
#include "compiler/import/Importer.h"
#include "compiler/import/Materialise.h"
#include "compiler/import/Text.h"
#include "compiler/import/Windows.h"
#include <cmath>

using namespace mlir;
namespace dyadic::import_ {

FailureOr<Value> makeConv(Node &n, Value x, ConstantRef weights, size_t biasInput) {
  DimsRef in = mlir::cast<RankedTensorType>(x.getType()).getShape(), w = weights->shape;
  if (in.size() < 3 || w.size() != in.size())
    return n.broken("its input has shape " + shown(in) + " and its weights " + shown(w),
                    "both need batch or outputs, channels and spatial axes");
  if (in.size() > 4)
    return n.refuse(llvm::Twine(in.size() - 2) + " spatial axes", "convolution over 1 or 2 spatial axes",
                    "use Conv1d or Conv2d layers");
  int64_t group = 1;
  Dims kernel(w.begin() + 2, w.end());
  if (failed(n.get("group", group)) || failed(n.get("kernel_shape", kernel)))
    return failure();
  if (DimsRef(kernel) != w.drop_front(2))
    return n.broken("its kernel_shape is " + shown(kernel) + " and its weights are " + shown(w),
                    "they must agree");
  if (group < 1 || w[1] < 1 || in[1] % w[1] != 0 || in[1] / w[1] != group || w[0] < 1 || w[0] % group != 0)
    return n.broken("its group is " + llvm::Twine(group) + ", its input " + shown(in) + ", its weights " +
                        shown(w),
                    "channels must divide into groups");
  Windows windows;
  if (failed(readWindows(n, in.drop_front(2), kernel, false, windows)))
    return failure();
  Dims shape{in[0], w[0]};
  shape.insert(shape.end(), windows.out.begin(), windows.out.end());
  auto weightsValue = n.importer.materialise(n, weights);
  if (failed(weightsValue))
    return failure();
  Value bias;
  if (n.has(biasInput)) {
    if (!n.constant(biasInput) || n.shape(biasInput) != DimsRef({w[0]}))
      return n.broken("its bias " + (n.constant(biasInput) ? "has shape " + shown(n.shape(biasInput))
                                                           : std::string("depends on a graph input")),
                      "a constant of shape " + shown(Dims{w[0]}) + " is needed");
    auto value = n.operand(biasInput);
    if (failed(value))
      return failure();
    bias = *value;
  }
  return n.make<qonnx::ConvOp>(shape, x, *weightsValue, bias, windows.strides, windows.pads,
                               windows.dilations, uint64_t(group));
}

FailureOr<Value> makeBatchNorm(Node &n, Value x) {
  DimsRef in = mlir::cast<RankedTensorType>(x.getType()).getShape();
  const Constant *p[4];
  static const char *const names[] = {"scale", "B", "mean", "var"};
  float epsilon = 1e-5f;
  bool training = false;
  if (failed(n.get("epsilon", epsilon)) || failed(n.get("training_mode", training)))
    return failure();
  if (training)
    return n.refuse("training_mode 1", "inference", "call eval() before export");
  if (in.size() < 2)
    return n.broken("its input has shape " + shown(in), "a channel axis is needed");
  for (int k = 0; k < 4; ++k) {
    auto given = n.parameter(size_t(k) + 1, names[k]);
    if (failed(given))
      return failure();
    p[k] = *given;
    if (DimsRef(p[k]->shape) != DimsRef({in[1]}))
      return n.broken(std::string(names[k]) + " has shape " + shown(p[k]->shape),
                      "shape " + shown(Dims{in[1]}) + " is needed");
  }
  // Rule 2: this order, each step rounded to float32.
  std::vector<float> scale, shift;
  for (int64_t c = 0; c < in[1]; ++c) {
    float variance = p[3]->f[c] + epsilon;
    float root = std::sqrt(variance);
    float inverse = 1.0f / root;
    float a = inverse * p[0]->f[c];
    float product = p[2]->f[c] * a;
    scale.push_back(a);
    shift.push_back(p[1]->f[c] - product);
    if (!std::isfinite(scale.back()) || !std::isfinite(shift.back()))
      return n.refuse("variance " + shown(p[3]->f[c]) + " in channel " + llvm::Twine(c) +
                          ", which gives no finite factor",
                      "positive variances", "look for a diverged training or a broken export");
  }
  auto *context = n.builder().getContext();
  return n.make<qonnx::BatchNormOp>(in, x, floats(context, {in[1]}, scale), floats(context, {in[1]}, shift));
}

namespace {

ConstantRef transposed(const Constant &c) {
  auto out = std::make_shared<Constant>(
      gathered(c, {c.shape[1], c.shape[0]}, stridedIndex({c.shape[1], c.shape[0]}, {1, c.shape[1]})));
  out->name = c.name;
  return out;
}

LogicalResult conv(Node &n) {
  if (!n.entries[0].value)
    return n.refuse("a constant input", "convolution of activations", "fold constants before export");
  if (!n.constant(1))
    return n.refuse("weights that depend on a graph input", "constant weights",
                    "make them constants in the exported network");
  return n.give(makeConv(n, n.entries[0].value, n.entries[1].constant, 2));
}

/// Input k of Gemm, transposed when asked: a constant moves at once, codes and all.
FailureOr<Value> gemmOperand(Node &n, size_t k, bool transpose) {
  if (n.shape(k).size() != 2)
    return n.broken("its operand " + llvm::Twine(k) + " has shape " + shown(n.shape(k)),
                    "two axes are needed");
  if (!transpose)
    return n.operand(k);
  if (const Constant *c = n.constant(k)) {
    if (failed(n.reserve(3 * c->count())))
      return failure();
    return n.importer.materialise(n, transposed(*c));
  }
  return n.make<qonnx::TransposeOp>(Dims{n.shape(k)[1], n.shape(k)[0]}, n.entries[k].value, Dims{1, 0});
}

FailureOr<Value> scaled(Node &n, Value x, float factor) {
  if (factor == 1)
    return x;
  auto c = n.make<qonnx::ConstantOp>(Dims{}, floats(n.builder().getContext(), {}, {factor}));
  if (failed(c))
    return failure();
  return n.make<qonnx::MulOp>(mlir::cast<RankedTensorType>(x.getType()).getShape(), x, *c);
}

LogicalResult gemm(Node &n) {
  float alpha = 1, beta = 1;
  bool transA = false, transB = false;
  if (failed(n.get("alpha", alpha)) || failed(n.get("beta", beta)) || failed(n.get("transA", transA)) ||
      failed(n.get("transB", transB)))
    return failure();
  auto a = gemmOperand(n, 0, transA), b = failed(a) ? a : gemmOperand(n, 1, transB);
  if (failed(b))
    return failure();
  DimsRef left = mlir::cast<RankedTensorType>(a->getType()).getShape(),
          right = mlir::cast<RankedTensorType>(b->getType()).getShape();
  if (left[1] != right[0])
    return n.broken("its operands are " + shown(left) + " and " + shown(right) + " after transposition",
                    "their inner extents must agree");
  Dims shape{left[0], right[1]};
  auto product = n.make<qonnx::MatMulOp>(shape, *a, *b);
  if (succeeded(product))
    product = scaled(n, *product, alpha);
  if (failed(product) || !n.has(2) || beta == 0)
    return n.give(product);
  auto wide = broadcast(shape, n.shape(2));
  if (!wide || *wide != shape)
    return n.broken("its C of shape " + shown(n.shape(2)) + " does not broadcast to " + shown(shape),
                    "numpy's rule must hold");
  auto c = n.operand(2);
  if (succeeded(c))
    c = scaled(n, *c, beta);
  return failed(c) ? failure() : n.give(n.make<qonnx::AddOp>(shape, *product, *c));
}

LogicalResult batchNorm(Node &n) {
  if (!n.entries[0].value)
    return n.refuse("a constant input", "normalisation of activations", "fold constants before export");
  return n.give(makeBatchNorm(n, n.entries[0].value));
}

} // namespace

void addLinear(Operators &ops) {
  ops["Conv"] = {nullptr, conv, 2, 3};
  ops["Gemm"] = {nullptr, gemm, 2, 3};
  ops["BatchNormalization"] = {nullptr, batchNorm, 5, 5};
}

} // namespace dyadic::import_
