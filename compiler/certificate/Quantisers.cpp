// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantiser nodes read into their definitions, one for each combination of parameters.
#include "compiler/Failure.h"
#include "compiler/certificate/Exact.h"
#include "compiler/certificate/Shapes.h"
#include <algorithm>
#include <cmath>
#include <map>

using namespace mlir;
namespace dyadic::certificate {
namespace {

std::vector<float> floatsOf(ElementsAttr attr) {
  std::vector<float> r;
  for (float f : attr.getValues<float>())
    r.push_back(f);
  return r;
}

/// For each element of `shape`, the index of the entry of a parameter that broadcasts to it from the right.
std::vector<uint32_t> entryOf(ArrayRef<int64_t> parameter, ArrayRef<int64_t> shape) {
  std::vector<uint32_t> r{0};
  size_t lead = shape.size() - parameter.size();
  // Axis by axis from the left: an extent of 1 repeats, another one counts.
  for (size_t d = 0; d < shape.size(); ++d) {
    int64_t extent = d < lead ? 1 : parameter[d - lead];
    std::vector<uint32_t> next;
    next.reserve(r.size() * shape[d]);
    for (uint32_t base : r)
      for (int64_t i = 0; i < shape[d]; ++i)
        next.push_back(extent == 1 ? base : static_cast<uint32_t>(base * extent + i));
    r = std::move(next);
  }
  return r;
}

/// MIN and MAX as the executor computes them, in float32.
void setBounds(Quantiser &q, float bits, bool isSigned, bool narrow) {
  auto power = [](float e) { return static_cast<float>(std::pow(2.0, static_cast<double>(e))); };
  float low = 0, high = 0;
  if (isSigned) {
    low = -power(bits - 1.0f);
    if (narrow)
      low += 1.0f;
    high = power(bits - 1.0f) - 1.0f;
  } else {
    high = power(bits) - 1.0f;
    if (narrow)
      high -= 1.0f;
  }
  q.min = model::fromFloat32(low).value_or(0);
  q.max = model::fromFloat32(high).value_or(0);
}

/// e with 2^(e - 1/2) < ratio < 2^(e + 1/2): rint(log2(ratio)), which is never a tie.
std::optional<int64_t> exponentOf(const Rational &ratio) {
  if (ratio <= 0)
    return std::nullopt;
  Rational square = ratio * ratio;
  int64_t e = 0;
  for (; square > 2 && e < 4096; ++e)
    square /= 4;
  for (; square < Rational(1, 2) && e > -4096; --e)
    square *= 4;
  return e;
}

llvm::Error bad(Operation *op, const llvm::Twine &what) {
  auto key = op->getAttrOfType<StringAttr>("key");
  return failure(ExitCode::Rejected, "quantiser '" + (key ? key.getValue() : "") + "' " + what);
}

} // namespace

llvm::Expected<QuantiserField> quantisersOf(Operation *op) {
  ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
  QuantiserField field;
  if (auto m = dyn_cast<qonnx::MultiThresholdOp>(op)) {
    auto type = cast<RankedTensorType>(m.getThresholds().getShapedType());
    std::vector<float> all = floatsOf(m.getThresholds());
    auto scale = model::fromFloat32(m.getOutScale().convertToFloat()),
         bias = model::fromFloat32(m.getOutBias().convertToFloat());
    if (!scale || !bias)
      return bad(op, "has a scale or bias that is no number");
    int64_t rows = type.getDimSize(0), levels = type.getDimSize(1);
    for (int64_t r = 0; r < rows; ++r) {
      Quantiser q;
      q.kind = Quantiser::Kind::Thresholds;
      for (int64_t k = 0; k < levels; ++k) {
        auto t = model::fromFloat32(all[r * levels + k]);
        if (!t)
          return bad(op, "has a threshold that is no number");
        q.steps.push_back(*t);
      }
      std::sort(q.steps.begin(), q.steps.end());
      q.valueScale = *scale;
      q.valueZero = *scale == 0 ? Rational(0) : Rational(-*bias / *scale);
      field.quantisers.push_back(std::move(q));
    }
    SmallVector<int64_t> like(shape.size(), 1);
    like[m.getAxis()] = rows;
    field.index = entryOf(like, shape);
    return field;
  }

  ElementsAttr scale, zero, out;
  if (auto q = dyn_cast<qonnx::QuantOp>(op)) {
    scale = q.getScale();
    zero = q.getZero();
  } else if (auto q = dyn_cast<qonnx::BipolarQuantOp>(op)) {
    scale = q.getScale();
  } else {
    auto t = cast<qonnx::TruncOp>(op);
    scale = t.getScale();
    zero = t.getZero();
    out = t.getOutScale();
  }
  struct Parameter {
    std::vector<float> values{0.0f};
    std::vector<uint32_t> entry;
  };
  auto parameter = [&](ElementsAttr attr) {
    Parameter p;
    if (attr)
      p.values = floatsOf(attr);
    p.entry = entryOf(attr ? attr.getShapedType().getShape() : ArrayRef<int64_t>(), shape);
    return p;
  };
  Parameter s = parameter(scale), z = parameter(zero), o = parameter(out);
  std::map<std::array<uint32_t, 3>, uint32_t> known;
  for (size_t i = 0; i < s.entry.size(); ++i) {
    auto [it, fresh] = known.try_emplace({s.entry[i], z.entry[i], o.entry[i]},
                                         static_cast<uint32_t>(field.quantisers.size()));
    field.index.push_back(it->second);
    if (!fresh)
      continue;
    auto rs = model::fromFloat32(s.values[s.entry[i]]), rz = model::fromFloat32(z.values[z.entry[i]]),
         ro = model::fromFloat32(o.values[o.entry[i]]);
    if (!rs || !rz || !ro || *rs == 0)
      return bad(op, "has a scale of 0, or a scale or zero point that is no number");
    Quantiser q;
    q.scale = q.valueScale = *rs;
    q.zero = q.valueZero = *rz;
    if (auto quant = dyn_cast<qonnx::QuantOp>(op)) {
      float bits = quant.getBits().convertToFloat();
      q.mode = quant.getRounding();
      if (quant.getIsSigned() && bits == 1.0f)
        q.kind = Quantiser::Kind::Sign;
      else
        setBounds(q, bits, quant.getIsSigned(), quant.getNarrow());
    } else if (isa<qonnx::BipolarQuantOp>(op)) {
      q.kind = Quantiser::Kind::Sign;
      q.scale = 1; // x itself is compared with 0, whatever the scale's sign
      q.zero = q.valueZero = 0;
    } else {
      auto trunc = cast<qonnx::TruncOp>(op);
      q.kind = Quantiser::Kind::Trunc;
      q.mode = trunc.getRounding();
      if (trunc.getVersion() == 1) {
        q.clipped = false;
        q.shift = static_cast<int64_t>(trunc.getInBits().convertToFloat()) -
                  static_cast<int64_t>(trunc.getOutBits().convertToFloat());
        if (std::abs(q.shift) > 64)
          return bad(op, "has bit widths beyond 64");
      } else {
        auto e = *ro == 0 ? std::nullopt : exponentOf(*ro / *rs);
        if (!e || std::abs(*e) > 1024)
          return bad(op, "has scales of different signs");
        q.shift = *e;
        q.valueScale = *ro;
        Rational t = model::powerOfTwo(*e);
        q.valueZero = *rz / t;
        setBounds(q, trunc.getOutBits().convertToFloat(), trunc.getIsSigned(), trunc.getNarrow());
      }
    }
    field.quantisers.push_back(std::move(q));
  }
  return field;
}

} // namespace dyadic::certificate
