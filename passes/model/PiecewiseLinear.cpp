// Splits and maps the segments of a piecewise linear function of an integer.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/PiecewiseLinear.h"
#include <algorithm>

namespace dyadic::model {

PiecewiseLinear PiecewiseLinear::affine(int64_t lo, int64_t hi, Rational alpha, Rational beta) {
  PiecewiseLinear f;
  f.low = lo;
  f.high = hi;
  if (lo == hi) {
    beta += alpha * lo;
    alpha = 0;
  }
  f.parts.push_back({lo, std::move(alpha), std::move(beta)});
  return f;
}

void PiecewiseLinear::mulAdd(const Rational &alpha, const Rational &beta) {
  for (Segment &s : parts) {
    s.alpha *= alpha;
    s.beta = s.beta * alpha + beta;
  }
  mergeEqual();
}

void PiecewiseLinear::clip(const std::optional<Rational> &lowest, const std::optional<Rational> &highest) {
  if (lowest)
    branchAt(*lowest, 0, *lowest, 1, 0);
  if (highest)
    branchAt(*highest, 1, 0, 0, *highest);
}

void PiecewiseLinear::branchAt(const Rational &level, const Rational &belowMul, const Rational &belowAdd,
                               const Rational &aboveMul, const Rational &aboveAdd) {
  std::vector<Segment> result;
  auto emit = [&](int64_t start, const Segment &s, bool above) {
    const Rational &mul = above ? aboveMul : belowMul;
    result.push_back({start, s.alpha * mul, s.beta * mul + (above ? aboveAdd : belowAdd)});
  };
  for (size_t i = 0; i < parts.size(); ++i) {
    const Segment &s = parts[i];
    const int64_t end = segmentEnd(i);
    if (s.alpha == 0) {
      emit(s.start, s, s.beta >= level);
      continue;
    }
    // The first integer on the far side of the level: ">= level" rising, "< level" falling.
    Rational crossing = (level - s.beta) / s.alpha;
    bool rising = s.alpha > 0;
    Integer first = rising ? ceilOf(crossing) : Integer(floorOf(crossing) + 1);
    if (first > s.start)
      emit(s.start, s, !rising);
    if (first <= end)
      emit(first > s.start ? first.get_si() : s.start, s, rising);
  }
  parts = std::move(result);
  mergeEqual();
}

PiecewiseLinear PiecewiseLinear::mirrored() const {
  PiecewiseLinear r;
  r.low = -high;
  r.high = -low;
  for (size_t i = parts.size(); i-- > 0;)
    r.parts.push_back({-segmentEnd(i), -parts[i].alpha, parts[i].beta});
  return r;
}

void PiecewiseLinear::mergeEqual() {
  size_t kept = 0;
  for (size_t i = 1; i < parts.size(); ++i)
    if (parts[i].alpha != parts[kept].alpha || parts[i].beta != parts[kept].beta) {
      if (++kept != i)
        parts[kept] = std::move(parts[i]);
    }
  parts.resize(kept + 1);
}

Rational PiecewiseLinear::eval(int64_t a) const {
  auto after = std::upper_bound(parts.begin(), parts.end(), a,
                                [](int64_t x, const Segment &s) { return x < s.start; });
  const Segment &s = *(after - 1);
  return s.alpha * a + s.beta;
}

PiecewiseLinear::Direction PiecewiseLinear::direction() const {
  bool up = false, down = false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (segmentEnd(i) > parts[i].start) {
      up |= parts[i].alpha > 0;
      down |= parts[i].alpha < 0;
    }
    if (i > 0) {
      int order = cmp(eval(parts[i].start), eval(parts[i].start - 1));
      up |= order > 0;
      down |= order < 0;
    }
  }
  if (up && down)
    return Direction::Mixed;
  return up ? Direction::Increasing : down ? Direction::Decreasing : Direction::Constant;
}

std::pair<Rational, Rational> PiecewiseLinear::valueRange() const {
  Rational least = eval(low), greatest = least;
  for (size_t i = 0; i < parts.size(); ++i)
    for (int64_t a : {parts[i].start, segmentEnd(i)}) {
      Rational v = parts[i].alpha * a + parts[i].beta;
      if (v < least)
        least = v;
      if (v > greatest)
        greatest = v;
    }
  return {least, greatest};
}

} // namespace dyadic::model
