// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each form as the floors that its C evaluates, and whether that C stays within its words.
#include "compiler/certificate/Claim.h"
#include <algorithm>

namespace dyadic::certificate {
namespace {

const Integer one = 1;
bool fits(const Integer &v, unsigned bits) { return -(one << (bits - 1)) <= v && v < one << (bits - 1); }

/// The multi-limb step: V = sum A a + B against k P + (k > 0 ? Q : Q2).
struct Wide {
  unsigned long limbs = 0;
  int tie = 0; ///< 0 inclusive, 1 exclusive, 2 even, 3 positive, 4 not positive
  std::vector<Integer> A;
  Integer B, P, Q, Q2;
};

std::optional<Wide> wideOf(const std::vector<Integer> &n, size_t terms) {
  Wide w;
  if (n.size() < 2 || n[0] < 1 || n[0] > 8 || n[1] < 0 || n[1] > 4)
    return std::nullopt;
  w.limbs = n[0].get_ui();
  w.tie = static_cast<int>(n[1].get_si());
  if (n.size() != 2 + w.limbs * (terms + 4))
    return std::nullopt;
  size_t at = 2;
  bool good = true;
  auto number = [&] {
    Integer v;
    for (unsigned long i = 0; i < w.limbs; ++i) {
      good &= n[at] >= 0 && n[at] < one << 32;
      v += n[at++] << (32 * i);
    }
    return v >= one << (32 * w.limbs - 1) ? Integer(v - (one << (32 * w.limbs))) : v;
  };
  for (size_t t = 0; t < terms; ++t)
    w.A.push_back(number());
  for (Integer *v : {&w.B, &w.P, &w.Q, &w.Q2})
    *v = number();
  return good && w.P > 0 ? std::optional(w) : std::nullopt;
}

/// The largest k with m x + b >= or > k P + Q, as the tie rule has it.
Piece boundaryPiece(const Integer &lo, const Integer &hi, const Integer &m, const Integer &v, bool inclusive,
                    bool even) {
  return {lo, hi, m, inclusive || even ? v : Integer(v - 1), 1, even ? Hit::Even : Hit::Stay};
}

Pieces widePieces(const Wide &w, const Integer &m, const Integer &b, const Integer &lo, const Integer &hi,
                  const Integer &clampMin, const Integer &clampMax) {
  auto part = [&](const Integer &from, const Integer &to, const Integer &q, bool positive) {
    bool inclusive = w.tie == 0 || (w.tie == 3 && positive) || (w.tie == 4 && !positive);
    Piece p = boundaryPiece(from, to, m, b - q, inclusive, w.tie == 2);
    p.d = w.P;
    return p;
  };
  Pieces r;
  if (clampMin >= 0)
    r = {part(lo, hi, w.Q, true)};
  else if (clampMax <= 0)
    r = {part(lo, hi, w.Q2, false)};
  else {
    Piece first = part(lo, hi, w.Q, true);
    bool up = m >= 0;
    auto reaches = [&](const Integer &x) { return first.at(x) >= 1; };
    Integer cut = firstWhere(lo, hi, [&](const Integer &x) { return reaches(x) == up; });
    auto add = [&](const Integer &from, const Integer &to, bool positive) {
      if (from > to)
        return;
      for (Piece &p : clampTo({part(from, to, positive ? w.Q : w.Q2, positive)},
                              positive ? Integer(1) : clampMin, positive ? clampMax : Integer(0)))
        r.push_back(std::move(p));
    };
    add(lo, cut - 1, !up);
    add(cut, hi, up);
  }
  return clampTo(r, clampMin, clampMax);
}

/// One stretch of a form in pieces as a claim of its own, from `start` on; the first one has no start.
struct Stretch {
  Integer start;
  ChannelClaim claim;
};

/// [form, m, b, n] or [7, limbs, tie, numbers...], each after the first behind its start.
std::optional<std::vector<Stretch>> stretchesOf(const ChannelClaim &c) {
  std::vector<Stretch> all;
  const std::vector<Integer> &n = c.numbers;
  for (size_t at = 0; at < n.size();) {
    Stretch s;
    if (!all.empty()) {
      s.start = n[at++];
      if (all.size() > 1 && s.start <= all.back().start)
        return std::nullopt;
    }
    s.claim.range = c.range;
    size_t left = n.size() - at;
    if (left < 4)
      return std::nullopt;
    if (n[at] == static_cast<int>(Form::Wide)) {
      if (n[at + 1] < 1 || n[at + 1] > 8 || left < 3 + 5 * n[at + 1].get_ui())
        return std::nullopt;
      s.claim.form = Form::Wide;
      auto first = n.begin() + static_cast<std::ptrdiff_t>(at) + 1;
      s.claim.numbers.assign(first, first + 2 + 5 * n[at + 1].get_si());
      if (!wideOf(s.claim.numbers, 1))
        return std::nullopt;
      at += 1 + s.claim.numbers.size();
    } else {
      if (n[at] != static_cast<int>(Form::Constant) && n[at] != static_cast<int>(Form::Dyadic64) &&
          n[at] != static_cast<int>(Form::HalfEven))
        return std::nullopt;
      if (n[at + 3] < 0 || n[at + 3] > 62)
        return std::nullopt;
      s.claim.form = static_cast<Form>(n[at].get_si());
      s.claim.m = {n[at + 1]};
      s.claim.b = n[at + 2];
      s.claim.n = n[at + 3].get_si();
      at += 4;
    }
    all.push_back(std::move(s));
  }
  return all.size() > 1 ? std::optional(std::move(all)) : std::nullopt;
}

bool badShift(const ChannelClaim &c) { return c.n < 0 || c.n > (c.form == Form::Dyadic32 ? 31 : 62); }

} // namespace

const char *nameOf(Form form) {
  static const char *const names[] = {"constant",   "dyadic32", "dyadic64", "half_even", "two_segment",
                                      "thresholds", "table",    "wide",     "pieces"};
  return names[static_cast<int>(form)];
}

std::optional<std::vector<Integer>> factorsOf(const ChannelClaim &c, size_t terms) {
  switch (c.form) {
  case Form::Constant:
    return std::vector<Integer>(terms, 0);
  case Form::Wide:
    if (auto w = wideOf(c.numbers, terms))
      return w->A;
    return std::nullopt;
  case Form::Thresholds:
  case Form::Table:
  case Form::Pieces:
    return std::nullopt;
  default:
    return c.m;
  }
}

std::optional<Pieces> linePieces(const RescaleClaim &rescale, const ChannelClaim &c, Integer m,
                                 Integer offset, const Integer &lo, const Integer &hi, std::string &why) {
  const Integer &yMin = rescale.clampMin, &yMax = rescale.clampMax;
  if (c.form == Form::Constant)
    return Pieces{Piece::constant(lo, hi, c.b)};
  if (c.form == Form::Wide) {
    auto w = wideOf(c.numbers, c.range.size());
    if (w)
      return widePieces(*w, m, w->B + offset, lo, hi, yMin, yMax);
    why = "the multi-limb numbers are malformed";
    return std::nullopt;
  }
  if (badShift(c)) {
    why = "n = " + std::to_string(c.n) + " is no shift";
    return std::nullopt;
  }
  offset += c.b;
  Integer d = one << static_cast<unsigned long>(c.n);
  if (c.form != Form::HalfEven || c.n == 0)
    return clampTo({{lo, hi, m, offset, d, Hit::Stay}}, yMin, yMax);
  return clampTo({{lo, hi, 2 * m, 2 * offset + d, 2 * d, Hit::Even}}, yMin, yMax);
}

std::optional<Pieces> piecesOf(const RescaleClaim &rescale, const ChannelClaim &c,
                               const std::vector<Integer> &mul, const std::vector<Integer> &add,
                               const Integer &lo, const Integer &hi, std::string &why) {
  const Integer &yMin = rescale.clampMin, &yMax = rescale.clampMax;
  auto fail = [&](std::string text) -> std::optional<Pieces> {
    why = std::move(text);
    return std::nullopt;
  };
  bool single = c.form == Form::Dyadic32 || c.form == Form::TwoSegment || c.form == Form::Thresholds ||
                c.form == Form::Table || c.form == Form::Pieces;
  if (single && mul.size() != 1)
    return fail(std::string(nameOf(c.form)) + " takes one accumulator");
  Integer m, b;
  if (auto factors = factorsOf(c, mul.size()))
    for (size_t t = 0; t < mul.size(); ++t) {
      m += (*factors)[t] * mul[t];
      b += (*factors)[t] * add[t];
    }
  // A function of a, cut at the first a that is not below `level`, in terms of x: first x of the part on the
  // right.
  auto cutAt = [&](const Integer &level) {
    return firstWhere(lo, hi,
                      [&](const Integer &x) { return (mul[0] * x + add[0] >= level) == (mul[0] > 0); });
  };
  switch (c.form) {
  case Form::Constant:
  case Form::Dyadic32:
  case Form::Dyadic64:
  case Form::HalfEven:
  case Form::Wide:
    return linePieces(rescale, c, m, b, lo, hi, why);
  case Form::TwoSegment: {
    if (c.numbers.size() != 4 || c.numbers[3] < 0 || c.numbers[3] > 62)
      return fail("two_segment needs a split, m, b and n");
    if (badShift(c))
      return fail("n = " + std::to_string(c.n) + " is no shift");
    Piece below{lo, hi, m, b + c.b, one << static_cast<unsigned long>(c.n), Hit::Stay};
    Piece above{lo,
                hi,
                c.numbers[1] * mul[0],
                c.numbers[2] + c.numbers[1] * add[0],
                one << c.numbers[3].get_ui(),
                Hit::Stay};
    Integer cut = mul[0] == 0 ? (add[0] >= c.numbers[0] ? lo : Integer(hi + 1)) : cutAt(c.numbers[0]);
    Pieces r{mul[0] < 0 ? above : below, mul[0] < 0 ? below : above};
    r[0].hi = cut - 1;
    r[1].lo = cut;
    if (r[1].lo > r[1].hi)
      r.pop_back();
    if (r[0].lo > r[0].hi)
      r.erase(r.begin());
    return clampTo(r, yMin, yMax);
  }
  case Form::Thresholds: {
    if (c.numbers.empty() || c.numbers[0] < 0 || c.numbers[0] > 1)
      return fail("thresholds need to say whether they descend");
    if (!std::is_sorted(c.numbers.begin() + 1, c.numbers.end()))
      return fail("thresholds are not ascending");
    bool down = c.numbers[0] == 1;
    return clampTo(runsOf(lo, hi,
                          [&](const Integer &x) {
                            auto count = std::upper_bound(c.numbers.begin() + 1, c.numbers.end(),
                                                          mul[0] * x + add[0]) -
                                         c.numbers.begin() - 1;
                            return down ? Integer(yMax - count) : Integer(yMin + count);
                          }),
                   yMin, yMax);
  }
  case Form::Table: {
    Integer size = static_cast<unsigned long>(c.numbers.size());
    if (c.numbers.size() < 2)
      return fail("the table is empty");
    for (const Integer &x : {lo, hi}) {
      Integer at = mul[0] * x + add[0] - c.numbers[0];
      if (at < 0 || at >= size - 1)
        return fail("the table has no entry for accumulator " + Integer(mul[0] * x + add[0]).get_str());
    }
    Pieces r; // not monotone: every entry on its own
    for (Integer x = lo; x <= hi; ++x) {
      const Integer &y = c.numbers[1 + Integer(mul[0] * x + add[0] - c.numbers[0]).get_ui()];
      if (!r.empty() && r.back().q == y)
        r.back().hi = x;
      else
        r.push_back(Piece::constant(x, x, y));
    }
    return r;
  }
  case Form::Pieces: {
    auto all = stretchesOf(c);
    if (!all)
      return fail("the pieces are malformed");
    bool up = mul[0] >= 0; // with a, the pieces follow each other as they are listed; else from the last one
    Pieces r;
    Integer from = lo;
    for (size_t k = 0; k < all->size() && from <= hi; ++k) {
      size_t i = up ? k : all->size() - 1 - k;
      // The last x of this piece: before the next one's start, or, backwards, where its own is still reached.
      Integer to = hi;
      if (k + 1 < all->size()) {
        const Integer &level = (*all)[up ? i + 1 : i].start;
        to = mul[0] == 0 ? (add[0] >= level ? Integer(from - 1) : hi) : Integer(cutAt(level) - 1);
      }
      if (from > to)
        continue;
      auto part = piecesOf(rescale, (*all)[i].claim, mul, add, from, to, why);
      if (!part)
        return std::nullopt;
      r.insert(r.end(), part->begin(), part->end());
      from = to + 1;
    }
    return r;
  }
  }
  return fail("unknown form");
}

std::optional<std::string> overflowOf(const RescaleClaim &rescale, const ChannelClaim &c,
                                      const std::vector<Integer> &lo, const std::vector<Integer> &hi) {
  if (!fits(rescale.clampMin, 64) || !fits(rescale.clampMax, 64) || rescale.clampMin > rescale.clampMax)
    return "the clamp is no range of codes";
  /// Products, partial sums and the sum while each term takes its extremes: the sum of absolute values bounds
  /// all.
  auto line = [&](const std::vector<Integer> &m, const Integer &b, unsigned bits,
                  const Integer &extra) -> std::optional<std::string> {
    if (!fits(b, bits) || std::any_of(m.begin(), m.end(), [&](const Integer &x) { return !fits(x, bits); }))
      return "m or b needs more than " + std::to_string(bits) + " bits";
    Integer low = b, high = b, partialLow = b, partialHigh = b;
    for (size_t t = 0; t < m.size(); ++t) {
      Integer x = m[t] * lo[t], y = m[t] * hi[t];
      if (!fits(x, bits) || !fits(y, bits))
        return "m * a leaves " + std::to_string(bits) + " bits";
      low += std::min(x, y);
      high += std::max(x, y);
      partialLow += std::min<Integer>(std::min(x, y), 0);
      partialHigh += std::max<Integer>(std::max(x, y), 0);
    }
    bool partials = m.size() == 1 || (fits(partialLow, bits) && fits(partialHigh, bits));
    if (!fits(low, bits) || !fits(high + extra, bits) || !partials)
      return "m * a + b leaves " + std::to_string(bits) + " bits";
    return std::nullopt;
  };
  switch (c.form) {
  case Form::Dyadic32:
    if (!fits(lo[0], 32) || !fits(hi[0], 32))
      return "the accumulator leaves 32 bits";
    if (!fits(rescale.clampMin, 32) || !fits(rescale.clampMax, 32))
      return "the clamp leaves 32 bits";
    return line(c.m, c.b, 32, 0);
  case Form::Dyadic64:
    return line(c.m, c.b, 64, 0);
  case Form::HalfEven:
    return line(c.m, c.b, 64,
                c.n > 0 && c.n <= 62 ? Integer(one << static_cast<unsigned long>(c.n - 1)) : Integer(0));
  case Form::TwoSegment: {
    if (c.numbers.size() != 4)
      return std::nullopt; // malformed, told elsewhere
    // Each line only on its own side of the split.
    std::vector<Integer> l = lo, h = hi;
    h[0] = std::min(hi[0], Integer(c.numbers[0] - 1));
    if (l[0] <= h[0])
      if (auto why = overflowOf(rescale, {Form::Dyadic64, {}, c.m, c.b, c.n, {}}, l, h))
        return why;
    h = hi;
    l[0] = std::max(lo[0], c.numbers[0]);
    if (l[0] <= h[0])
      return overflowOf(rescale,
                        {Form::Dyadic64, {}, {c.numbers[1]}, c.numbers[2], c.numbers[3].get_si(), {}}, l, h);
    return std::nullopt;
  }
  case Form::Wide: {
    auto w = wideOf(c.numbers, lo.size());
    if (!w)
      return std::nullopt;
    auto bits = static_cast<unsigned>(32 * w->limbs);
    Integer low = w->B, high = w->B;
    for (size_t t = 0; t < lo.size(); ++t) {
      Integer x = w->A[t] * lo[t], y = w->A[t] * hi[t];
      low += std::min(x, y);
      high += std::max(x, y);
    }
    bool good = fits(low, bits) && fits(high, bits);
    for (const Integer &k : {Integer(rescale.clampMin + 1), rescale.clampMax})
      for (const Integer &q : {w->Q, w->Q2})
        good &= fits(k * w->P + q, bits);
    return good ? std::nullopt : std::optional<std::string>("a number leaves its limbs");
  }
  case Form::Pieces: {
    auto all = stretchesOf(c);
    for (size_t i = 0; all && i < all->size(); ++i) { // each only where it counts
      std::vector<Integer> l = lo, h = hi;
      if (i > 0)
        l[0] = std::max(lo[0], (*all)[i].start);
      if (i + 1 < all->size())
        h[0] = std::min(hi[0], Integer((*all)[i + 1].start - 1));
      if (l[0] <= h[0])
        if (auto why = overflowOf(rescale, (*all)[i].claim, l, h))
          return why;
    }
    return std::nullopt; // what is malformed is told elsewhere
  }
  default:
    return std::nullopt;
  }
}

} // namespace dyadic::certificate
