// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums of strides: gaps closed first, the last two strides by Euclid's algorithm.
#include "compiler/validate/Reach.h"
#include <algorithm>
#include <tuple>

namespace dyadic::validate {

using model::ceilDiv;
using model::floorDiv;
using model::floorMod;
using model::Integer;
using model::Rational;

LeastResidue leastResidue(const Integer &n, const Integer &m, Integer a, Integer c) {
  a = floorMod(a, m);
  c = floorMod(c, m);
  if (a == 0 || n == 0)
    return {c, 0};
  if (2 * a > m) { // from the other end the steps are short, and m halves at least
    LeastResidue r = leastResidue(n, m, m - a, c + a * n);
    return {r.value, n - r.at};
  }
  Integer wraps = floorDiv(a * n + c, m);
  if (wraps == 0)
    return {c, 0};
  LeastResidue r = leastResidue(wraps - 1, a, -m, c - m);
  if (c <= r.value)
    return {c, 0};
  return {r.value, ceilDiv(m * (r.at + 1) - c, a)};
}

namespace {
/// The largest a x + b y <= bound with 0 <= x <= mostX and 0 <= y <= mostY.
struct Pair {
  bool any = false;
  Integer sum, x, y;
};
Pair pairBelow(const Integer &a, const Integer &mostX, const Integer &b, const Integer &mostY,
               const Integer &bound) {
  Pair best;
  if (bound < 0)
    return best;
  auto offer = [&](const Integer &x, const Integer &y) {
    Integer sum = a * x + b * y;
    if (!best.any || sum > best.sum)
      best = {true, sum, x, y};
  };
  // Where x leaves room for the largest y, the largest such x is best ...
  Integer full = std::min<Integer>(mostX, floorDiv(bound - b * mostY, a));
  if (full >= 0)
    offer(full, mostY);
  // ... and beyond, y is what fits.
  Integer first = std::max<Integer>(full + 1, 0), last = std::min<Integer>(mostX, floorDiv(bound, a));
  if (first <= last) {
    LeastResidue r = leastResidue(last - first, b, -a, bound - a * first);
    Integer x = first + r.at;
    offer(x, floorDiv(bound - a * x, b));
  }
  return best;
}

Rational gcdOf(const Rational &a, const Rational &b) {
  Integer n = gcd(Integer(a.get_num() * b.get_den()), Integer(b.get_num() * a.get_den()));
  Rational r(n, a.get_den() * b.get_den());
  r.canonicalize();
  return r;
}
} // namespace

std::variant<Reach, std::string> Reach::of(const std::vector<Stride> &strides, int64_t mostCombinations) {
  Reach reach;
  reach.strides = strides;
  Rational unit = 0;
  for (const Stride &s : strides)
    unit = gcdOf(unit, s.ends ? Rational(s.step * (s.hi - s.lo)) : s.step);
  // A constant part need not be a multiple of the strides' steps.
  for (const Stride &s : strides)
    unit = gcdOf(unit, s.step * s.lo);
  reach.unitOfSums = unit == 0 ? Rational(1) : unit;
  for (size_t i = 0; i < strides.size(); ++i) {
    const Stride &s = strides[i];
    Integer step =
        Rational(s.step / reach.unitOfSums * (s.ends ? Integer(s.hi - s.lo) : Integer(1))).get_num();
    Integer count = s.ends ? Integer(1) : Integer(s.hi - s.lo);
    Integer low = Rational(s.step * s.lo / reach.unitOfSums).get_num();
    reach.base += step < 0 ? Integer(low + step * count) : low;
    reach.span += abs(step) * count;
    if (step != 0 && count != 0) {
      reach.open.push_back(reach.items.size());
      reach.items.push_back({abs(step), count, 0, i, 0, 0});
    }
  }
  reach.merge();
  std::sort(reach.open.begin(), reach.open.end(), [&](size_t a, size_t b) {
    return std::tie(reach.items[a].count, a) < std::tie(reach.items[b].count, b);
  });
  Integer combinations = 1;
  for (size_t i = 0; i + 2 < reach.open.size(); ++i)
    combinations *= reach.items[reach.open[i]].count + 1;
  if (combinations > mostCombinations)
    return "a sum of " + std::to_string(strides.size()) +
           " accumulators of unlike scales: " + combinations.get_str() + " combinations, more than " +
           std::to_string(mostCombinations);
  reach.listed = combinations.get_si();
  return reach;
}

/// Multiples of a up to N a, and of r a: no gap between them where N >= r - 1.
void Reach::merge() {
  for (bool again = true; again;) {
    again = false;
    for (size_t i = 0; i < open.size() && !again; ++i)
      for (size_t j = 0; j < open.size() && !again; ++j) {
        const Item &fine = items[open[i]], &coarse = items[open[j]];
        if (i == j || floorMod(coarse.step, fine.step) != 0)
          continue;
        Integer ratio = coarse.step / fine.step;
        if (fine.count < ratio - 1)
          continue;
        Item both{fine.step, fine.count + ratio * coarse.count, ratio, strides.size(), open[i], open[j]};
        open[i] = items.size();
        open.erase(open.begin() + static_cast<ptrdiff_t>(j));
        items.push_back(both);
        again = true;
      }
  }
}

Reach::Found Reach::below(const Integer &bound) const {
  Found best;
  size_t listed = open.size() > 2 ? open.size() - 2 : 0;
  std::vector<Integer> counts(open.size());
  static const Item nothing{1, 0, 0, 0, 0, 0};
  const Item &x = open.empty() ? nothing : items[open[listed]];
  const Item &y = open.size() < 2 ? nothing : items[open[listed + 1]];
  for (Integer offset = 0;;) {
    Pair p = pairBelow(x.step, x.count, y.step, y.count, bound - offset);
    if (p.any && (!best.any || offset + p.sum > best.sum)) {
      best = {true, offset + p.sum, counts};
      if (!open.empty())
        best.counts[listed] = p.x;
      if (open.size() > 1)
        best.counts[listed + 1] = p.y;
    }
    size_t i = 0; // the next combination of the listed ones
    for (; i < listed && counts[i] == items[open[i]].count; ++i) {
      offset -= items[open[i]].step * counts[i];
      counts[i] = 0;
    }
    if (i == listed || (best.any && best.sum == bound))
      return best;
    offset += items[open[i]].step;
    ++counts[i];
  }
}

Reach::Point Reach::nearest(const Rational &position) const {
  Integer bound = model::floorOf(position) - base;
  Found low = below(bound);
  // From the other end the smallest sum above is the largest below.
  Found high = below(span - (model::ceilOf(position) - base));
  if (high.any) {
    high.sum = span - high.sum;
    for (size_t i = 0; i < open.size(); ++i)
      high.counts[i] = items[open[i]].count - high.counts[i];
  }
  bool lower = low.any && (!high.any || position - base - low.sum <= high.sum - (position - base));
  return pointOf(lower ? low : high);
}

Reach::Point Reach::pointOf(const Found &found) const {
  Point point{base + found.sum, {}};
  std::vector<Integer> counts(strides.size());
  for (size_t i = 0; i < open.size(); ++i)
    unfold(open[i], found.counts[i], counts);
  for (size_t i = 0; i < strides.size(); ++i) {
    const Stride &s = strides[i];
    Integer n = s.ends ? Integer(counts[i] * (s.hi - s.lo)) : counts[i];
    point.parts.push_back(s.step < 0 ? Integer(s.hi - n) : Integer(s.lo + n));
  }
  return point;
}

void Reach::unfold(size_t item, Integer n, std::vector<Integer> &parts) const {
  const Item &it = items[item];
  if (it.stride < strides.size()) {
    parts[it.stride] = n;
    return;
  }
  Integer outer = std::min<Integer>(items[it.outer].count, n / it.ratio);
  unfold(it.outer, outer, parts);
  unfold(it.inner, n - it.ratio * outer, parts);
}

} // namespace dyadic::validate
