// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants as integer weights: the file's own codes where one scale serves an output channel, an exact
// common unit elsewhere.
#include "passes/lower-to-qint/Lowering.h"
#include "passes/model/Lattice.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

Broadcast<float> floatsOf(ElementsAttr attr, size_t rank) {
  ArrayRef<int64_t> s = attr.getShapedType().getShape();
  Broadcast<float> c{Shape(rank - s.size(), 1), {}};
  c.shape.append(s.begin(), s.end());
  for (float f : attr.getValues<float>())
    c.data.push_back(f);
  return c;
}

bool dependsOnlyOn(const Broadcast<float> &c, unsigned axis) {
  for (size_t d = 0; d < c.shape.size(); ++d)
    if (d != axis && c.shape[d] != 1)
      return false;
  return true;
}

} // namespace

std::optional<IntWeights> Lowering::weightsOf(Operation *constant, unsigned outAxis) {
  IntWeights w;
  auto type = cast<RankedTensorType>(constant->getResult(0).getType());
  w.shape = Shape(type.getShape());
  bool single = outAxis >= w.shape.size();
  int64_t outputs = single ? 1 : w.shape[outAxis];
  if (auto q = dyn_cast<qonnx::QuantConstantOp>(constant)) {
    auto scale = floatsOf(q.getScale(), w.shape.size()).compress(),
         zero = floatsOf(q.getZero(), w.shape.size()).compress();
    std::optional<Rational> z = zero.isScalar() ? model::fromFloat32(zero.data[0]) : std::nullopt;
    if (dependsOnlyOn(scale, outAxis) && z && z->get_den() == 1 && model::toInt64(z->get_num())) {
      int64_t zi = *model::toInt64(z->get_num()), lo = 0, hi = 0;
      bool isUnsigned = q.getCodes().getElementType().isUnsignedInteger();
      w.values.reserve(type.getNumElements());
      for (const APInt &v : cast<DenseIntElementsAttr>(q.getCodes())) {
        int64_t value = (isUnsigned ? static_cast<int64_t>(v.getZExtValue()) : v.getSExtValue()) - zi;
        w.values.push_back(value);
        lo = std::min(lo, value);
        hi = std::max(hi, value);
      }
      for (int64_t o = 0; o < outputs; ++o)
        w.unit.push_back(*model::fromFloat32(scale.data[scale.isScalar() ? 0 : o]));
      float bits = q.getBits().convertToFloat();
      bool declared = zi == 0 && bits == std::floor(bits) && bits >= 1 && bits <= 32;
      Type element = declared ? intType(static_cast<unsigned>(bits), q.getIsSigned()) : typeFor(lo, hi);
      if (lo < qint::minCode(element) || hi > qint::maxCode(element))
        element = typeFor(lo, hi); // 25 bits and more: MAX itself rounds up in float32
      w.bits = element.getIntOrFloatBitWidth();
      w.isSigned = element.isSignedInteger();
      return w;
    }
  }
  // Raw floats, scales along the inputs, fractional zero points: per output, every weight as a multiple of
  // one unit.
  Coeffs exact = constantView(constant)->beta.expand(w.shape);
  std::vector<std::vector<Rational>> byOutput(outputs);
  std::vector<std::vector<int64_t>> where(outputs);
  int64_t flat = 0;
  forEachIndex(w.shape, [&](ArrayRef<int64_t> i) {
    int64_t o = single ? 0 : i[outAxis];
    byOutput[o].push_back(exact.data[flat]);
    where[o].push_back(flat++);
  });
  w.values.resize(flat);
  int64_t lo = 0, hi = 0;
  for (int64_t o = 0; o < outputs; ++o) {
    model::CommonUnit common = model::commonUnit(byOutput[o]);
    for (size_t k = 0; k < where[o].size(); ++k) {
      auto v = model::toInt64(common.multiples[k]);
      if (!v) {
        fail("has weights whose values span more than 64 bits. Put a Quant on the weights in the exporter");
        return std::nullopt;
      }
      w.values[where[o][k]] = *v;
      lo = std::min(lo, *v);
      hi = std::max(hi, *v);
    }
    w.unit.push_back(common.unit);
  }
  Type element = typeFor(lo, hi);
  w.bits = element.getIntOrFloatBitWidth();
  w.isSigned = element.isSignedInteger();
  return w;
}

Value Lowering::weightConstant(const IntWeights &w, ArrayRef<int64_t> shape,
                               const std::vector<int64_t> &values) {
  unsigned bits = w.bits <= 8 ? 8 : w.bits <= 16 ? 16 : w.bits <= 32 ? 32 : 64;
  auto attrType = RankedTensorType::get(shape, b.getIntegerType(bits));
  DenseElementsAttr attr;
  auto narrow = [&](auto zero) {
    std::vector<decltype(zero)> v(values.begin(), values.end());
    return DenseElementsAttr::get(attrType, ArrayRef<decltype(zero)>(v));
  };
  if (bits == 8)
    attr = narrow(int8_t{});
  else if (bits == 16)
    attr = narrow(int16_t{});
  else if (bits == 32)
    attr = narrow(int32_t{});
  else
    attr = narrow(int64_t{});
  if (!w.isSigned && bits < 64) // the verifier reads two's complement: unsigned codes need one bit more
    attr = DenseIntElementsAttr::get(RankedTensorType::get(shape, b.getI64Type()), ArrayRef<int64_t>(values));
  return qint::ConstantOp::create(b, current->getLoc(), tensorType(shape, intType(w.bits, w.isSigned)), attr);
}

Type Lowering::accumulatorFor(const std::vector<model::AccumulatorRange> &ranges) {
  bool fits32 = true, fits64 = true;
  for (const model::AccumulatorRange &r : ranges) {
    fits32 &= r.fits(32);
    fits64 &= r.fits(64);
  }
  if (fits32)
    return intType(32, true);
  if (fits64)
    return intType(64, true);
  fail("accumulates sums that 64 bits are not proven to hold. Use narrower weights or activations, or a "
       "scale that does not "
       "change along the summed axis");
  return nullptr;
}

} // namespace dyadic::lower
