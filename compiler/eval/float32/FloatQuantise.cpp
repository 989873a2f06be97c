// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The quantisers by the reference executor's float32 formulas; compiled with contraction off.
#include "compiler/eval/float32/FloatTensor.h"
#include "passes/model/Quantiser.h"
#include <algorithm>
#include <cmath>

namespace dyadic::eval {

using Kind = QuantiserSpec::Kind;
using model::RoundingMode;

static float roundFloat(RoundingMode mode, float x) {
  float magnitude = std::fabs(x);
  switch (mode) {
  case RoundingMode::HalfEven:
    return std::nearbyint(x);
  case RoundingMode::Ceil:
    return std::ceil(x);
  case RoundingMode::Floor:
    return std::floor(x);
  case RoundingMode::Down:
    return std::trunc(x);
  case RoundingMode::Up:
    return std::copysign(std::ceil(magnitude), x);
  case RoundingMode::HalfUp:
    return std::copysign(std::floor(magnitude + 0.5F), x);
  case RoundingMode::HalfDown:
    return std::copysign(std::ceil(magnitude - 0.5F), x);
  }
  return x;
}

namespace {
/// A parameter as floats, seen from each element of a tensor.
struct Seen {
  std::vector<float> values;
  Gather of;
  Seen(const Parameter &p, const Shape &shape) : of(broadcastGather(p.shape, shape)) {
    for (const Rational &v : p.values)
      values.push_back(model::nearestFloat32(v));
  }
  float operator[](size_t i) const { return values[static_cast<size_t>(of[i])]; }
};
} // namespace

static float divisorOf(const QuantiserSpec &spec, float scale, float outScale) {
  if (spec.kind == Kind::TruncV1)
    return std::exp2(spec.inBits - spec.bits);
  return std::exp2(std::nearbyint(std::log2(outScale / scale)));
}

static std::vector<int64_t> countThresholds(const QuantiserSpec &spec, const FloatTensor &x) {
  std::vector<std::vector<float>> rows;
  for (const std::vector<Rational> &row : spec.thresholds) {
    std::vector<float> sorted;
    for (const Rational &t : row)
      sorted.push_back(model::nearestFloat32(t));
    std::sort(sorted.begin(), sorted.end());
    rows.push_back(std::move(sorted));
  }
  size_t inner = static_cast<size_t>(innerExtent(x.shape, spec.axis));
  std::vector<int64_t> codes(x.values.size());
  for (size_t i = 0; i < codes.size(); ++i) {
    const std::vector<float> &row = rows[i / inner % static_cast<size_t>(x.shape[spec.axis]) % rows.size()];
    codes[i] = std::upper_bound(row.begin(), row.end(), x.values[i]) - row.begin();
  }
  return codes;
}

std::vector<int64_t> floatCodes(const QuantiserSpec &spec, const FloatTensor &x) {
  if (spec.kind == Kind::MultiThreshold)
    return countThresholds(spec, x);
  Seen scale(spec.scale, x.shape), zero(spec.zero, x.shape), outScale(spec.outScale, x.shape);
  bool clips = spec.kind == Kind::Quant || spec.kind == Kind::TruncV2;
  float min = 0, max = 0;
  if (auto bounds = clips ? model::quantBounds(spec.bits, spec.isSigned, spec.narrow)
                          : model::Result<model::QuantBounds>::failure("")) {
    min = model::nearestFloat32(bounds->min);
    max = model::nearestFloat32(bounds->max);
  }
  std::vector<int64_t> codes(x.values.size());
  for (size_t i = 0; i < codes.size(); ++i) {
    if (spec.kind == Kind::Bipolar) {
      codes[i] = x.values[i] >= 0 ? 1 : -1;
      continue;
    }
    float y = x.values[i] / scale[i];
    y = y + zero[i];
    if (spec.kind == Kind::Quant && spec.isSigned && spec.bits == 1.0F) {
      codes[i] = y >= 0 ? 1 : -1;
      continue;
    }
    if (spec.kind != Kind::Quant)
      y = std::nearbyint(y) / divisorOf(spec, scale[i], outScale[i]);
    if (clips)
      y = std::max(std::min(y, max), min);
    codes[i] = static_cast<int64_t>(roundFloat(spec.mode, y));
  }
  return codes;
}

FloatTensor floatValue(const QuantiserSpec &spec, const Shape &shape, const std::vector<int64_t> &codes) {
  Seen scale(spec.scale, shape), zero(spec.zero, shape), outScale(spec.outScale, shape);
  FloatTensor out{shape, std::vector<float>(codes.size())};
  float bias = model::nearestFloat32(spec.outBias);
  for (size_t i = 0; i < codes.size(); ++i) {
    float code = static_cast<float>(codes[i]);
    float &y = out.values[i];
    if (spec.kind == Kind::MultiThreshold) {
      y = outScale[i] * code;
      y = y + bias;
    } else if (spec.kind == Kind::TruncV2) {
      y = (code - zero[i] / divisorOf(spec, scale[i], outScale[i])) * outScale[i];
    } else {
      y = (code - zero[i]) * scale[i];
    }
  }
  return out;
}

} // namespace dyadic::eval
