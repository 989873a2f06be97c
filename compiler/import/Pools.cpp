// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MaxPool, AveragePool, global pools and ReduceMean.
#include "compiler/import/Importer.h"
#include "compiler/import/Materialise.h"
#include "compiler/import/Text.h"
#include "compiler/import/Windows.h"
#include <algorithm>

using namespace mlir;
namespace dyadic::import_ {

FailureOr<Value> makePool(Node &n, Value x, bool average) {
  DimsRef in = mlir::cast<RankedTensorType>(x.getType()).getShape();
  Dims kernel;
  bool countPads = false;
  if (failed(n.get("kernel_shape", kernel)) || failed(n.get("count_include_pad", countPads)))
    return failure();
  if (in.size() < 3)
    return n.broken("its input has shape " + shown(in), "batch, channels and spatial axes are needed");
  Windows w;
  if (failed(readWindows(n, in.drop_front(2), kernel, true, w)))
    return failure();
  Dims shape{in[0], in[1]};
  shape.insert(shape.end(), w.out.begin(), w.out.end());
  if (average)
    return n.make<qonnx::AveragePoolOp>(shape, x, w.kernel, w.strides, w.pads, w.dilations, countPads);
  return n.make<qonnx::MaxPoolOp>(shape, x, w.kernel, w.strides, w.pads, w.dilations);
}

namespace {

template <bool Average> LogicalResult pool(Node &n) {
  return n.give(makePool(n, n.entries[0].value, Average));
}

LogicalResult globalAverage(Node &n) {
  DimsRef in = n.shape(0);
  if (in.size() < 3)
    return n.broken("its input has shape " + shown(in), "batch, channels and spatial axes are needed");
  Dims axes, shape{in[0], in[1]};
  for (size_t i = 2; i < in.size(); ++i)
    axes.push_back(int64_t(i)), shape.push_back(1);
  return n.give(n.make<qonnx::ReduceMeanOp>(shape, n.entries[0].value, axes, true));
}

LogicalResult globalMax(Node &n) {
  DimsRef in = n.shape(0);
  if (in.size() < 3 || in.size() > 4)
    return n.refuse("an input of shape " + shown(in), "1 or 2 spatial axes", "use a 1-D or 2-D layer");
  size_t axes = in.size() - 2;
  Dims kernel(in.begin() + 2, in.end()), ones(axes, 1), shape{in[0], in[1]};
  shape.resize(in.size(), 1);
  return n.give(n.make<qonnx::MaxPoolOp>(shape, n.entries[0].value, kernel, ones, Dims(2 * axes, 0), ones));
}

LogicalResult reduceActivation(Node &n, bool sum) {
  DimsRef in = n.shape(0);
  auto rank = int64_t(in.size());
  Dims axes;
  bool keep = true, passEmpty = false;
  if (failed(n.has(1) ? n.integers(1, "axes", axes) : n.get("axes", axes)) ||
      failed(n.get("keepdims", keep)) || failed(n.get("noop_with_empty_axes", passEmpty)))
    return failure();
  if (axes.empty() && passEmpty)
    return n.passOn();
  if (axes.empty())
    for (int64_t i = 0; i < rank; ++i)
      axes.push_back(i);
  for (int64_t &axis : axes) {
    if (axis < -rank || axis >= rank)
      return n.broken("axis " + llvm::Twine(axis) + " is outside of rank " + llvm::Twine(rank),
                      "axes lie in -rank .. rank - 1");
    axis += axis < 0 ? rank : 0;
  }
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
    return n.broken("axes " + shown(axes) + " name one twice", "axes must differ");
  if (!axes.empty() && axes[0] == 0)
    return n.refuse("a reduction over the batch axis", "reduction over other axes",
                    "keep the samples apart in the exported network");
  Dims shape;
  int64_t count = 1;
  for (int64_t i = 0; i < rank; ++i) {
    bool reduced = std::binary_search(axes.begin(), axes.end(), i);
    count *= reduced ? in[i] : 1;
    if (!reduced || keep)
      shape.push_back(reduced ? 1 : in[i]);
  }
  auto mean = n.make<qonnx::ReduceMeanOp>(shape, n.entries[0].value, axes, keep);
  if (failed(mean) || !sum)
    return n.give(mean);
  // The sum is the exact mean times a count that float32 holds exactly.
  if (count > (1 << 24))
    return n.refuse("a sum of " + llvm::Twine(count) + " elements", "at most 2^24", "sum in two steps");
  auto factor = n.make<qonnx::ConstantOp>(Dims{}, floats(n.builder().getContext(), {}, {float(count)}));
  return failed(factor) ? failure() : n.give(n.make<qonnx::MulOp>(shape, *mean, *factor));
}

} // namespace

LogicalResult reduceMeanActivation(Node &n) { return reduceActivation(n, false); }
LogicalResult reduceSumActivation(Node &n) { return reduceActivation(n, true); }

void addPools(Operators &ops) {
  ops["MaxPool"] = {nullptr, pool<false>, 1, 1};
  ops["AveragePool"] = {nullptr, pool<true>, 1, 1};
  ops["GlobalAveragePool"] = {nullptr, globalAverage, 1, 1};
  ops["GlobalMaxPool"] = {nullptr, globalMax, 1, 1};
}

} // namespace dyadic::import_
