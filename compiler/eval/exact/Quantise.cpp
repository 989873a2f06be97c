// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes and values of the QONNX quantisers on exact rationals.
#include "compiler/eval/exact/Quantise.h"
#include "passes/model/Quantiser.h"
#include <algorithm>
#include <cmath>

namespace dyadic::eval {

using model::RoundingMode;
using Made = model::Result<Quantiser>;

static const Rational half(1, 2);

/// 2^rint(log2(outScale / scale)) by comparing squares: the exact quotient decides, not a rounded logarithm.
static Rational nearestPowerOfTwo(const Rational &ratio) {
  int64_t exponent = static_cast<int64_t>(mpz_sizeinbase(ratio.get_num_mpz_t(), 2)) -
                     static_cast<int64_t>(mpz_sizeinbase(ratio.get_den_mpz_t(), 2));
  // 2^e <= ratio < 2^(e+1); beyond sqrt(2) * 2^e the nearer exponent is e + 1. sqrt(2) is irrational: no
  // ties.
  while (model::powerOfTwo(exponent) > ratio)
    --exponent;
  while (model::powerOfTwo(exponent + 1) <= ratio)
    ++exponent;
  return model::powerOfTwo(ratio * ratio > model::powerOfTwo(2 * exponent + 1) ? exponent + 1 : exponent);
}

/// Every combination of the three parameters that some element can meet. Returns what is wrong, or nothing.
std::string Quantiser::addSlots(const QuantiserSpec &spec) {
  const Parameter *all[] = {&spec.scale, &spec.zero, &spec.outScale};
  for (const Parameter *p : all)
    slotShape.resize(std::max(slotShape.size(), p->shape.size()), 1);
  for (const Parameter *p : all)
    for (size_t i = 0; i < p->shape.size(); ++i) {
      int64_t &d = slotShape[slotShape.size() - 1 - i];
      d = std::max(d, p->shape[p->shape.size() - 1 - i]);
    }
  Gather s = broadcastGather(spec.scale.shape, slotShape), z = broadcastGather(spec.zero.shape, slotShape),
         o = broadcastGather(spec.outScale.shape, slotShape);
  for (size_t i = 0; i < s.size(); ++i) {
    Slot slot;
    slot.scale = slot.valueScale = spec.scale.values[static_cast<size_t>(s[i])];
    slot.zero = slot.valueZero = spec.zero.values[static_cast<size_t>(z[i])];
    const Rational &out = spec.outScale.values[static_cast<size_t>(o[i])];
    if (slot.scale == 0 || out == 0)
      return "a scale is 0";
    if (kind == Kind::TruncV2) {
      if (sgn(slot.scale) != sgn(out))
        return "input and output scale of a Trunc differ in sign";
      slot.divisor = nearestPowerOfTwo(out / slot.scale);
      slot.valueScale = out;
      slot.valueZero = slot.zero / slot.divisor;
    }
    slotList.push_back(std::move(slot));
  }
  return {};
}

std::string Quantiser::setBounds(const QuantiserSpec &spec) {
  auto bounds = model::quantBounds(spec.bits, spec.isSigned, spec.narrow);
  if (!bounds)
    return bounds.error;
  min = bounds->min;
  max = bounds->max;
  bool fits = abs(min) < model::powerOfTwo(61) && abs(max) < model::powerOfTwo(61);
  return fits ? "" : "codes beyond 61 bits are not evaluated";
}

void Quantiser::addThresholds(QuantiserSpec &spec) {
  slotShape.assign(spec.rank - spec.axis, 1);
  slotShape[0] = static_cast<int64_t>(spec.thresholds.size());
  for (std::vector<Rational> &row : spec.thresholds) {
    Slot s;
    std::sort(row.begin(), row.end());
    s.thresholds = std::move(row);
    s.valueScale = spec.outScale.values[0];
    s.valueZero = -spec.outBias / s.valueScale;
    slotList.push_back(std::move(s));
  }
}

Made Quantiser::make(QuantiserSpec spec) {
  Quantiser q;
  q.mode = spec.mode;
  std::string error;
  switch (spec.kind) {
  case QuantiserSpec::Kind::Quant:
    q.kind = spec.isSigned && spec.bits == 1.0F ? Kind::SignedBit : Kind::Quant;
    error = q.setBounds(spec);
    break;
  case QuantiserSpec::Kind::Bipolar:
    q.kind = Kind::Bipolar;
    break;
  case QuantiserSpec::Kind::TruncV1:
    q.kind = Kind::TruncV1;
    break;
  case QuantiserSpec::Kind::TruncV2:
    q.kind = Kind::TruncV2;
    error = q.setBounds(spec);
    break;
  case QuantiserSpec::Kind::MultiThreshold:
    q.kind = Kind::MultiThreshold;
    if (spec.outScale.values[0] == 0)
      return Made::failure("out_scale is 0");
    q.addThresholds(spec);
    return q;
  }
  if (error.empty())
    error = q.addSlots(spec);
  if (q.kind == Kind::TruncV1) {
    // 2 ** (ib - ob) in float32, as the executor has it; it is exact for whole differences.
    std::optional<Rational> divisor = model::fromFloat32(std::exp2(spec.inBits - spec.bits));
    if (!divisor || *divisor == 0)
      return Made::failure("the bit widths of a Trunc are too far apart");
    for (Slot &s : q.slotList)
      s.divisor = *divisor;
  }
  return error.empty() ? Made(std::move(q)) : Made::failure(error);
}

static Rational clip(const Rational &v, const Rational &min, const Rational &max) {
  const Rational &low = v > max ? max : v; // MAX first, MIN last, as the executor does
  return low < min ? min : low;
}

/// The code that follows from w, the integer to which a Trunc first rounds.
int64_t Quantiser::codeOfRounded(const Integer &w, const Slot &s) const {
  Rational y = w / s.divisor;
  return roundExact(mode, kind == Kind::TruncV2 ? clip(y, min, max) : y).get_si();
}

int64_t Quantiser::code(const Rational &x, size_t slot) const {
  const Slot &s = slotList[slot];
  switch (kind) {
  case Kind::Quant:
    return roundExact(mode, clip(x / s.scale + s.zero, min, max)).get_si();
  case Kind::SignedBit:
    return x / s.scale + s.zero >= 0 ? 1 : -1;
  case Kind::Bipolar:
    return x >= 0 ? 1 : -1;
  case Kind::TruncV1:
  case Kind::TruncV2:
    return codeOfRounded(roundExact(RoundingMode::HalfEven, x / s.scale + s.zero), s);
  case Kind::MultiThreshold:
    return std::upper_bound(s.thresholds.begin(), s.thresholds.end(), x) - s.thresholds.begin();
  }
  return 0;
}

std::vector<int64_t> Quantiser::codes(const Tensor &x) const {
  Gather slot = slots(x.shape);
  std::vector<int64_t> out(slot.size());
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = code(x.at(static_cast<int64_t>(i)), static_cast<size_t>(slot[i]));
  return out;
}

Tensor Quantiser::value(const Shape &shape, std::vector<int64_t> codes) const {
  Parameter scale{slotShape, {}}, zero{slotShape, {}};
  for (const Slot &s : slotList) {
    scale.values.push_back(s.valueScale);
    zero.values.push_back(s.valueZero);
  }
  return fromCodes(shape, std::move(codes), scale, zero);
}

bool Quantiser::reaches(int64_t c) const {
  switch (kind) {
  case Kind::SignedBit:
  case Kind::Bipolar:
    return c == 1 || c == -1;
  case Kind::Quant:
  case Kind::TruncV2:
    return c >= roundExact(mode, min) && c <= roundExact(mode, max);
  case Kind::TruncV1:
    return true;
  case Kind::MultiThreshold:
    return c >= 0 && c <= static_cast<int64_t>(slotList[0].thresholds.size());
  }
  return false;
}

Quantiser::Boundary Quantiser::boundary(const Rational &x, int64_t element, const Gather &slotOf) const {
  const Slot &s = slotList[static_cast<size_t>(slotOf[static_cast<size_t>(element)])];
  Boundary b;
  b.value = x / s.scale + s.zero;
  b.scale = std::abs(s.scale.get_d());
  auto consider = [&](const Rational &theta, int64_t below, int64_t above) {
    Rational d = abs(b.value - theta);
    if (b.distance && d >= *b.distance)
      return;
    b.distance = d;
    b.below = below;
    b.above = above;
  };
  switch (kind) {
  case Kind::SignedBit:
    consider(0, -1, 1);
    break;
  case Kind::Bipolar: // the sign of x, whatever that of the scale
    b.value = x / abs(s.scale);
    consider(0, -1, 1);
    break;
  case Kind::MultiThreshold: {
    const std::vector<Rational> &t = s.thresholds;
    auto count = [&](auto end) { return static_cast<int64_t>(end - t.begin()); };
    auto next = std::upper_bound(t.begin(), t.end(), x);
    if (next != t.end())
      consider(*next, count(next), count(std::upper_bound(next, t.end(), *next)));
    if (next != t.begin())
      consider(*(next - 1), count(std::lower_bound(t.begin(), next, *(next - 1))), count(next));
    break;
  }
  case Kind::Quant: {
    // Neighbouring codes meet at a boundary; the nearest is among those around the value, within the range.
    Integer low = roundExact(mode, min), high = roundExact(mode, max),
            at = model::floorOf(clip(b.value, min, max));
    for (int step = -1; step <= 2 && low < high; ++step) {
      int64_t k = std::clamp<Integer>(at + step, low + 1, high).get_si();
      Rational theta(static_cast<long>(model::roundingThreshold(mode, k).twiceTheta), 2UL);
      theta.canonicalize();
      consider(theta, k - 1, k);
    }
    break;
  }
  case Kind::TruncV1:
  case Kind::TruncV2: {
    Integer first = model::floorOf(b.value - half);
    for (const Integer &w : {first, Integer(first + 1)}) { // w + 1/2 counts if w and w + 1 differ in code
      int64_t below = codeOfRounded(w, s), above = codeOfRounded(w + 1, s);
      if (below != above)
        consider(w + half, below, above);
    }
    break;
  }
  }
  return b;
}

} // namespace dyadic::eval
