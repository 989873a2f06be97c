// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Real functions of an integer, cut where they bend, and rounded piece by piece.
#include "compiler/certificate/Exact.h"
#include <algorithm>

namespace dyadic::certificate {
namespace {

using qonnx::Rounding;
const Rational half(1, 2);

/// Cuts a segment at the first a from which on "v >= level" changes: calls `visit(part, v >= level there)`.
template <typename Visit> void cutAt(const Segment &s, const Rational &level, Visit visit) {
  auto above = [&](const Integer &a) { return Rational(s.m * a + s.c) >= level; };
  bool first = above(s.lo);
  if (first == above(s.hi))
    return visit(s, first);
  // The line crosses the level once: solve, then settle the neighbours exactly.
  Rational root = (level - s.c) / s.m;
  Integer cut =
      s.m > 0 ? model::ceilOf(root) : Integer(model::floorOf(root) + 1); // first a of the right part
  visit(Segment{s.lo, cut - 1, s.m, s.c}, first);
  visit(Segment{cut, s.hi, s.m, s.c}, !first);
}

std::vector<Segment> applyTo(const std::vector<Segment> &in, const Post &post) {
  std::vector<Segment> out;
  auto branch = [&](const Rational &level, auto below, auto aboveOrAt) {
    std::vector<Segment> next;
    for (const Segment &s : out)
      cutAt(s, level, [&](Segment part, bool above) {
        above ? aboveOrAt(part) : below(part);
        next.push_back(std::move(part));
      });
    out = std::move(next);
  };
  auto keep = [](Segment &) {};
  auto set = [](const Rational &level) {
    return [level](Segment &s) {
      s.m = 0;
      s.c = level;
    };
  };
  auto scale = [](const Rational &factor) {
    return [factor](Segment &s) {
      s.m *= factor;
      s.c *= factor;
    };
  };
  out = in;
  switch (post.kind) {
  case Post::Kind::MulAdd:
    for (Segment &s : out) {
      s.m *= post.mul;
      s.c = s.c * post.mul + post.add;
    }
    break;
  case Post::Kind::Leaky:
    branch(0, scale(post.mul), keep);
    break;
  case Post::Kind::Abs:
    branch(0, scale(-1), keep);
    break;
  case Post::Kind::Clip: // the lower bound first: where they cross, the upper one wins
    if (post.low)
      branch(*post.low, set(*post.low), keep);
    if (post.high)
      branch(*post.high, keep, set(*post.high));
    break;
  }
  return out;
}

Integer divideRounded(const Integer &w, int64_t shift, Rounding mode) {
  if (shift <= 0)
    return w << static_cast<unsigned long>(-shift);
  Rational v(w, Integer(1) << static_cast<unsigned long>(shift));
  v.canonicalize();
  return roundBy(mode, v);
}

/// ceil(x) as a floor of a line: (p a + q + d - 1) / d.
Piece ceiling(Piece p) {
  p.q += p.d - 1;
  return p;
}

/// round(v) on a segment.
Pieces rounded(Rounding mode, const Segment &s) {
  auto floorOf = [](const Segment &x, const Rational &shift = 0, Hit hit = Hit::Stay) {
    return Piece::line(x.lo, x.hi, x.m, x.c + shift, hit);
  };
  Pieces r;
  switch (mode) {
  case Rounding::HalfEven:
    return {floorOf(s, half, Hit::Even)};
  case Rounding::Floor:
    return {floorOf(s)};
  case Rounding::Ceil:
    return {ceiling(floorOf(s))};
  case Rounding::Down:
    cutAt(s, 0, [&](const Segment &x, bool up) { r.push_back(up ? floorOf(x) : ceiling(floorOf(x))); });
    return r;
  case Rounding::Up:
    cutAt(s, 0, [&](const Segment &x, bool up) { r.push_back(up ? ceiling(floorOf(x)) : floorOf(x)); });
    return r;
  case Rounding::HalfUp: // sign(v) * floor(|v| + 1/2)
    cutAt(s, 0, [&](const Segment &x, bool up) {
      r.push_back(up ? floorOf(x, half) : ceiling(floorOf(x, -half)));
    });
    return r;
  case Rounding::HalfDown: // sign(v) * ceil(|v| - 1/2)
    cutAt(s, 0, [&](const Segment &x, bool up) {
      r.push_back(up ? ceiling(floorOf(x, -half)) : floorOf(x, half));
    });
    return r;
  }
  return r;
}

} // namespace

Rational Post::apply(const Rational &v) const {
  switch (kind) {
  case Kind::MulAdd:
    return mul * v + add;
  case Kind::Leaky:
    return v >= 0 ? v : Rational(mul * v);
  case Kind::Abs:
    return abs(v);
  case Kind::Clip: {
    Rational r = v;
    if (low && r < *low)
      r = *low;
    if (high && r > *high)
      r = *high;
    return r;
  }
  }
  return v;
}

std::vector<Segment> segmentsOf(const Integer &lo, const Integer &hi, const Rational &alpha,
                                const Rational &beta, const std::vector<Post> &posts) {
  std::vector<Segment> r{{lo, hi, alpha, beta}};
  for (const Post &post : posts)
    r = applyTo(r, post);
  return r;
}

Integer roundBy(Rounding mode, const Rational &v) {
  switch (mode) {
  case Rounding::HalfEven: {
    Rational shifted = v + half;
    Integer h = model::floorOf(shifted);
    return shifted == h && mpz_odd_p(h.get_mpz_t()) ? Integer(h - 1) : h;
  }
  case Rounding::Ceil:
    return model::ceilOf(v);
  case Rounding::Floor:
    return model::floorOf(v);
  case Rounding::Down:
    return v >= 0 ? model::floorOf(v) : model::ceilOf(v);
  case Rounding::Up:
    return v >= 0 ? model::ceilOf(v) : model::floorOf(v);
  case Rounding::HalfUp:
    return v >= 0 ? model::floorOf(v + half) : Integer(-model::floorOf(Rational(-v) + half));
  case Rounding::HalfDown:
    return v >= 0 ? model::ceilOf(v - half) : Integer(-model::ceilOf(Rational(-v) - half));
  }
  return 0;
}

std::optional<std::pair<Integer, Integer>> Quantiser::bounds() const {
  switch (kind) {
  case Kind::Sign:
    return std::pair<Integer, Integer>{-1, 1};
  case Kind::Thresholds:
    return std::pair<Integer, Integer>{0, static_cast<unsigned long>(steps.size())};
  default:
    if (!clipped)
      return std::nullopt;
    return std::pair<Integer, Integer>{roundBy(mode, min), roundBy(mode, max)};
  }
}

Integer Quantiser::code(const Rational &x) const {
  if (kind == Kind::Thresholds)
    return static_cast<unsigned long>(std::upper_bound(steps.begin(), steps.end(), x) - steps.begin());
  Rational v = x / scale + zero;
  if (kind == Kind::Sign)
    return v >= 0 ? 1 : -1;
  Integer y =
      kind == Kind::Trunc ? divideRounded(roundBy(Rounding::HalfEven, v), shift, mode) : roundBy(mode, v);
  if (clipped) { // rounding is monotone: clipping before it is clipping to the rounded bounds after it
    auto [low, high] = *bounds();
    y = std::max(std::min(y, high), low); // in this order
  }
  return y;
}

Pieces compose(const Quantiser &q, const std::vector<Segment> &segments) {
  Pieces r;
  for (const Segment &in : segments) {
    if (q.kind == Quantiser::Kind::Thresholds || (q.kind == Quantiser::Kind::Trunc && q.shift > 0)) {
      for (Piece &run : runsOf(in.lo, in.hi, [&](const Integer &a) { return q.code(in.m * a + in.c); }))
        r.push_back(std::move(run));
      continue;
    }
    Segment s{in.lo, in.hi, in.m / q.scale, in.c / q.scale + q.zero};
    if (q.kind == Quantiser::Kind::Sign) {
      cutAt(s, 0, [&](const Segment &x, bool up) { r.push_back(Piece::constant(x.lo, x.hi, up ? 1 : -1)); });
      continue;
    }
    Pieces part = rounded(q.kind == Quantiser::Kind::Trunc ? Rounding::HalfEven : q.mode, s);
    if (q.kind == Quantiser::Kind::Trunc && q.shift < 0) // widening: an integer times 2^-shift
      part = mapTo(part, Integer(1) << static_cast<unsigned long>(-q.shift), 0)
                 .value_or(runsOf(s.lo, s.hi, [&](const Integer &a) { return q.code(in.m * a + in.c); }));
    for (Piece &p : part)
      r.push_back(std::move(p));
  }
  bool plain = q.kind == Quantiser::Kind::Round || q.kind == Quantiser::Kind::Trunc;
  if (auto bounds = q.bounds(); bounds && plain)
    r = clampTo(r, bounds->first,
                std::max(bounds->first, bounds->second)); // MAX below MIN: MIN is applied last
  return r;
}

Rational commonUnit(const Rational &a, const Rational &b) {
  Integer den = lcm(a.get_den(), b.get_den());
  Rational r(gcd(Integer(a.get_num() * (den / a.get_den())), Integer(b.get_num() * (den / b.get_den()))),
             den);
  r.canonicalize();
  return r;
}

} // namespace dyadic::certificate
