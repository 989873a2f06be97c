// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The rules of static shapes and of movement.
#include "dialects/Movement.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
namespace dyadic::dialects {
namespace {

ArrayRef<int64_t> inputOf(Operation *op) { return shapeOf(op->getOperand(0)); }
ArrayRef<int64_t> resultOf(Operation *op) { return shapeOf(op->getResult(0)); }

} // namespace

LogicalResult ranked(Operation *op) {
  for (Type t : llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes())) {
    auto r = dyn_cast<RankedTensorType>(t);
    if (!r || !r.hasStaticShape())
      return op->emitOpError("needs ranked tensors of static shape, found ") << t;
    int64_t elements = 1;
    for (int64_t d : r.getShape()) {
      if (d < 1 || d > mostElements / elements)
        return op->emitOpError("needs tensors of 1 to 2^31 elements, found ") << t;
      elements *= d;
    }
  }
  return success();
}

LogicalResult transposed(Operation *op, ArrayRef<int64_t> perm) {
  auto in = inputOf(op), out = resultOf(op);
  llvm::SmallBitVector seen(in.size());
  if (perm.size() != in.size() || out.size() != in.size())
    return op->emitOpError("perm must name every axis once");
  for (auto [i, p] : llvm::enumerate(perm)) {
    if (p < 0 || p >= static_cast<int64_t>(in.size()) || seen[p] || out[i] != in[p])
      return op->emitOpError("perm must name every axis once and match the result shape");
    seen.set(p);
  }
  return success();
}

LogicalResult reshaped(Operation *op) {
  if (cast<ShapedType>(op->getOperand(0).getType()).getNumElements() !=
      cast<ShapedType>(op->getResult(0).getType()).getNumElements())
    return op->emitOpError("element counts differ");
  return success();
}

LogicalResult padded(Operation *op, ArrayRef<int64_t> pads) {
  auto in = inputOf(op), out = resultOf(op);
  if (in.size() != out.size() || pads.size() != 2 * in.size())
    return op->emitOpError("needs a begin and an end for every axis");
  for (size_t i = 0; i < in.size(); ++i)
    if (pads[i] < 0 || pads[i] > mostExtent || pads[in.size() + i] < 0 || pads[in.size() + i] > mostExtent ||
        out[i] != in[i] + pads[i] + pads[in.size() + i])
      return op->emitOpError() << "axis " << i << " does not add up";
  return success();
}

LogicalResult sliced(Operation *op, ArrayRef<int64_t> starts, ArrayRef<int64_t> steps) {
  auto in = inputOf(op), out = resultOf(op);
  if (in.size() != out.size() || starts.size() != in.size() || steps.size() != in.size())
    return op->emitOpError("needs a start and a step for every axis");
  for (size_t i = 0; i < in.size(); ++i) {
    if (steps[i] < -mostExtent || steps[i] > mostExtent)
      return op->emitOpError() << "axis " << i << " steps by " << steps[i] << ", which is no 32-bit number";
    int64_t last = starts[i] + (out[i] - 1) * steps[i];
    if (steps[i] == 0 || out[i] < 1 || starts[i] < 0 || starts[i] >= in[i] || last < 0 || last >= in[i])
      return op->emitOpError() << "axis " << i << " leaves the input";
  }
  return success();
}

LogicalResult gathered(Operation *op, ArrayAttr maps) {
  auto in = inputOf(op), out = resultOf(op);
  if (in.size() != out.size() || maps.size() != in.size())
    return op->emitOpError("needs an index map for every axis");
  for (auto [i, attr] : llvm::enumerate(maps)) {
    auto map = dyn_cast<DenseI64ArrayAttr>(attr);
    if (!map || map.size() != out[i] ||
        llvm::any_of(map.asArrayRef(), [&, d = in[i]](int64_t v) { return v < 0 || v >= d; }))
      return op->emitOpError() << "map of axis " << i << " must give an input index for each of " << out[i]
                               << " positions";
  }
  return success();
}

LogicalResult concatenated(Operation *op, int64_t axis) {
  auto out = resultOf(op);
  int64_t sum = 0;
  if (axis < 0 || axis >= static_cast<int64_t>(out.size()))
    return op->emitOpError() << "axis " << axis << " is outside rank " << out.size();
  for (Value v : op->getOperands()) {
    auto in = shapeOf(v);
    if (in.size() != out.size())
      return op->emitOpError("inputs and result must have one rank");
    for (size_t i = 0; i < in.size(); ++i)
      if (static_cast<int64_t>(i) != axis && in[i] != out[i])
        return op->emitOpError() << "axis " << i << " differs: " << in[i] << " and " << out[i];
    sum += in[axis];
  }
  if (sum != out[axis])
    return op->emitOpError() << "extents along axis " << axis << " add up to " << sum << ", result has "
                             << out[axis];
  return success();
}

} // namespace dyadic::dialects
