// Convex hulls of the constraints, then for increasing n the m with the most room for b.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/DyadicSearch.h"
#include "passes/model/Form.h"
#include <algorithm>

namespace dyadic::model {

using Int128 = __int128;

void LineConstraints::sort() {
  auto before = [](const GridPoint &s, const GridPoint &t) { return s.x < t.x; };
  std::sort(lower.begin(), lower.end(), before);
  std::sort(upper.begin(), upper.end(), before);
}

/// The points of the hull seen from above (sign 1) or below (sign -1): only they bind, whatever m and n are.
static std::vector<GridPoint> hull(const std::vector<GridPoint> &points, int sign) {
  std::vector<GridPoint> chain;
  for (const GridPoint &p : points) {
    if (!chain.empty() && chain.back().x == p.x) {
      if (sign * (p.v - chain.back().v) <= 0)
        continue;
      chain.pop_back();
    }
    while (chain.size() > 1) {
      const GridPoint &u = chain[chain.size() - 2], &t = chain.back();
      if (sign *
              (static_cast<Int128>(t.v - u.v) * (p.x - u.x) - static_cast<Int128>(p.v - u.v) * (t.x - u.x)) >
          0)
        break;
      chain.pop_back();
    }
    chain.push_back(p);
  }
  return chain;
}

namespace {
struct Fraction {
  Int128 num;
  int64_t den; ///< > 0
};
struct Room {
  Int128 low, high; ///< b must lie in [low, high]
  int64_t trend;    ///< > 0: a greater m gives more room
};
} // namespace

static bool less(const Fraction &s, const Fraction &t) { return s.num * t.den < t.num * s.den; }

static Int128 floorScaled(const Fraction &f, unsigned n) {
  Int128 num = f.num << n;
  Int128 q = num / f.den;
  return q - (num % f.den != 0 && num < 0);
}

static Room roomFor(const std::vector<GridPoint> &lower, const std::vector<GridPoint> &upper, Int128 m,
                    unsigned n) {
  const Int128 unit = static_cast<Int128>(1) << n;
  Room room{};
  int64_t lowAt = 0, highAt = 0;
  for (size_t i = 0; i < lower.size(); ++i) {
    Int128 bound = lower[i].v * unit - m * lower[i].x;
    if (i == 0 || bound > room.low) {
      room.low = bound;
      lowAt = lower[i].x;
    }
  }
  for (size_t i = 0; i < upper.size(); ++i) {
    Int128 bound = upper[i].v * unit - 1 - m * upper[i].x;
    if (i == 0 || bound < room.high) {
      room.high = bound;
      highAt = upper[i].x;
    }
  }
  room.trend = lowAt - highAt;
  return room;
}

/// b of least size, or the one that centres the sums, whichever fits `bits`.
static std::optional<DyadicLine> chooseOffset(const Room &room, Int128 m, unsigned n, int64_t lo, int64_t hi,
                                              unsigned bits) {
  for (Int128 wish : {static_cast<Int128>(0), -m * ((static_cast<Int128>(lo) + hi) / 2)}) {
    Int128 b = std::clamp(wish, room.low, room.high);
    if (m == static_cast<int64_t>(m) && b == static_cast<int64_t>(b) && n <= bits - 1 && n <= 62 &&
        lineFits(static_cast<int64_t>(m), static_cast<int64_t>(b), lo, hi, bits))
      return DyadicLine{static_cast<int64_t>(m), static_cast<int64_t>(b), n, bits == 32};
  }
  return std::nullopt;
}

std::optional<DyadicLine> searchLine(const LineConstraints &constraints, int64_t lo, int64_t hi) {
  const std::vector<GridPoint> lower = hull(constraints.lower, 1), upper = hull(constraints.upper, -1);
  // The slopes m / 2^n for which some real b exists: an open interval, whatever n.
  std::optional<Fraction> least, greatest;
  for (const GridPoint &s : lower)
    for (const GridPoint &t : upper) {
      int64_t dx = s.x - t.x, dv = s.v - t.v;
      if (dx == 0 && dv >= 0)
        return std::nullopt;
      Fraction f{dx < 0 ? -dv : dv, dx < 0 ? -dx : dx};
      if (dx > 0 && (!least || less(*least, f)))
        least = f;
      if (dx < 0 && (!greatest || less(f, *greatest)))
        greatest = f;
    }
  if (least && greatest && !less(*least, *greatest))
    return std::nullopt;
  const Int128 farthest = std::max<Int128>({static_cast<Int128>(hi), -static_cast<Int128>(lo), 1});
  constexpr Int128 any = static_cast<Int128>(1) << 62;

  std::optional<DyadicLine> found;
  for (unsigned n = 0; n <= 62 && (!found || n <= found->n + 2); ++n) {
    Int128 from = least ? floorScaled(*least, n) + 1 : -any;
    Int128 to = greatest ? -floorScaled({-greatest->num, greatest->den}, n) - 1 : any;
    if (from > to)
      continue;
    from = std::clamp(from, -any, any);
    to = std::clamp(to, -any, any);
    // Try the m nearest 0 first: it gives the smallest product. Then the m with the most room.
    Int128 smallest = from > 0 ? from : to < 0 ? to : 0;
    if ((smallest < 0 ? -smallest : smallest) * farthest >> 63 != 0)
      break; // greater n only makes it greater
    Int128 m = smallest;
    Room room = roomFor(lower, upper, m, n);
    while (room.low > room.high && from < to && room.trend != 0) {
      if (room.trend > 0)
        from = m + 1;
      else
        to = m - 1;
      if (from > to)
        break;
      m = from + (to - from) / 2;
      room = roomFor(lower, upper, m, n);
    }
    if (room.low > room.high)
      continue;
    if (auto line = chooseOffset(room, m, n, lo, hi, 32))
      return line;
    if (!found)
      found = chooseOffset(room, m, n, lo, hi, 64);
  }
  return found;
}

} // namespace dyadic::model
