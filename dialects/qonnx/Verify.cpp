// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each qonnx op demands of its shapes and attributes.
#include "dialects/qonnx/Qonnx.h"

#include "dialects/Movement.h"

#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace dyadic::dialects;
namespace dyadic::qonnx {
namespace {

/// numpy's rule: aligned from the right, each extent 1 or equal.
bool broadcastsTo(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  if (from.size() > to.size())
    return false;
  for (size_t i = 0; i < from.size(); ++i) {
    int64_t f = from[from.size() - 1 - i], t = to[to.size() - 1 - i];
    if (f != 1 && f != t)
      return false;
  }
  return true;
}

/// Constants are read element by element: a resource or a sparse list is no constant here.
LogicalResult dense(Operation *op, ElementsAttr attr, StringRef name) {
  if (!isa<DenseElementsAttr>(attr))
    return op->emitOpError() << "'" << name << "' must be dense, with its values in the file";
  return success();
}

LogicalResult parameter(Operation *op, ElementsAttr attr, StringRef name, ArrayRef<int64_t> shape) {
  if (!attr.getElementType().isF32())
    return op->emitOpError() << "'" << name << "' must hold float32, found " << attr.getElementType();
  if (failed(dense(op, attr, name)))
    return failure();
  if (!broadcastsTo(attr.getShapedType().getShape(), shape))
    return op->emitOpError() << "'" << name << "' of shape [" << attr.getShapedType().getShape()
                             << "] does not broadcast to [" << shape << "]";
  return success();
}

LogicalResult sameShape(Operation *op, Value a, Value b) {
  if (shapeOf(a) != shapeOf(b))
    return op->emitOpError() << "result shape [" << shapeOf(b) << "] differs from input shape [" << shapeOf(a)
                             << "]";
  return success();
}

LogicalResult quantiser(Operation *op, Value in, Value out) {
  if (failed(ranked(op)))
    return failure();
  return sameShape(op, in, out);
}

LogicalResult binary(Operation *op) {
  if (failed(ranked(op)))
    return failure();
  ArrayRef<int64_t> r = shapeOf(op->getResult(0));
  for (Value v : op->getOperands())
    if (!broadcastsTo(shapeOf(v), r))
      return op->emitOpError() << "operand [" << shapeOf(v) << "] does not broadcast to the result [" << r
                               << "]";
  return success();
}

/// Window geometry shared by convolution and pooling: `n` spatial axes with positive steps and known pads.
LogicalResult windows(Operation *op, ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides,
                      ArrayRef<int64_t> pads, ArrayRef<int64_t> dilations, size_t n) {
  if (n < 1 || n > 2)
    return op->emitOpError() << "supports 1 or 2 spatial axes, found " << n;
  if (kernel.size() != n || strides.size() != n || dilations.size() != n || pads.size() != 2 * n)
    return op->emitOpError() << "needs " << n << " kernel extents, strides and dilations and " << 2 * n
                             << " pads";
  auto positive = [](int64_t v) { return v > 0 && v <= mostExtent; };
  if (!llvm::all_of(kernel, positive) || !llvm::all_of(strides, positive) ||
      !llvm::all_of(dilations, positive))
    return op->emitOpError("kernel extents, strides and dilations must be positive 32-bit numbers");
  if (!llvm::all_of(pads, [](int64_t v) { return v >= 0 && v <= mostExtent; }))
    return op->emitOpError("pads must be 32-bit numbers and not negative");
  return success();
}

template <typename PoolOp> LogicalResult pool(PoolOp op) {
  if (failed(ranked(op)))
    return failure();
  auto in = shapeOf(op.getInput()), out = shapeOf(op.getResult());
  if (in.size() < 3 || in.size() != out.size() || in[0] != out[0] || in[1] != out[1])
    return op.emitOpError("needs N C spatial... on both sides");
  size_t n = in.size() - 2;
  if (failed(windows(op, op.getKernel(), op.getStrides(), op.getPads(), op.getDilations(), n)))
    return failure();
  for (size_t i = 0; i < n; ++i) {
    // Whole windows, and in ceil_mode one more that starts before the end padding.
    int64_t begin = op.getPads()[i], stride = op.getStrides()[i],
            reach = op.getDilations()[i] * (op.getKernel()[i] - 1) + 1,
            span = in[2 + i] + begin + op.getPads()[n + i] - reach, whole = span < 0 ? 0 : span / stride + 1,
            most =
                std::max<int64_t>(whole, std::min<int64_t>(whole + 1, (in[2 + i] + begin - 1) / stride + 1));
    if (out[2 + i] != whole && out[2 + i] != most)
      return op.emitOpError() << "has " << whole << " windows on spatial axis " << i << ", or " << most
                              << " with ceil_mode; the result has " << out[2 + i];
  }
  return success();
}

} // namespace

LogicalResult ConstantOp::verify() {
  if (getValue().getShapedType() != getResult().getType())
    return emitOpError("value and result types differ");
  if (failed(dense(*this, getValue(), "value")))
    return failure();
  return ranked(*this);
}

LogicalResult QuantConstantOp::verify() {
  if (failed(ranked(*this)))
    return failure();
  auto shape = shapeOf(getResult());
  if (getCodes().getShapedType().getShape() != shape || !getCodes().getElementType().isInteger() ||
      getCodes().getElementType().getIntOrFloatBitWidth() > 64)
    return emitOpError("codes must be integers of up to 64 bits, of the result's shape");
  if (failed(dense(*this, getCodes(), "codes")))
    return failure();
  if (failed(parameter(*this, getScale(), "scale", shape)))
    return failure();
  return parameter(*this, getZero(), "zero", shape);
}

LogicalResult QuantOp::verify() {
  if (failed(quantiser(*this, getInput(), getResult())) ||
      failed(parameter(*this, getScale(), "scale", shapeOf(getInput()))))
    return failure();
  return parameter(*this, getZero(), "zero", shapeOf(getInput()));
}

LogicalResult BipolarQuantOp::verify() {
  if (failed(quantiser(*this, getInput(), getResult())))
    return failure();
  return parameter(*this, getScale(), "scale", shapeOf(getInput()));
}

LogicalResult TruncOp::verify() {
  if (failed(quantiser(*this, getInput(), getResult())))
    return failure();
  for (auto [attr, name] :
       {std::pair{getScale(), "scale"}, {getZero(), "zero"}, {getOutScale(), "out_scale"}})
    if (failed(parameter(*this, attr, name, shapeOf(getInput()))))
      return failure();
  if (getVersion() != 1 && getVersion() != 2)
    return emitOpError() << "knows versions 1 and 2, found " << getVersion();
  return success();
}

LogicalResult MultiThresholdOp::verify() {
  if (failed(quantiser(*this, getInput(), getResult())))
    return failure();
  auto in = shapeOf(getInput()), t = getThresholds().getShapedType().getShape();
  if (getAxis() >= in.size())
    return emitOpError() << "axis " << static_cast<int64_t>(getAxis()) << " is outside rank " << in.size();
  if (t.size() != 2 || (t[0] != 1 && t[0] != in[getAxis()]) || !getThresholds().getElementType().isF32())
    return emitOpError() << "needs float32 thresholds of shape [C or 1, B], found [" << t << "]";
  return dense(*this, getThresholds(), "thresholds");
}

LogicalResult ConvOp::verify() {
  if (failed(ranked(*this)))
    return failure();
  auto in = shapeOf(getInput()), w = shapeOf(getWeights()), out = shapeOf(getResult());
  if (in.size() < 3 || in.size() != w.size() || in.size() != out.size())
    return emitOpError("needs input, weights and result of one rank, at least 3");
  if (failed(windows(*this, w.drop_front(2), getStrides(), getPads(), getDilations(), in.size() - 2)))
    return failure();
  int64_t g = getGroup();
  if (g < 1 || in[1] != w[1] * g || w[0] % g != 0 || out[1] != w[0] || out[0] != in[0])
    return emitOpError() << "channels do not match: input " << in[1] << ", weights [" << w << "], group " << g
                         << ", result " << out[1];
  size_t n = in.size() - 2;
  for (size_t i = 0; i < n; ++i) {
    int64_t span = in[2 + i] + getPads()[i] + getPads()[n + i] - getDilations()[i] * (w[2 + i] - 1) - 1;
    if (span < 0 || out[2 + i] != span / getStrides()[i] + 1)
      return emitOpError() << "result extent " << out[2 + i] << " on spatial axis " << i
                           << " does not follow";
  }
  if (getBias() && shapeOf(getBias()) != ArrayRef<int64_t>{w[0]})
    return emitOpError() << "bias must have shape [" << w[0] << "]";
  return success();
}

LogicalResult MatMulOp::verify() {
  if (failed(ranked(*this)))
    return failure();
  auto a = shapeOf(getLhs()), b = shapeOf(getRhs());
  if (a.empty() || b.empty() || a.back() != (b.size() == 1 ? b[0] : b[b.size() - 2]))
    return emitOpError() << "inner extents differ: [" << a << "] by [" << b << "]";
  // Matrices broadcast over the leading axes; the axis that makes a vector a matrix is dropped again.
  SmallVector<int64_t> want;
  ArrayRef<int64_t> as = a.size() < 2 ? ArrayRef<int64_t>() : a.drop_back(2),
                    bs = b.size() < 2 ? ArrayRef<int64_t>() : b.drop_back(2);
  size_t lead = std::max(as.size(), bs.size());
  for (size_t i = 0; i < lead; ++i) {
    int64_t x = i + as.size() < lead ? 1 : as[i + as.size() - lead],
            y = i + bs.size() < lead ? 1 : bs[i + bs.size() - lead];
    if (x != y && x != 1 && y != 1)
      return emitOpError() << "leading extents differ: [" << a << "] by [" << b << "]";
    want.push_back(std::max(x, y));
  }
  if (a.size() > 1)
    want.push_back(a[a.size() - 2]);
  if (b.size() > 1)
    want.push_back(b.back());
  if (shapeOf(getResult()) != ArrayRef<int64_t>(want))
    return emitOpError() << "result shape must be [" << want << "]";
  return success();
}

LogicalResult BatchNormOp::verify() {
  if (failed(quantiser(*this, getInput(), getResult())))
    return failure();
  auto in = shapeOf(getInput());
  if (in.size() < 2)
    return emitOpError("needs a channel axis 1");
  for (ElementsAttr a : {getScale(), getShift()})
    if (!a.getElementType().isF32() || a.getShapedType().getShape() != ArrayRef<int64_t>{in[1]})
      return emitOpError() << "scale and shift must be float32 [" << in[1] << "]";
  return failure(failed(dense(*this, getScale(), "scale")) || failed(dense(*this, getShift(), "shift")));
}

LogicalResult AddOp::verify() { return binary(*this); }
LogicalResult SubOp::verify() { return binary(*this); }
LogicalResult MulOp::verify() { return binary(*this); }
LogicalResult DivOp::verify() { return binary(*this); }
LogicalResult ReluOp::verify() { return ranked(*this); }
LogicalResult LeakyReluOp::verify() { return ranked(*this); }
LogicalResult ClipOp::verify() { return ranked(*this); }
LogicalResult NegOp::verify() { return ranked(*this); }
LogicalResult AbsOp::verify() { return ranked(*this); }
LogicalResult PReluOp::verify() {
  if (failed(quantiser(*this, getInput(), getResult())))
    return failure();
  return parameter(*this, getSlope(), "slope", shapeOf(getInput()));
}
LogicalResult MaxPoolOp::verify() { return pool(*this); }
LogicalResult AveragePoolOp::verify() { return pool(*this); }

LogicalResult ReduceMeanOp::verify() {
  if (failed(ranked(*this)))
    return failure();
  auto in = shapeOf(getInput());
  llvm::SmallBitVector reduced(in.size());
  for (int64_t a : getAxes()) {
    if (a < 0 || a >= static_cast<int64_t>(in.size()) || reduced[a])
      return emitOpError() << "axis " << a << " is outside rank " << in.size() << " or repeats";
    reduced.set(a);
  }
  SmallVector<int64_t> want;
  for (auto [i, d] : llvm::enumerate(in))
    if (!reduced[i])
      want.push_back(d);
    else if (getKeepdims())
      want.push_back(1);
  if (shapeOf(getResult()) != ArrayRef<int64_t>(want))
    return emitOpError() << "result shape must be [" << want << "]";
  return success();
}

LogicalResult TransposeOp::verify() {
  return failure(failed(ranked(*this)) || failed(transposed(*this, getPerm())));
}

LogicalResult ReshapeOp::verify() { return failure(failed(ranked(*this)) || failed(reshaped(*this))); }

LogicalResult PadOp::verify() { return failure(failed(ranked(*this)) || failed(padded(*this, getPads()))); }

LogicalResult SliceOp::verify() {
  return failure(failed(ranked(*this)) || failed(sliced(*this, getStarts(), getSteps())));
}

LogicalResult ResizeOp::verify() {
  return failure(failed(ranked(*this)) || failed(gathered(*this, getMaps())));
}

LogicalResult ConcatOp::verify() {
  if (getInputs().empty())
    return emitOpError("needs at least one input");
  return failure(failed(ranked(*this)) || failed(concatenated(*this, static_cast<int64_t>(getAxis()))));
}

LogicalResult SoftmaxOp::verify() {
  if (failed(ranked(*this)))
    return failure();
  if (getAxis() >= shapeOf(getInput()).size())
    return emitOpError() << "axis " << static_cast<int64_t>(getAxis()) << " is outside rank "
                         << shapeOf(getInput()).size();
  return success();
}

LogicalResult ArgMaxOp::verify() {
  if (failed(ranked(*this)))
    return failure();
  SmallVector<int64_t> want(shapeOf(getInput()));
  if (getAxis() >= want.size())
    return emitOpError() << "axis " << static_cast<int64_t>(getAxis()) << " is outside rank " << want.size();
  if (getKeepdims())
    want[getAxis()] = 1;
  else
    want.erase(want.begin() + static_cast<int64_t>(getAxis()));
  if (shapeOf(getResult()) != ArrayRef<int64_t>(want))
    return emitOpError() << "result shape must be [" << want << "]";
  return success();
}

} // namespace dyadic::qonnx
