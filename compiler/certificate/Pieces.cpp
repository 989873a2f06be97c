// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Comparison of floors of lines by their sums, which needs no list of thresholds.
#include "compiler/certificate/Pieces.h"
#include <algorithm>

namespace dyadic::certificate {
namespace {

bool isEven(const Integer &v) { return mpz_even_p(v.get_mpz_t()) != 0; }
bool keepsHit(Hit hit, const Integer &h) { return hit == Hit::Stay || isEven(h) == (hit == Hit::Even); }

/// The places in [lo, hi] where a line meets an integer: first, first + period, ... (count of them).
struct Hits {
  Integer first, period, count;
};

Hits hitsOf(const Piece &f, const Integer &lo, const Integer &hi) {
  Integer g, s, unused;
  mpz_gcdext(g.get_mpz_t(), s.get_mpz_t(), unused.get_mpz_t(), f.p.get_mpz_t(), f.d.get_mpz_t());
  if (g == 0 || f.q % g != 0)
    return {0, 1, 0};
  Hits h;
  h.period = f.d / g;
  // p a = -q modulo d, so a = -(q / g) * (p / g)^-1 modulo d / g.
  Integer root = model::floorMod(Integer(-(f.q / g) * s), h.period);
  h.first = lo + model::floorMod(Integer(root - lo), h.period);
  h.count = h.first > hi ? Integer(0) : Integer((hi - h.first) / h.period + 1);
  return h;
}

/// How many of the hits lose one.
Integer loweredHits(const Piece &f, const Integer &lo, const Integer &hi) {
  if (f.hit == Hit::Stay)
    return 0;
  Hits h = hitsOf(f, lo, hi);
  if (h.count == 0)
    return 0;
  Integer value = (f.p * h.first + f.q) / f.d, step = f.p * h.period / f.d;
  bool firstLowered = !keepsHit(f.hit, value);
  if (isEven(step))
    return firstLowered ? h.count : Integer(0);
  return firstLowered ? Integer((h.count + 1) / 2) : Integer(h.count / 2);
}

Integer sumOf(const Piece &f, const Integer &lo, const Integer &hi) {
  return floorSum(f.p, f.q, f.d, lo, hi) - loweredHits(f, lo, hi);
}

/// At the hits of f, both functions along each run of hits of one parity are: an integer line, and a floor of
/// a line whose distance to it is linear. Equal at both ends of a run, they are equal between.
std::optional<Integer> differenceAtHits(const Piece &f, const Piece &g, const Integer &lo,
                                        const Integer &hi) {
  if (f.hit == Hit::Stay)
    return std::nullopt;
  Hits h = hitsOf(f, lo, hi);
  for (int parity = 0; parity < 2; ++parity) {
    if (h.count <= parity)
      break;
    Integer last = (h.count - 1 - parity) / 2 * 2 + parity;
    for (const Integer &j : {Integer(parity), last}) {
      Integer a = h.first + j * h.period;
      if (f.at(a) != g.at(a))
        return a;
    }
  }
  return std::nullopt;
}

/// Where one line is nowhere below the other.
std::optional<Integer> differenceOrdered(const Piece &f, const Piece &g, const Integer &lo,
                                         const Integer &hi) {
  for (const Integer &a : {lo, hi})
    if (f.at(a) != g.at(a))
      return a;
  if (f.p == 0 || g.p == 0) // the other is monotone and has the same value at both ends
    return std::nullopt;
  if (auto a = differenceAtHits(f, g, lo, hi))
    return a;
  if (auto a = differenceAtHits(g, f, lo, hi))
    return a;
  if (sumOf(f, lo, hi) == sumOf(g, lo, hi))
    return std::nullopt;
  Integer l = lo, r = hi; // the sums over [l, r] differ: halve
  while (l < r) {
    Integer middle = model::floorDiv(Integer(l + r), 2);
    if (sumOf(f, l, middle) != sumOf(g, l, middle))
      r = middle;
    else
      l = middle + 1;
  }
  return l;
}

std::optional<Integer> differenceOfPieces(const Piece &f, const Piece &g, const Integer &lo,
                                          const Integer &hi) {
  if (f.hit == g.hit && f.p * g.d == g.p * f.d && f.q * g.d == g.q * f.d)
    return std::nullopt;
  // Distance of the lines, times both denominators: slope * a + offset.
  Integer slope = f.p * g.d - g.p * f.d, offset = f.q * g.d - g.q * f.d;
  Integer atLo = slope * lo + offset, atHi = slope * hi + offset;
  if (sgn(atLo) * sgn(atHi) >= 0)
    return differenceOrdered(f, g, lo, hi);
  Integer cut = model::floorDiv(Integer(-offset), slope); // lo <= cut < hi
  if (auto a = differenceOrdered(f, g, lo, cut))
    return a;
  return differenceOrdered(f, g, cut + 1, hi);
}

} // namespace

Piece Piece::constant(Integer lo, Integer hi, Integer value) {
  return {std::move(lo), std::move(hi), 0, std::move(value), 1, Hit::Stay};
}

Piece Piece::line(Integer lo, Integer hi, const Rational &m, const Rational &c, Hit hit) {
  Integer d = lcm(m.get_den(), c.get_den());
  return {
      std::move(lo), std::move(hi), m.get_num() * (d / m.get_den()), c.get_num() * (d / c.get_den()), d, hit};
}

Integer Piece::at(const Integer &a) const {
  Integer h, rest, x = p * a + q;
  if (hit == Hit::Stay)
    return model::floorDiv(x, d);
  mpz_fdiv_qr(h.get_mpz_t(), rest.get_mpz_t(), x.get_mpz_t(), d.get_mpz_t());
  return rest == 0 && !keepsHit(hit, h) ? Integer(h - 1) : h;
}

Integer floorSum(Integer p, Integer q, Integer d, const Integer &lo, const Integer &hi) {
  Integer n = hi - lo + 1, sum = 0;
  q += p * lo;
  // Sum over 0 <= a < n; each round takes whole parts away and then exchanges the axes.
  while (n > 0) {
    sum += (n - 1) * n / 2 * model::floorDiv(p, d) + n * model::floorDiv(q, d);
    p = model::floorMod(p, d);
    q = model::floorMod(q, d);
    Integer top = p * n + q;
    if (top < d)
      break;
    n = top / d;
    q = top % d;
    std::swap(p, d);
  }
  return sum;
}

Integer firstWhere(Integer lo, Integer hi, const std::function<bool(const Integer &)> &holds) {
  ++hi;
  while (lo < hi) {
    Integer middle = model::floorDiv(Integer(lo + hi), 2);
    if (holds(middle))
      hi = middle;
    else
      lo = middle + 1;
  }
  return lo;
}

Integer valueAt(const Pieces &f, const Integer &a) {
  auto it = std::partition_point(f.begin(), f.end(), [&](const Piece &p) { return p.hi < a; });
  return (it == f.end() ? f.back() : *it).at(a);
}

Pieces clampTo(const Pieces &f, const Integer &low, const Integer &high) {
  Pieces r;
  auto add = [&](Piece p, const Integer &lo, const Integer &hi) {
    if (lo > hi)
      return;
    p.lo = lo;
    p.hi = hi;
    r.push_back(std::move(p));
  };
  for (const Piece &p : f) {
    Integer x = p.at(p.lo), y = p.at(p.hi);
    if (std::min(x, y) >= low && std::max(x, y) <= high) {
      r.push_back(p);
      continue;
    }
    bool up = x <= y;
    // The stretch that is limited from below or above at the left, the rest, the stretch limited at the
    // right.
    Integer first =
        firstWhere(p.lo, p.hi, [&](const Integer &a) { return up ? p.at(a) >= low : p.at(a) <= high; });
    Integer after =
        firstWhere(first, p.hi, [&](const Integer &a) { return up ? p.at(a) > high : p.at(a) < low; });
    add(Piece::constant(0, 0, up ? low : high), p.lo, first - 1);
    add(p, first, after - 1);
    add(Piece::constant(0, 0, up ? high : low), after, p.hi);
  }
  return r;
}

Pieces runsOf(const Integer &lo, const Integer &hi, const std::function<Integer(const Integer &)> &f) {
  Pieces r;
  for (Integer a = lo; a <= hi;) {
    Integer value = f(a), step = 1, end = a;
    while (end + step <= hi && f(end + step) == value) {
      end += step;
      step *= 2;
    }
    Integer limit = std::min(Integer(end + step - 1), hi);
    Integer next = firstWhere(end, limit, [&](const Integer &x) { return f(x) != value; });
    r.push_back(Piece::constant(a, next - 1, value));
    a = next;
  }
  return r;
}

std::optional<Pieces> mapTo(const Pieces &f, const Integer &mul, const Integer &add) {
  constexpr int mostValues = 1 << 17;
  Pieces r;
  for (Piece p : f) {
    if (p.p == 0) {
      r.push_back(Piece::constant(p.lo, p.hi, mul * p.at(p.lo) + add));
      continue;
    }
    if (abs(mul) != 1) {
      if (abs(p.at(p.hi) - p.at(p.lo)) > mostValues)
        return std::nullopt;
      for (Piece &run : runsOf(p.lo, p.hi, [&](const Integer &a) { return Integer(mul * p.at(a) + add); }))
        r.push_back(std::move(run));
      continue;
    }
    if (mul == -1) { // -floor(x / d) = floor((d - 1 - x) / d); -rne(v) = rne(-v), and 1 - L is -v + 1/2
      p.p = -p.p;
      p.q = (p.hit == Hit::Stay ? Integer(p.d - 1) : p.d) - p.q;
    }
    p.q += add * p.d;
    if (p.hit != Hit::Stay && !isEven(add))
      p.hit = p.hit == Hit::Even ? Hit::Odd : Hit::Even;
    r.push_back(std::move(p));
  }
  return r;
}

std::optional<Integer> difference(const Pieces &f, const Pieces &g, const Integer &lo, const Integer &hi) {
  auto skip = [&](const Pieces &x) {
    return std::partition_point(x.begin(), x.end(), [&](const Piece &p) { return p.hi < lo; });
  };
  auto i = skip(f), j = skip(g);
  for (Integer a = lo; a <= hi && i != f.end() && j != g.end();) {
    Integer end = std::min({i->hi, j->hi, hi});
    if (auto at = differenceOfPieces(*i, *j, a, end))
      return at;
    if (i->hi == end)
      ++i;
    if (j->hi == end)
      ++j;
    a = end + 1;
  }
  return std::nullopt;
}

} // namespace dyadic::certificate
