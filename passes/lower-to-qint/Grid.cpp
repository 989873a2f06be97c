// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantiser nodes as exact step functions, one for each combination of their parameters.
#include "passes/lower-to-qint/Lowering.h"

#include <map>

using namespace mlir;
namespace dyadic::lower {
namespace {

model::RoundingMode modeOf(qonnx::Rounding r) {
  switch (r) {
  case qonnx::Rounding::HalfEven:
    return model::RoundingMode::HalfEven;
  case qonnx::Rounding::Ceil:
    return model::RoundingMode::Ceil;
  case qonnx::Rounding::Floor:
    return model::RoundingMode::Floor;
  case qonnx::Rounding::Down:
    return model::RoundingMode::Down;
  case qonnx::Rounding::Up:
    return model::RoundingMode::Up;
  case qonnx::Rounding::HalfUp:
    return model::RoundingMode::HalfUp;
  case qonnx::Rounding::HalfDown:
    return model::RoundingMode::HalfDown;
  }
  llvm_unreachable("every rounding mode is handled");
}

Broadcast<float> parameter(ElementsAttr attr, size_t rank) {
  ArrayRef<int64_t> s = attr.getShapedType().getShape();
  Broadcast<float> c{Shape(rank - s.size(), 1), {}};
  c.shape.append(s.begin(), s.end());
  for (float f : attr.getValues<float>())
    c.data.push_back(f);
  return c.compress();
}

} // namespace

std::optional<QuantiserGrid> Lowering::gridOf(Operation *op) {
  size_t rank = cast<RankedTensorType>(op->getResult(0).getType()).getRank();
  QuantiserGrid grid;
  std::map<std::array<float, 3>, int64_t> known;
  std::string why;
  /// One quantiser per distinct parameter triple.
  auto build = [&](const Broadcast<float> &a, const Broadcast<float> &b2, const Broadcast<float> &c,
                   auto make) {
    auto ab = combine(a, b2, [](float x, float y) { return std::pair{x, y}; });
    grid.index = combine(ab, c, [&](const std::pair<float, float> &p, float z) -> int64_t {
      auto [it, fresh] =
          known.try_emplace({p.first, p.second, z}, static_cast<int64_t>(grid.quantisers.size()));
      if (fresh) {
        auto exact = [](float f) { return model::fromFloat32(f); };
        auto x = exact(p.first), y = exact(p.second), w = exact(z);
        if (!x || !y || !w) {
          why = "has a scale or zero point that is NaN or infinite";
          grid.quantisers.emplace_back();
          return it->second;
        }
        model::Result<model::Quantiser> q = make(*x, *y, *w);
        if (!q)
          why = q.error;
        grid.quantisers.push_back(q ? *q : model::Quantiser());
      }
      return it->second;
    });
  };
  auto none = Broadcast<float>::scalar(rank, 0.0f);
  bool isSigned = true;
  float bits = 0;
  if (auto q = dyn_cast<qonnx::QuantOp>(op)) {
    isSigned = q.getIsSigned();
    bits = q.getBits().convertToFloat();
    build(parameter(q.getScale(), rank), parameter(q.getZero(), rank), none,
          [&](const Rational &s, const Rational &z, const Rational &) {
            return model::makeQuantBits(s, z, bits, isSigned, q.getNarrow(), modeOf(q.getRounding()));
          });
    grid.key = q.getKey().str();
  } else if (auto q = dyn_cast<qonnx::BipolarQuantOp>(op)) {
    build(parameter(q.getScale(), rank), none, none,
          [&](const Rational &s, const Rational &, const Rational &) { return model::makeBipolar(s); });
    grid.key = q.getKey().str();
  } else if (auto q = dyn_cast<qonnx::TruncOp>(op)) {
    float in = q.getInBits().convertToFloat(), out = q.getOutBits().convertToFloat();
    isSigned = q.getIsSigned();
    bits = out;
    build(parameter(q.getScale(), rank), parameter(q.getZero(), rank), parameter(q.getOutScale(), rank),
          [&](const Rational &s, const Rational &z, const Rational &os) -> model::Result<model::Quantiser> {
            if (q.getVersion() == 1) {
              if (in != std::floor(in) || out != std::floor(out) || std::abs(in) > 64 || std::abs(out) > 64)
                return model::Result<model::Quantiser>::failure(
                    "has bit widths that are not whole numbers up to 64");
              return model::makeTruncV1(s, z, static_cast<int64_t>(in), static_cast<int64_t>(out),
                                        modeOf(q.getRounding()));
            }
            auto bounds = model::quantBounds(out, isSigned, q.getNarrow());
            if (!bounds)
              return model::Result<model::Quantiser>::failure(bounds.error);
            return model::makeTruncV2(s, z, os, bounds->min, bounds->max, modeOf(q.getRounding()));
          });
    grid.key = q.getKey().str();
  } else {
    auto q2 = cast<qonnx::MultiThresholdOp>(op);
    auto t = cast<DenseElementsAttr>(q2.getThresholds());
    int64_t channels = t.getType().getDimSize(0), levels = t.getType().getDimSize(1), n = 0;
    std::vector<std::vector<Rational>> rows(channels);
    for (float f : t.getValues<float>()) {
      auto exact = model::fromFloat32(f);
      if (!exact)
        why = "has a threshold that is NaN or infinite";
      rows[n++ / std::max<int64_t>(levels, 1)].push_back(exact.value_or(0));
    }
    auto scale = model::fromFloat32(q2.getOutScale().convertToFloat()),
         bias = model::fromFloat32(q2.getOutBias().convertToFloat());
    if (!scale || !bias)
      why = "has an output scale or bias that is NaN or infinite";
    else
      for (auto &row : rows)
        grid.quantisers.push_back(model::makeMultiThreshold(row, *scale, *bias));
    grid.index = Broadcast<int64_t>::scalar(rank, 0);
    if (channels > 1) {
      grid.index.shape[q2.getAxis()] = channels;
      for (int64_t c = 1; c < channels; ++c)
        grid.index.data.push_back(c);
    }
    isSigned = false;
    grid.key = q2.getKey().str();
  }
  if (!why.empty()) {
    fail(why);
    return std::nullopt;
  }

  // Storage: the declared width where every code fits it, else what the codes need.
  int64_t lo = INT64_MAX, hi = INT64_MIN;
  for (const model::Quantiser &q : grid.quantisers) {
    lo = std::min(lo, q.kmin);
    hi = std::max(hi, q.kmax);
  }
  const model::Quantiser &first = grid.quantisers[0];
  if (first.bipolar()) {
    grid.storage = intType(1, true);
  } else if (first.bounded()) {
    bool whole = bits == std::floor(bits) && bits >= 1 && bits <= 32 && !(isSigned && bits == 1);
    grid.storage = whole ? intType(static_cast<unsigned>(bits), isSigned) : typeFor(lo, hi);
    if (lo < qint::minCode(grid.storage) || hi > qint::maxCode(grid.storage))
      grid.storage = typeFor(lo, hi);
  } // an unbounded Trunc gets its type from the range that reaches it
  return grid;
}

} // namespace dyadic::lower
