// Builds the step function of each quantiser that QONNX knows.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Quantiser.h"
#include "passes/model/Lattice.h"
#include <algorithm>
#include <cmath>

namespace dyadic::model {

static constexpr int64_t maxListedLevels = 1 << 17;

Threshold Quantiser::threshold(int64_t k) const {
  if (listed)
    return thresholds[static_cast<size_t>(k - kmin - 1)];
  unsigned c = stepClass(k);
  return {rule.step * k + rule.offset[c], rule.inclusive[c]};
}

static bool reaches(const Rational &v, const Threshold &t) {
  int order = cmp(v, t.theta);
  return order > 0 || (order == 0 && t.inclusive);
}

int64_t Quantiser::indexOfV(const Rational &v) const {
  if (listed) {
    auto first = std::partition_point(thresholds.begin(), thresholds.end(),
                                      [&](const Threshold &t) { return reaches(v, t); });
    return kmin + (first - thresholds.begin());
  }
  Rational lowest = *std::min_element(rule.offset.begin(), rule.offset.end());
  Integer above = floorOf((v - lowest) / rule.step) + 1; // no k beyond this one is reached
  if (above <= kmin)
    return kmin;
  int64_t k = above >= kmax ? kmax : above.get_si();
  while (k > kmin && !reaches(v, threshold(k)))
    --k;
  return k;
}

Result<QuantBounds> quantBounds(float bits, bool isSigned, bool narrow) {
  if (!(bits > 0.0F) || bits > 64.0F)
    return Result<QuantBounds>::failure("a bit width of " + std::to_string(bits) + " is not in (0, 64]");
  // One float32 operation at a time, as the executor's arrays do it.
  float min = 0.0F, max = 0.0F;
  if (isSigned) {
    float half = static_cast<float>(std::pow(2.0, static_cast<double>(bits - 1.0F)));
    min = -half + (narrow ? 1.0F : 0.0F);
    max = half - 1.0F;
  } else {
    float full = static_cast<float>(std::pow(2.0, static_cast<double>(bits)));
    max = full - 1.0F - (narrow ? 1.0F : 0.0F);
  }
  return QuantBounds{*fromFloat32(min), *fromFloat32(max)};
}

static Quantiser unitSteps(RoundingMode mode) {
  Quantiser q;
  q.rule.step = 1;
  for (int64_t k : {-1, 0, 1, 2}) {
    RoundingThreshold t = roundingThreshold(mode, k);
    unsigned c = stepClass(k);
    q.rule.offset[c] = Rational(t.twiceTheta - 2 * k, 2);
    q.rule.offset[c].canonicalize();
    q.rule.inclusive[c] = t.inclusive;
  }
  return q;
}

/// kmin and kmax from rounding the clip bounds: rounding is monotone, so clipping first or last is the same.
static bool setBounds(Quantiser &q, const Rational &min, const Rational &max, RoundingMode mode) {
  auto low = toInt64(roundExact(mode, min)), high = toInt64(roundExact(mode, max));
  if (!low || !high || *low < Quantiser::unboundedMin || *high > Quantiser::unboundedMax)
    return false;
  q.kmin = *low;
  q.kmax = std::max(*low, *high); // the executor applies MIN last
  return true;
}

static std::string zeroScale() { return "the scale is 0"; }

Result<Quantiser> makeQuant(const Rational &scale, const Rational &zero, const Rational &min,
                            const Rational &max, RoundingMode mode) {
  if (scale == 0)
    return Result<Quantiser>::failure(zeroScale());
  Quantiser q = unitSteps(mode);
  if (!setBounds(q, min, max, mode))
    return Result<Quantiser>::failure("the codes do not fit 62 bits");
  q.preMul = 1 / scale;
  q.preAdd = zero;
  q.valueMul = scale;
  q.valueAdd = -zero * scale;
  return q;
}

static Quantiser singleStep() {
  Quantiser q;
  q.listed = true;
  q.thresholds = {{Rational(0), true}};
  q.kmin = 0;
  q.kmax = 1;
  q.codeMul = 2;
  q.codeAdd = -1;
  return q;
}

Result<Quantiser> makeSignedBit(const Rational &scale, const Rational &zero) {
  if (scale == 0)
    return Result<Quantiser>::failure(zeroScale());
  Quantiser q = singleStep();
  q.preMul = 1 / scale;
  q.preAdd = zero;
  q.valueMul = 2 * scale;
  q.valueAdd = (-1 - zero) * scale;
  return q;
}

Result<Quantiser> makeBipolar(const Rational &scale) {
  if (scale == 0)
    return Result<Quantiser>::failure(zeroScale());
  Quantiser q = singleStep();
  q.valueMul = 2 * scale;
  q.valueAdd = -scale;
  return q;
}

Result<Quantiser> makeQuantBits(const Rational &scale, const Rational &zero, float bits, bool isSigned,
                                bool narrow, RoundingMode mode) {
  if (isSigned && bits == 1.0F)
    return makeSignedBit(scale, zero);
  auto bounds = quantBounds(bits, isSigned, narrow);
  if (!bounds)
    return Result<Quantiser>::failure(bounds.error);
  return makeQuant(scale, zero, bounds->min, bounds->max, mode);
}

/// code >= k of round_mode(rint(v) / divisor), divisor = 2^j, j >= 0: with W_k the smallest integer w that
/// reaches k, rint(v) >= W_k iff v > W_k - 1/2, or equal to it when W_k is even.
static Quantiser truncSteps(int64_t log2Divisor, RoundingMode mode) {
  Quantiser q;
  const Rational divisor = powerOfTwo(log2Divisor);
  q.rule.step = divisor;
  for (int64_t k : {-1, 0, 1, 2}) {
    RoundingThreshold t = roundingThreshold(mode, k);
    Rational theta = divisor * Rational(t.twiceTheta, 2);
    theta.canonicalize();
    Integer first = ceilOf(theta);
    if (first == theta && !t.inclusive)
      ++first;
    unsigned c = stepClass(k);
    q.rule.offset[c] = first - divisor * k - Rational(1, 2);
    q.rule.inclusive[c] = mpz_even_p(first.get_mpz_t());
  }
  return q;
}

Result<Quantiser> makeTruncV1(const Rational &scale, const Rational &zero, int64_t inBits, int64_t outBits,
                              RoundingMode mode) {
  if (scale == 0)
    return Result<Quantiser>::failure(zeroScale());
  if (inBits < 1 || inBits > 64 || outBits < 1 || outBits > 64)
    return Result<Quantiser>::failure("bit widths of " + std::to_string(inBits) + " and " +
                                      std::to_string(outBits) + " are not in 1..64");
  int64_t shift = inBits - outBits;
  Quantiser q = truncSteps(std::max<int64_t>(shift, 0), mode);
  q.kmin = Quantiser::unboundedMin;
  q.kmax = Quantiser::unboundedMax;
  // A widening Trunc multiplies the integer and has nothing to round.
  q.codeMul = shift < 0 ? int64_t{1} << std::min<int64_t>(-shift, 61) : 1;
  q.preMul = 1 / scale;
  q.preAdd = zero;
  q.valueMul = scale * q.codeMul;
  q.valueAdd = -zero * scale;
  return q;
}

std::optional<Quantiser> roundingBefore(const Quantiser &q, bool trunc) {
  if (trunc) {
    Quantiser r = truncSteps(0, RoundingMode::HalfEven);
    r.kmin = Quantiser::unboundedMin;
    r.kmax = Quantiser::unboundedMax;
    r.preMul = q.preMul;
    r.preAdd = q.preAdd;
    r.valueMul = 1 / q.preMul;
    r.valueAdd = -q.preAdd / q.preMul;
    return r;
  }
  if (!q.listed || q.thresholds.empty() || q.preMul != 1 || q.preAdd != 0)
    return std::nullopt;
  std::vector<Rational> all;
  for (const Threshold &t : q.thresholds) {
    if (!t.inclusive)
      return std::nullopt;
    all.push_back(t.theta);
  }
  Rational unit = commonUnit(all).unit;
  auto least = toInt64(Rational(all.front() / unit).get_num()),
       most = toInt64(Rational(all.back() / unit).get_num());
  if (!least || !most || std::max(std::abs(*least), std::abs(*most)) >= Quantiser::unboundedMax)
    return std::nullopt;
  Quantiser r;
  r.rule.inclusive.fill(true);
  r.kmin = *least - 1;
  r.kmax = *most;
  r.preMul = 1 / unit;
  r.valueMul = unit;
  return r;
}

int64_t nearestLog2(const Rational &ratio) {
  Rational square = ratio * ratio; // 2^(2e-1) < ratio^2 < 2^(2e+1)
  int64_t e = (static_cast<int64_t>(mpz_sizeinbase(square.get_num().get_mpz_t(), 2)) -
               static_cast<int64_t>(mpz_sizeinbase(square.get_den().get_mpz_t(), 2))) /
              2;
  while (square > powerOfTwo(2 * e + 1))
    ++e;
  while (square < powerOfTwo(2 * e - 1))
    --e;
  return e;
}

Result<Quantiser> makeTruncV2(const Rational &scale, const Rational &zero, const Rational &outScale,
                              const Rational &min, const Rational &max, RoundingMode mode) {
  if (scale == 0 || outScale == 0)
    return Result<Quantiser>::failure(zeroScale());
  if ((scale < 0) != (outScale < 0))
    return Result<Quantiser>::failure("the input scale and the output scale differ in sign");
  int64_t shift = nearestLog2(outScale / scale);
  Quantiser q = truncSteps(std::max<int64_t>(shift, 0), mode);
  if (!setBounds(q, min, max, mode))
    return Result<Quantiser>::failure("the codes do not fit 62 bits");
  if (shift < 0) {
    // w / T = w * 2^-shift is an integer: code k is reached from w = ceil(k / 2^-shift).
    if (q.kmax - q.kmin > maxListedLevels)
      return Result<Quantiser>::failure("a Trunc that widens to more than 2^17 codes is not supported");
    q.listed = true;
    const Integer factor = powerOfTwo(-shift).get_num();
    for (int64_t k = q.kmin + 1; k <= q.kmax; ++k) {
      Integer first = ceilDiv(Integer(k), factor);
      q.thresholds.push_back({first - Rational(1, 2), mpz_even_p(first.get_mpz_t()) != 0});
    }
  }
  q.preMul = 1 / scale;
  q.preAdd = zero;
  q.valueMul = outScale;
  q.valueAdd = -zero * powerOfTwo(-shift) * outScale;
  return q;
}

Quantiser makeMultiThreshold(std::vector<Rational> thresholds, const Rational &outScale,
                             const Rational &outBias) {
  std::sort(thresholds.begin(), thresholds.end());
  Quantiser q;
  q.listed = true;
  q.kmax = static_cast<int64_t>(thresholds.size());
  q.thresholds.reserve(thresholds.size());
  for (Rational &t : thresholds)
    q.thresholds.push_back({std::move(t), true});
  q.valueMul = outScale;
  q.valueAdd = outBias;
  return q;
}

} // namespace dyadic::model
