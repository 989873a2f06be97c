// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operators of each domain, channels-last forms and DequantizeLinear.
#include "compiler/import/Importer.h"
#include "compiler/import/Text.h"
#include "compiler/import/Windows.h"

using namespace mlir;
namespace dyadic::import_ {
namespace {

/// 0, rank - 1, 1 ... rank - 2: channels last to channels first; or the other way round.
Dims channelOrder(size_t rank, bool first) {
  Dims perm{0};
  if (first)
    perm.push_back(int64_t(rank) - 1);
  for (size_t i = first ? 1 : 2; i < rank - (first ? 1 : 0); ++i)
    perm.push_back(int64_t(i));
  if (!first)
    perm.push_back(1);
  return perm;
}

FailureOr<Value> permuted(Node &n, Value x, bool first) {
  DimsRef in = mlir::cast<RankedTensorType>(x.getType()).getShape();
  Dims perm = channelOrder(in.size(), first), shape;
  for (int64_t p : perm)
    shape.push_back(in[p]);
  return n.make<qonnx::TransposeOp>(shape, x, perm);
}

/// Transpose, run, transpose back.
template <typename Make> LogicalResult channelsLast(Node &n, Make make) {
  if (!n.entries[0].value)
    return n.refuse("a constant input", "this operator on activations", "fold constants before export");
  if (n.shape(0).size() < 3)
    return n.broken("its input has shape " + shown(n.shape(0)),
                    "batch, spatial axes and channels are needed");
  auto x = permuted(n, n.entries[0].value, true);
  auto y = failed(x) ? x : make(*x);
  return failed(y) ? failure() : n.give(permuted(n, *y, false));
}

LogicalResult convLast(Node &n) {
  const Constant *w = n.constant(1);
  if (!w)
    return n.refuse("weights that depend on a graph input", "constant weights",
                    "make them constants in the exported network");
  if (w->shape.size() < 3 || w->shape.size() > 5)
    return n.broken("its weights have shape " + shown(w->shape),
                    "outputs, spatial axes and channels are needed");
  if (failed(n.reserve(3 * w->count())))
    return failure();
  Dims shape, strides, own = stridesOf(w->shape);
  for (int64_t p : channelOrder(w->shape.size(), true))
    shape.push_back(w->shape[p]), strides.push_back(own[p]);
  auto weights = std::make_shared<Constant>(gathered(*w, shape, stridedIndex(shape, strides)));
  weights->name = w->name;
  return channelsLast(n, [&](Value x) { return makeConv(n, x, weights, 2); });
}

LogicalResult maxPoolLast(Node &n) {
  return channelsLast(n, [&](Value x) { return makePool(n, x, false); });
}
LogicalResult averagePoolLast(Node &n) {
  return channelsLast(n, [&](Value x) { return makePool(n, x, true); });
}
LogicalResult batchNormLast(Node &n) {
  return channelsLast(n, [&](Value x) { return makeBatchNorm(n, x); });
}

/// DequantizeLinear of a constant: its codes are there already (rule 1).
LogicalResult dequantize(Node &n) {
  const Constant &x = *n.constant(0);
  auto scale = n.parameter(1, "scale");
  if (failed(scale))
    return failure();
  if (isFloat(x.type) || x.type == import_::Type::boolean || x.type == import_::Type::i64 ||
      x.type == import_::Type::u64)
    return n.refuse(std::string(toString(x.type)) + " values", "integers of 8 to 32 bits",
                    "store the codes as int8");
  int64_t axis = 1, block = 0;
  if (failed(n.get("axis", axis)) || failed(n.get("block_size", block)))
    return failure();
  if (block != 0)
    return n.refuse("blocked scales", "scales per tensor or per channel", "use per-channel scales");
  auto rank = int64_t(x.shape.size());
  Dims shape;
  if ((*scale)->count() != 1) {
    if (axis < -rank || axis >= rank || (*scale)->shape.size() != 1 ||
        (*scale)->shape[0] != x.shape[axis < 0 ? axis + rank : axis])
      return n.broken("its scale has shape " + shown((*scale)->shape) + " for codes " + shown(x.shape) +
                          " and axis " + llvm::Twine(axis),
                      "one scale, or one for each channel, is needed");
    axis += axis < 0 ? rank : 0;
    shape.assign(rank, 1);
    shape[axis] = (*scale)->shape[0];
  }
  const Constant *zero = n.constant(2);
  if (zero && (zero->count() != (*scale)->count() || zero->type != x.type))
    return n.broken("its zero point is " + std::string(toString(zero->type)) + shown(zero->shape),
                    "it must look like the scale and have the codes' type");
  if (failed(n.reserve(4 * x.count())))
    return failure();
  auto info = std::make_shared<Quantised>();
  info->codes = x.i;
  info->scale = {shape, (*scale)->f};
  info->zero = {shape, {}};
  for (int64_t k = 0; k < (*scale)->count(); ++k) {
    if ((*scale)->f[k] == 0)
      return n.refuse("scale 0", "scales other than 0", "look for a diverged training or a broken export");
    info->zero.values.push_back(zero ? float(zero->i[k]) : 0.0f);
    if (zero && int64_t(info->zero.values[k]) != zero->i[k])
      return n.refuse("zero point " + llvm::Twine(zero->i[k]), "zero points that float32 holds",
                      "use a smaller zero point");
  }
  info->bits = float(8 * bytesOf(x.type));
  info->isSigned =
      x.type == import_::Type::i8 || x.type == import_::Type::i16 || x.type == import_::Type::i32;
  info->node = n.proto.name();
  Constant out;
  out.shape = x.shape;
  auto at = broadcastIndex(shape, x.shape);
  for (int64_t k = 0; k < x.count(); ++k)
    out.f.push_back((float(x.i[k]) - info->zero.values[at[k]]) * info->scale.values[at[k]]);
  out.quantised = std::move(info);
  return n.give(std::move(out));
}

} // namespace

const Operators &standardOperators() {
  static const Operators table = [] {
    Operators ops;
    for (auto add : {addArithmetic, addActivations, addMovement, addIndexing, addReshapes, addShapes,
                     addLinear, addMatMul, addPools, addHeads, addResize})
      add(ops);
    ops["DequantizeLinear"] = {dequantize, nullptr, 2, 3};
    return ops;
  }();
  return table;
}

const Operators &quantOperators() {
  static const Operators table = [] {
    Operators ops;
    addQuantisers(ops);
    ops["MaxPoolNHWC"] = {nullptr, maxPoolLast, 1, 1};
    return ops;
  }();
  return table;
}

const Operators &channelsLastOperators() {
  static const Operators table = [] {
    Operators ops;
    ops["Conv"] = {nullptr, convLast, 2, 3};
    ops["MaxPool"] = {nullptr, maxPoolLast, 1, 1};
    ops["AveragePool"] = {nullptr, averagePoolLast, 1, 1};
    ops["BatchNormalization"] = {nullptr, batchNormLast, 5, 5};
    return ops;
  }();
  return table;
}

} // namespace dyadic::import_
