// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Activations of activations: whatever was made of one integer, step by step and summed, is one function of
// it.
#include "compiler/certificate/Derive.h"
#include "compiler/certificate/Match.h"

using namespace mlir;
namespace dyadic::certificate {
namespace {

bool isBent(const Term &t) { return t.bend && !t.bend->part; }

/// v += factor * f, where both are given on the same range.
std::vector<Segment> plus(const std::vector<Segment> &v, const std::vector<Segment> &f,
                          const Rational &factor) {
  std::vector<Segment> r;
  for (size_t i = 0, j = 0; i < v.size() && j < f.size();) {
    Integer end = std::min(v[i].hi, f[j].hi);
    r.push_back({std::max(v[i].lo, f[j].lo), end, v[i].m + factor * f[j].m, v[i].c + factor * f[j].c});
    i += v[i].hi == end;
    j += r.back().hi == f[j].hi;
  }
  return r;
}

/// By which factor one sum of integers is another.
std::optional<Rational> ratioOf(ArrayRef<const Term *> terms, const std::vector<Term> &base) {
  std::optional<Rational> ratio;
  for (const Term &b : base) {
    auto same = llvm::find_if(
        terms, [&](const Term *t) { return t->source == b.source && t->lo == b.lo && t->hi == b.hi; });
    if (same == terms.end() || b.alpha == 0)
      return std::nullopt;
    Rational here = (*same)->alpha / b.alpha;
    if (ratio && *ratio != here)
      return std::nullopt;
    ratio = here;
  }
  return terms.size() == base.size() ? ratio : std::nullopt;
}

} // namespace

std::optional<Nested> nestedOf(const Element &e) {
  if (e.choices || llvm::none_of(e.terms, isBent))
    return std::nullopt;
  Nested r;
  std::vector<const Term *> plain;
  for (const Term &t : e.terms)
    if (!isBent(t))
      plain.push_back(&t);
    else if (r.base.empty())
      r.base = t.bend->element.terms;
  if (r.base.empty() || llvm::any_of(r.base, isBent)) // what is bent is told by what lies innermost already
    return std::nullopt;
  r.whole = wholeOf(r.base);
  r.segments = {{r.whole.lo, r.whole.hi, 0, e.beta}};
  std::vector<const Term *> own;
  for (const Term &b : r.base)
    own.push_back(&b);
  for (const Term &t : e.terms) {
    if (!isBent(t))
      continue;
    auto ratio = ratioOf(own, t.bend->element.terms);
    if (!ratio || (own.size() > 1 && *ratio < 0)) // of several it is the negative integer
      return std::nullopt;
    r.segments = plus(r.segments, t.bend->segments, t.alpha / t.bend->unit);
  }
  if (!plain.empty()) {
    auto ratio = ratioOf(plain, r.base);
    if (!ratio)
      return std::nullopt;
    r.segments = plus(r.segments, {{r.whole.lo, r.whole.hi, r.whole.unit, 0}}, *ratio);
  }
  std::vector<Segment> bent;
  for (const Segment &s : r.segments)
    for (Segment &part : segmentsOf(s.lo, s.hi, s.m, s.c, e.posts)) {
      Segment *last = bent.empty() ? nullptr : &bent.back();
      if (last && last->m == part.m && last->c == part.c)
        last->hi = part.hi;
      else
        bent.push_back(std::move(part));
    }
  r.segments = std::move(bent);
  return r;
}

/// The greatest unit of all values.
Rational unitOf(ArrayRef<Segment> segments) {
  Rational unit;
  for (const Segment &s : segments) {
    if (s.lo < s.hi)
      unit = commonUnit(unit, s.m);
    for (const Integer &a : {s.lo, s.hi})
      unit = commonUnit(unit, s.m * a + s.c);
  }
  return unit == 0 ? Rational(1) : unit;
}

std::pair<Rational, Rational> reachOf(ArrayRef<Segment> segments) {
  Rational least = segments[0].m * segments[0].lo + segments[0].c, most = least;
  for (const Segment &s : segments)
    for (const Integer &a : {s.lo, s.hi}) {
      least = std::min(least, Rational(s.m * a + s.c));
      most = std::max(most, Rational(s.m * a + s.c));
    }
  return {least, most};
}

Element Walker::bendAs(const Element &e, const std::vector<Term> &base, std::vector<Segment> segments) {
  Rational unit = unitOf(segments), offset;
  if (splitting == Splitting::Nested) { // the greatest unit of all differences, with an offset where need be
    const Rational first = segments[0].m * segments[0].lo + segments[0].c;
    std::vector<Segment> from = segments;
    for (Segment &s : from)
      s.c -= first;
    Rational own = unitOf(from), steps = first / own;
    if (steps.get_den() != 1) {
      offset = first;
      segments = std::move(from);
    }
    unit = own;
  }
  auto [least, most] = reachOf(segments);
  Source source{Source::Kind::Codes, nodeOf(current), readsOf(e.terms), nameFor(e)};
  Term bent{intern(std::move(source)), unit, model::floorOf(least / unit), model::ceilOf(most / unit)};
  bent.bend = std::make_shared<const Bend>(Bend{{base, 0, {}}, unit, std::move(segments)});
  return {{std::move(bent)}, offset, {}};
}

FieldPtr Walker::nested(FieldPtr f) {
  if (splitting != Splitting::Nested)
    return f;
  Field r = *f;
  for (Element &e : r.elements) {
    Element own{e.terms, 0, {}};
    auto whole = e.isAffine() && e.terms.size() > 1 ? nestedOf(own) : std::nullopt;
    if (whole) {
      own = bendAs(own, whole->base, std::move(whole->segments));
      e.terms = std::move(own.terms);
      e.beta += own.beta;
    }
  }
  return std::make_shared<const Field>(std::move(r));
}

} // namespace dyadic::certificate
