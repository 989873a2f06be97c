// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each qint op demands of its shapes, element types and attributes.
#include "dialects/qint/Qint.h"

#include "dialects/Movement.h"

#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace dyadic::dialects;
namespace dyadic::qint {
namespace {

RankedTensorType typeOf(Value v) { return dyn_cast<RankedTensorType>(v.getType()); }
Type elementOf(Value v) { return typeOf(v).getElementType(); }

/// Ranked, and of integers that the levels below have types for.
LogicalResult integers(Operation *op) {
  if (failed(ranked(op)))
    return failure();
  for (Type t : llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes()))
    if (unsigned bits = cast<RankedTensorType>(t).getElementTypeBitWidth(); bits < 1 || bits > 64)
      return op->emitOpError("computes with integers of 1 to 64 bits, found ") << t;
  return success();
}

LogicalResult accumulator(Operation *op) {
  Type e = elementOf(op->getResult(0));
  if (!e.isSignedInteger(32) && !e.isSignedInteger(64))
    return op->emitOpError() << "accumulates in si32 or si64, found " << e;
  return success();
}

LogicalResult windowOf(Operation *op, ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides,
                       ArrayRef<int64_t> pads, ArrayRef<int64_t> dilations) {
  auto positive = [](int64_t v) { return v > 0 && v <= mostExtent; };
  if (kernel.size() != 2 || strides.size() != 2 || dilations.size() != 2 || pads.size() != 4 ||
      !llvm::all_of(kernel, positive) || !llvm::all_of(strides, positive) ||
      !llvm::all_of(dilations, positive) ||
      !llvm::all_of(pads, [](int64_t v) { return v >= 0 && v <= mostExtent; }))
    return op->emitOpError("needs two positive kernel extents, strides, dilations, and pads top, left, "
                           "bottom, right, all 32-bit "
                           "numbers");
  return success();
}

/// Number of windows along spatial axis `i` (0 rows, 1 columns), floor mode.
int64_t windows(int64_t extent, size_t i, ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides,
                ArrayRef<int64_t> pads, ArrayRef<int64_t> dilations) {
  int64_t span = extent + pads[i] + pads[2 + i] - dilations[i] * (kernel[i] - 1) - 1;
  return span < 0 ? 0 : span / strides[i] + 1;
}

template <typename ConvOp>
LogicalResult conv(ConvOp op, ArrayRef<int64_t> kernel, int64_t channelsIn, int64_t channelsOut) {
  if (failed(windowOf(op, kernel, op.getStrides(), op.getPads(), op.getDilations())) ||
      failed(accumulator(op)))
    return failure();
  auto in = shapeOf(op.getInput()), out = shapeOf(op.getResult());
  if (in.size() != 4 || out.size() != 4 || in[0] != out[0] || in[3] != channelsIn || out[3] != channelsOut)
    return op.emitOpError() << "input N H W C and result N Ho Wo O do not match the weights";
  for (size_t i = 0; i < 2; ++i)
    if (int64_t n = windows(in[1 + i], i, kernel, op.getStrides(), op.getPads(), op.getDilations());
        out[1 + i] != n)
      return op.emitOpError() << "spatial axis " << i << " has " << n << " windows, result has "
                              << out[1 + i];
  return success();
}

LogicalResult sameElements(Operation *op) {
  for (Value v : op->getOperands())
    if (elementOf(v) != elementOf(op->getResult(0)))
      return op->emitOpError("movement must keep the element type");
  return success();
}

LogicalResult moves(Operation *op) { return failure(failed(integers(op)) || failed(sameElements(op))); }

int64_t countOf(ArrayRef<int64_t> shape) {
  int64_t n = 1;
  for (int64_t d : shape)
    n = n < 1 || d < 1 || d > mostElements / n ? 0 : n * d;
  return n;
}

LogicalResult pointwise(Operation *op) {
  if (op->getNumOperands() == 0)
    return op->emitOpError("needs at least one term");
  if (failed(integers(op)))
    return failure();
  for (Value v : op->getOperands())
    if (shapeOf(v) != shapeOf(op->getResult(0)))
      return op->emitOpError() << "term [" << shapeOf(v) << "] and result [" << shapeOf(op->getResult(0))
                               << "] differ in shape";
  return success();
}

} // namespace

LogicalResult ConstantOp::verify() {
  if (failed(integers(*this)))
    return failure();
  if (getValues().getShapedType().getShape() != shapeOf(getResult()) ||
      !getValues().getElementType().isInteger() || getValues().getElementType().getIntOrFloatBitWidth() > 64)
    return emitOpError("values must be integers of up to 64 bits, of the result's shape");
  Type e = elementOf(getResult());
  auto values = dyn_cast<DenseIntElementsAttr>(getValues());
  if (!values)
    return emitOpError("values must be dense");
  for (const APInt &v : values) {
    int64_t x = v.getSExtValue();
    if (x < minCode(e) || x > maxCode(e) || (e.isSignedInteger(1) && x == 0))
      return emitOpError() << "value " << x << " does not fit " << e;
  }
  return success();
}

LogicalResult Conv2DOp::verify() {
  if (failed(integers(*this)))
    return failure();
  auto w = shapeOf(getWeights());
  int64_t g = getGroup();
  if (w.size() != 4 || g < 1 || w[0] % g != 0)
    return emitOpError("needs weights O kh kw C/group and a group that divides O");
  return conv(*this, w.slice(1, 2), w[3] * g, w[0]);
}

LogicalResult DepthwiseConv2DOp::verify() {
  if (failed(integers(*this)))
    return failure();
  auto w = shapeOf(getWeights());
  if (w.size() != 3)
    return emitOpError("needs weights kh kw C");
  return conv(*this, w.take_front(2), w[2], w[2]);
}

LogicalResult Im2ColOp::verify() {
  if (failed(integers(*this)) ||
      failed(windowOf(*this, getKernel(), getStrides(), getPads(), getDilations())))
    return failure();
  auto in = shapeOf(getInput()), out = shapeOf(getResult());
  if (in.size() != 4 || out.size() != 2)
    return emitOpError("takes N H W C to [windows, kh*kw*C]");
  int64_t rows = in[0];
  for (size_t i = 0; i < 2; ++i)
    rows *= windows(in[1 + i], i, getKernel(), getStrides(), getPads(), getDilations());
  if (out[0] != rows || out[1] != getKernel()[0] * getKernel()[1] * in[3])
    return emitOpError() << "result must be [" << rows << ", " << getKernel()[0] * getKernel()[1] * in[3]
                         << "]";
  Type from = elementOf(getInput()), to = elementOf(getResult());
  int64_t lo = minCode(from) - getInputZero(), hi = maxCode(from) - getInputZero();
  if (std::min<int64_t>(lo, 0) < minCode(to) || std::max<int64_t>(hi, 0) > maxCode(to) ||
      to.isSignedInteger(1))
    return emitOpError() << to << " does not hold values " << lo << ".." << hi << " and 0";
  return success();
}

LogicalResult MatMulOp::verify() {
  if (failed(integers(*this)) || failed(accumulator(*this)))
    return failure();
  auto in = shapeOf(getInput()), w = shapeOf(getWeights()), out = shapeOf(getResult());
  if (in.size() != 2 || w.size() != 2 || out.size() != 2 || in[1] != w[1] || out[0] != in[0] ||
      out[1] != w[0])
    return emitOpError("takes [rows, K] and weights [O, K] to [rows, O]");
  return success();
}

LogicalResult RescaleOp::verify() {
  if (failed(pointwise(*this)))
    return failure();
  if (getStep().getTerms() != static_cast<int64_t>(getTerms().size()))
    return emitOpError() << "step takes " << getStep().getTerms() << " terms, found " << getTerms().size();
  Type e = elementOf(getResult());
  int64_t lo = e.isSignedInteger(1) ? 0 : minCode(e);
  if (getStep().getClampMin() < lo || getStep().getClampMax() > maxCode(e))
    return emitOpError() << "clamp " << getStep().getClampMin() << ".." << getStep().getClampMax()
                         << " does not fit " << e;
  return success();
}

LogicalResult AffineOp::verify() {
  if (failed(pointwise(*this)))
    return failure();
  int64_t channels = getChannels(), terms = getTerms().size();
  if (channels < 1 || getPeriod() < 1 || static_cast<int64_t>(getMult().size()) != channels * terms ||
      static_cast<int64_t>(getBias().size()) != channels || getLo() > getHi())
    return emitOpError("needs channels x terms multipliers, one bias per channel, and lo <= hi");
  Type e = elementOf(getResult());
  if (getLo() < minCode(e) || getHi() > maxCode(e) || e.isSignedInteger(1))
    return emitOpError() << "bounds " << getLo() << ".." << getHi() << " do not fit " << e;
  return success();
}

LogicalResult PoolOp::verify() {
  if (failed(integers(*this)) ||
      failed(windowOf(*this, getKernel(), getStrides(), getPads(), getDilations())))
    return failure();
  auto in = shapeOf(getInput()), out = shapeOf(getResult());
  if (in.size() != 4 || out.size() != 4 || in[0] != out[0] || in[3] != out[3])
    return emitOpError("takes N H W C to N Ho Wo C");
  for (size_t i = 0; i < 2;
       ++i) { // in ceil_mode a last window may reach past the pads, but starts before them
    int64_t whole = windows(in[1 + i], i, getKernel(), getStrides(), getPads(), getDilations()),
            most = std::max<int64_t>(
                whole, std::min<int64_t>(whole + 1, (in[1 + i] + getPads()[i] - 1) / getStrides()[i] + 1));
    if (out[1 + i] != whole && out[1 + i] != most)
      return emitOpError() << "spatial axis " << i << " has " << whole << " windows, or " << most
                           << " with ceil_mode; the result has " << out[1 + i];
  }
  return getKind() == PoolKind::Sum ? accumulator(*this) : sameElements(*this);
}

LogicalResult TransposeOp::verify() {
  return failure(failed(moves(*this)) || failed(transposed(*this, getPerm())));
}

LogicalResult ReshapeOp::verify() { return failure(failed(moves(*this)) || failed(reshaped(*this))); }

LogicalResult PadOp::verify() {
  if (failed(moves(*this)) || failed(padded(*this, getPads())))
    return failure();
  Type e = elementOf(getResult());
  if (getCode() < minCode(e) || getCode() > maxCode(e) || (e.isSignedInteger(1) && getCode() == 0))
    return emitOpError() << "code " << getCode() << " does not fit " << e;
  return success();
}

LogicalResult SliceOp::verify() {
  return failure(failed(moves(*this)) || failed(sliced(*this, getStarts(), getSteps())));
}

LogicalResult GatherOp::verify() {
  return failure(failed(moves(*this)) || failed(gathered(*this, getMaps())));
}

LogicalResult ConcatOp::verify() {
  if (getInputs().empty())
    return emitOpError("needs at least one input");
  return failure(failed(moves(*this)) || failed(concatenated(*this, static_cast<int64_t>(getAxis()))));
}

LogicalResult TapOp::verify() {
  if (failed(integers(*this)))
    return failure();
  auto in = shapeOf(getInput());
  if (getPerm().size() != in.size() || getView().size() != in.size())
    return emitOpError("perm and view must name every axis");
  if (getKept().has_value() != getConstants().has_value())
    return emitOpError("kept and constants come together");
  if (countOf(getShape()) != countOf(getView()))
    return emitOpError() << "shape [" << getShape() << "] is no reshape of view [" << getView() << "]";
  llvm::SmallBitVector seen(in.size());
  for (auto [i, p] : llvm::enumerate(getPerm())) {
    if (p < 0 || p >= static_cast<int64_t>(in.size()) || seen[p])
      return emitOpError("perm must name every axis once");
    seen.set(p);
    bool cut = getKept() && static_cast<int64_t>(i) == getKeptAxis();
    int64_t want = cut ? static_cast<int64_t>(getKept()->size()) : getView()[p];
    if (in[i] != want)
      return emitOpError() << "physical axis " << i << " has " << in[i] << " entries, perm and view say "
                           << want;
    if (cut && (static_cast<int64_t>(getConstants()->size()) != getView()[p] ||
                llvm::any_of(*getKept(), [&](int64_t k) { return k < 0 || k >= getView()[p]; })))
      return emitOpError() << "kept and constants do not fit an axis of " << getView()[p];
  }
  if (getKept() && (getKeptAxis() < 0 || getKeptAxis() >= static_cast<int64_t>(in.size())))
    return emitOpError() << "kept_axis " << getKeptAxis() << " is outside rank " << in.size();
  return success();
}

} // namespace dyadic::qint
