// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Softmax and ArgMax at the end of a network.
#include "compiler/import/Importer.h"
#include "compiler/import/Text.h"

using namespace mlir;
namespace dyadic::import_ {
namespace {

LogicalResult softmax(Node &n) {
  DimsRef in = n.shape(0);
  auto rank = int64_t(in.size());
  int64_t axis = n.version < 13 ? 1 : -1;
  if (failed(n.get("axis", axis)))
    return failure();
  if (axis < -rank || axis >= rank)
    return n.broken("axis " + llvm::Twine(axis) + " is outside of rank " + llvm::Twine(rank),
                    "axes lie in -rank .. rank - 1");
  axis += axis < 0 ? rank : 0;
  if (n.version < 13) {
    // Until opset 12 all axes from this one on are flattened together.
    int64_t only = axis;
    int wide = 0;
    for (int64_t i = axis; i < rank; ++i)
      if (in[i] != 1)
        only = i, ++wide;
    if (wide > 1)
      return n.refuse("a softmax over axes " + llvm::Twine(axis) + " to " + llvm::Twine(rank - 1) + " of " +
                          shown(in) + " together",
                      "softmax over one axis", "export with opset 13 or later");
    axis = only;
  }
  return n.give(n.make<qonnx::SoftmaxOp>(in, n.entries[0].value, axis));
}

LogicalResult argMax(Node &n) {
  DimsRef in = n.shape(0);
  auto rank = int64_t(in.size());
  int64_t axis = 0;
  bool keep = true, last = false;
  if (failed(n.get("axis", axis)) || failed(n.get("keepdims", keep)) ||
      failed(n.get("select_last_index", last)))
    return failure();
  if (axis < -rank || axis >= rank)
    return n.broken("axis " + llvm::Twine(axis) + " is outside of rank " + llvm::Twine(rank),
                    "axes lie in -rank .. rank - 1");
  axis += axis < 0 ? rank : 0;
  if (last)
    return n.refuse("select_last_index 1", "the first index on ties", "leave the attribute out");
  Dims shape(in.begin(), in.end());
  if (keep)
    shape[axis] = 1;
  else
    shape.erase(shape.begin() + axis);
  Value x = n.entries[0].value;
  // Softmax is strictly increasing in its logits: the largest stays the largest, ties stay ties.
  if (auto head = x.getDefiningOp<qonnx::SoftmaxOp>(); head && int64_t(head.getAxis()) == axis)
    x = head.getInput();
  auto type = RankedTensorType::get(shape, n.builder().getI64Type());
  Value result = qonnx::ArgMaxOp::create(n.builder(), n.loc, type, x, uint64_t(axis), keep);
  return n.give(result, 0, import_::Type::i64);
}

} // namespace

void addHeads(Operators &ops) {
  ops["Softmax"] = {nullptr, softmax, 1, 1};
  ops["ArgMax"] = {nullptr, argMax, 1, 1};
}

} // namespace dyadic::import_
