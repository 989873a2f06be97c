// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transpose, pad, slice, gather and concat as boxes of elements for the gather kernel.
#include "passes/lower-to-plat/Context.h"

using namespace mlir;
namespace dyadic::lower_to_plat {
namespace {

constexpr size_t maxRank = 6; // DYADIC_GATHER_MAX_RANK

/// Drops axes of one element and merges an axis with the one inside it where both walk the same memory.
void simplify(Box &box) {
  SmallVector<BoxAxis> merged;
  for (BoxAxis &axis : box.axes) {
    bool whole = axis.first == 0 && axis.end == axis.extent;
    if (axis.extent == 1 && whole) {
      if (!axis.map.empty())
        box.inBase += axis.map[0];
      continue;
    }
    if (!merged.empty() && whole && axis.map.empty() && merged.back().map.empty() &&
        merged.back().inStride == axis.inStride * axis.extent &&
        merged.back().outStride == axis.outStride * axis.extent) {
      BoxAxis &outer = merged.back();
      outer = {outer.extent * axis.extent, axis.inStride,           axis.outStride,
               outer.first * axis.extent,  outer.end * axis.extent, {}};
      continue;
    }
    merged.push_back(axis);
  }
  if (merged.empty())
    merged.push_back({1, 1, 1, 0, 1, {}});
  box.axes = merged;
}

/// The ONNX node an op came from, or nothing.
StringRef nodeOf(Operation *op) {
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    return name.getName().getValue();
  return "";
}

} // namespace

SmallVector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

FailureOr<DictionaryAttr> Lowering::boxParams(Operation *op, Box box, Type in, Type out) {
  simplify(box);
  if (box.axes.size() > maxRank)
    return op->emitOpError() << "moves data along " << box.axes.size() << " axes, at most " << maxRank
                             << " are supported";
  SmallVector<Attribute> axes;
  for (const BoxAxis &a : box.axes)
    axes.push_back(params()
                       .number("extent", a.extent)
                       .number("in_stride", a.inStride)
                       .number("out_stride", a.outStride)
                       .number("first", a.first)
                       .number("end", a.end)
                       .attribute("map", paramArray("map", ui(32), a.map))
                       .get());
  return params()
      .attribute("in", plat::typeParams(in))
      .attribute("out", plat::typeParams(out))
      .number("rank", axes.size())
      .number("in_base", box.inBase)
      .number("out_base", box.outBase)
      .number("fill", box.fill)
      .attribute("axis", ArrayAttr::get(context, axes))
      .get();
}

LogicalResult Lowering::moveBox(Operation *op, Value source, Value target, Box box) {
  Type element = typeOf(op->getResult(0)).getElementType();
  auto fields = boxParams(op, std::move(box), element, element);
  if (failed(fields))
    return failure();
  kernel("gather", nodeOf(op), source, target, {}, *fields, {}, 0);
  return success();
}

LogicalResult Lowering::move(Operation *op, Box box) {
  Value source = viewOf(op->getOperand(0));
  nextLayer();
  if (failed(moveBox(op, source, place(op->getResult(0)), std::move(box))))
    return failure();
  taps(op->getResult(0));
  return success();
}

LogicalResult Lowering::lower(qint::TransposeOp op) {
  auto in = stridesOf(typeOf(op.getInput()).getShape()), out = stridesOf(typeOf(op.getResult()).getShape());
  Box box;
  for (auto [i, extent] : llvm::enumerate(typeOf(op.getResult()).getShape()))
    box.axes.push_back({extent, in[op.getPerm()[i]], out[i], 0, extent, {}});
  return move(op, std::move(box));
}

LogicalResult Lowering::lower(qint::PadOp op) {
  auto extents = typeOf(op.getInput()).getShape();
  auto in = stridesOf(extents), out = stridesOf(typeOf(op.getResult()).getShape());
  Box box;
  box.fill = op.getCode();
  for (auto [i, extent] : llvm::enumerate(typeOf(op.getResult()).getShape())) {
    int64_t before = op.getPads()[i];
    box.inBase -= before * in[i];
    box.axes.push_back({extent, in[i], out[i], before, before + extents[i], {}});
  }
  return move(op, std::move(box));
}

LogicalResult Lowering::lower(qint::SliceOp op) {
  auto in = stridesOf(typeOf(op.getInput()).getShape()), out = stridesOf(typeOf(op.getResult()).getShape());
  Box box;
  for (auto [i, extent] : llvm::enumerate(typeOf(op.getResult()).getShape())) {
    box.inBase += op.getStarts()[i] * in[i];
    box.axes.push_back({extent, in[i] * op.getSteps()[i], out[i], 0, extent, {}});
  }
  return move(op, std::move(box));
}

LogicalResult Lowering::lower(qint::GatherOp op) {
  auto in = stridesOf(typeOf(op.getInput()).getShape()), out = stridesOf(typeOf(op.getResult()).getShape());
  Box box;
  for (auto [i, extent] : llvm::enumerate(typeOf(op.getResult()).getShape())) {
    auto map = cast<DenseI64ArrayAttr>(op.getMaps()[i]).asArrayRef();
    int64_t step = extent > 1 ? map[1] - map[0] : 1;
    BoxAxis axis{extent, in[i] * step, out[i], 0, extent, {}};
    bool regular = true; // a slice along this axis: no map needed
    for (int64_t x = 0; x < extent; ++x)
      regular &= map[x] == map[0] + x * step;
    if (regular)
      box.inBase += map[0] * in[i];
    else
      for (int64_t x : map)
        axis.map.push_back(x * in[i]);
    box.axes.push_back(std::move(axis));
  }
  return move(op, std::move(box));
}

LogicalResult Lowering::lower(qint::ConcatOp op) {
  auto out = stridesOf(typeOf(op.getResult()).getShape());
  SmallVector<Value> sources;
  for (Value v : op.getInputs())
    sources.push_back(viewOf(v));
  nextLayer();
  Value target = place(op.getResult());
  int64_t begin = 0;
  for (auto [v, source] : llvm::zip(op.getInputs(), sources)) {
    auto in = stridesOf(typeOf(v).getShape());
    Box box;
    box.outBase = begin * out[op.getAxis()];
    for (auto [i, extent] : llvm::enumerate(typeOf(v).getShape()))
      box.axes.push_back({extent, in[i], out[i], 0, extent, {}});
    begin += typeOf(v).getShape()[op.getAxis()];
    if (failed(moveBox(op, source, target, std::move(box))))
      return failure();
  }
  taps(op.getResult());
  return success();
}

} // namespace dyadic::lower_to_plat
