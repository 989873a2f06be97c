// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the numbers and shapes that qonnx ops carry.
#include "compiler/eval/Attributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cstring>

using namespace mlir;
namespace dyadic::eval {

template <typename T> static std::vector<T> copyRaw(ArrayRef<char> raw, size_t n) {
  std::vector<T> out(n);
  if (raw.size() >= n * sizeof(T))
    std::memcpy(out.data(), raw.data(), n * sizeof(T));
  return out;
}

std::vector<float> readFloats(ElementsAttr attr) {
  if (auto dense = dyn_cast<DenseElementsAttr>(attr))
    return {dense.getValues<float>().begin(), dense.getValues<float>().end()};
  auto resource = cast<DenseResourceElementsAttr>(attr);
  return copyRaw<float>(resource.getRawHandle().getBlob()->getData(),
                        static_cast<size_t>(attr.getNumElements()));
}

std::vector<int64_t> readIntegers(ElementsAttr attr) {
  bool isUnsigned = attr.getElementType().isUnsignedInteger();
  std::vector<int64_t> out;
  out.reserve(static_cast<size_t>(attr.getNumElements()));
  if (auto dense = dyn_cast<DenseElementsAttr>(attr)) {
    for (const APInt &v : dense.getValues<APInt>())
      out.push_back(isUnsigned ? static_cast<int64_t>(v.getZExtValue()) : v.getSExtValue());
    return out;
  }
  auto raw = cast<DenseResourceElementsAttr>(attr).getRawHandle().getBlob()->getData();
  size_t n = static_cast<size_t>(attr.getNumElements());
  auto append = [&](auto typed) { out.assign(typed.begin(), typed.end()); };
  switch (attr.getElementType().getIntOrFloatBitWidth()) {
  case 8:
    isUnsigned ? append(copyRaw<uint8_t>(raw, n)) : append(copyRaw<int8_t>(raw, n));
    break;
  case 16:
    isUnsigned ? append(copyRaw<uint16_t>(raw, n)) : append(copyRaw<int16_t>(raw, n));
    break;
  case 32:
    isUnsigned ? append(copyRaw<uint32_t>(raw, n)) : append(copyRaw<int32_t>(raw, n));
    break;
  default:
    append(copyRaw<int64_t>(raw, n));
  }
  return out;
}

std::vector<Rational> readRationals(ElementsAttr attr) {
  std::vector<Rational> out;
  for (float f : readFloats(attr))
    out.push_back(model::fromFloat32(f).value_or(Rational(0))); // import refuses NaN and infinity
  return out;
}

Parameter readParameter(ElementsAttr attr) { return {shapeOf(attr.getShapedType()), readRationals(attr)}; }

bool isQuantiser(Operation *op) {
  return isa<qonnx::QuantOp, qonnx::BipolarQuantOp, qonnx::TruncOp, qonnx::MultiThresholdOp>(op);
}

StringRef keyOf(Operation *quantiser) { return quantiser->getAttrOfType<StringAttr>("key").getValue(); }

static model::RoundingMode modeOf(qonnx::RoundingAttr attr) {
  return static_cast<model::RoundingMode>(attr.getValue()); // the two enums list the modes in one order
}

QuantiserSpec specOf(Operation *quantiser) {
  using Kind = QuantiserSpec::Kind;
  QuantiserSpec s;
  llvm::TypeSwitch<Operation *>(quantiser)
      .Case([&](qonnx::QuantOp op) {
        s.scale = readParameter(op.getScale());
        s.zero = readParameter(op.getZero());
        s.bits = op.getBits().convertToFloat();
        s.isSigned = op.getIsSigned();
        s.narrow = op.getNarrow();
        s.mode = modeOf(op.getRoundingAttr());
      })
      .Case([&](qonnx::BipolarQuantOp op) {
        s.kind = Kind::Bipolar;
        s.scale = readParameter(op.getScale());
      })
      .Case([&](qonnx::TruncOp op) {
        s.kind = op.getVersion() == 1 ? Kind::TruncV1 : Kind::TruncV2;
        s.scale = readParameter(op.getScale());
        s.zero = readParameter(op.getZero());
        s.outScale = readParameter(op.getOutScale());
        s.inBits = op.getInBits().convertToFloat();
        s.bits = op.getOutBits().convertToFloat();
        s.isSigned = op.getIsSigned();
        s.narrow = op.getNarrow();
        s.mode = modeOf(op.getRoundingAttr());
      })
      .Case([&](qonnx::MultiThresholdOp op) {
        s.kind = Kind::MultiThreshold;
        std::vector<Rational> all = readRationals(op.getThresholds());
        Shape shape = shapeOf(op.getThresholds().getShapedType());
        for (int64_t r = 0; r < shape[0]; ++r)
          s.thresholds.emplace_back(all.begin() + r * shape[1], all.begin() + (r + 1) * shape[1]);
        s.outScale = {{}, {model::fromFloat32(op.getOutScale().convertToFloat()).value_or(Rational(0))}};
        s.outBias = model::fromFloat32(op.getOutBias().convertToFloat()).value_or(Rational(0));
        s.axis = op.getAxis();
        s.rank = shapeOf(op.getInput()).size();
      });
  return s;
}

Windows windowsOf(Operation *op) {
  Shape in = shapeOf(op->getOperand(0)), out = shapeOf(op->getResult(0));
  auto make = [&](ArrayRef<int64_t> kernel, auto window) {
    return makeWindows(in, out, listOf(kernel), listOf(window.getStrides()), listOf(window.getPads()),
                       listOf(window.getDilations()));
  };
  if (auto c = dyn_cast<qonnx::ConvOp>(op)) {
    Shape weights = shapeOf(c.getWeights());
    return make(ArrayRef<int64_t>(weights).drop_front(2), c);
  }
  if (auto m = dyn_cast<qonnx::MaxPoolOp>(op))
    return make(m.getKernel(), m);
  auto a = cast<qonnx::AveragePoolOp>(op);
  return make(a.getKernel(), a);
}

std::optional<Gather> movementOf(Operation *op) {
  using Found = std::optional<Gather>;
  if (op->getNumOperands() != 1 || op->getNumResults() != 1)
    return std::nullopt;
  Shape in = shapeOf(op->getOperand(0)), out = shapeOf(op->getResult(0));
  return llvm::TypeSwitch<Operation *, Found>(op)
      .Case([&](qonnx::TransposeOp t) { return transposeGather(in, listOf(t.getPerm())); })
      .Case([&](qonnx::ReshapeOp) { return broadcastGather(out, out); })
      .Case([&](qonnx::PadOp p) { return padGather(in, listOf(p.getPads()), out); })
      .Case([&](qonnx::SliceOp s) {
        return mapGather(in, sliceMaps(listOf(s.getStarts()), listOf(s.getSteps()), out));
      })
      .Case([&](qonnx::ResizeOp r) {
        std::vector<Shape> maps;
        for (Attribute map : r.getMaps())
          maps.push_back(listOf(cast<DenseI64ArrayAttr>(map).asArrayRef()));
        return mapGather(in, maps);
      })
      .Default([](Operation *) { return Found(); });
}

} // namespace dyadic::eval
