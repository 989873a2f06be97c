// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values that no quantiser rounds as integers of their own: the greatest unit of which they are multiples.
#include "compiler/Failure.h"
#include "compiler/certificate/Derive.h"
#include "compiler/certificate/Match.h"

using namespace mlir;
namespace dyadic::certificate {
std::vector<std::string> Walker::readsOf(ArrayRef<Term> terms) const {
  std::set<std::string> names;
  for (const Term &t : terms) {
    const Source &s = out.sources[t.source];
    if (s.kind == Source::Kind::Codes && !s.reads.empty())
      names.insert(s.reads.begin(), s.reads.end());
    else
      names.insert(s.name);
  }
  return {names.begin(), names.end()};
}

/// Equal functions of the same integers have one name.
std::string Walker::nameFor(const Element &e) const {
  std::string name;
  for (const Term &t : e.terms) {
    const Source &s = out.sources[t.source];
    name += s.place + "|" + s.name + "|" + t.alpha.get_str() + ",";
  }
  name += e.beta.get_str();
  for (const Post &p : e.posts)
    name += ";" + std::to_string(static_cast<int>(p.kind)) + "," + p.mul.get_str() + "," + p.add.get_str() +
            "," + (p.low ? p.low->get_str() : "") + "," + (p.high ? p.high->get_str() : "");
  return name;
}

llvm::Error Walker::makeAffine(Element &e, llvm::StringRef side) {
  if (e.isAffine())
    return llvm::Error::success();
  if (e.choices)
    return chooseLargest(e);
  Post last; // what follows the last bend changes the integers' factor and offset only
  if (e.posts.back().kind == Post::Kind::MulAdd) {
    last = e.posts.back();
    e.posts.pop_back();
  }
  std::vector<Term> base = e.terms;
  std::vector<Segment> segments;
  if (auto all = splitting == Splitting::Nested ? nestedOf(e) : std::nullopt) {
    base = std::move(all->base);
    segments = std::move(all->segments);
  } else {
    Whole whole = wholeOf(base);
    segments = segmentsOf(whole.lo, whole.hi, whole.unit, e.beta, e.posts);
  }
  out.bends = true;
  if (splits(segments)) {
    Rational mul = last.mul, add = last.add;
    e = splitAtBends(e, segments, side);
    for (Term &t : e.terms)
      t.alpha *= mul;
    e.beta = e.beta * mul + add;
    return llvm::Error::success();
  }
  e = bendAs(e, base, std::move(segments));
  e.terms[0].alpha *= last.mul;
  e.beta = e.beta * last.mul + last.add;
  return llvm::Error::success();
}

llvm::Error Walker::chooseLargest(Element &e) {
  Largest all{*e.choices, 0, 0, e.least};
  std::set<std::string> reads;
  bool first = true;
  for (Element &c : all.choices) {
    if (llvm::Error failed = makeAffine(c, "choice" + std::to_string(&c - all.choices.data())))
      return failed;
    if (first)
      all.base = c.beta;
    first = false;
    for (const Term &t : c.terms)
      all.unit = commonUnit(all.unit, t.alpha);
    all.unit = commonUnit(all.unit, c.beta - all.base);
    for (const std::string &r : readsOf(c.terms))
      reads.insert(r);
  }
  if (all.unit == 0)
    all.unit = 1;
  // Times a negative factor it is the same integer.
  const Term *turned = nullptr;
  for (const Element &c : all.choices)
    for (const Term &t : c.terms)
      turned = turned || t.alpha == 0 ? turned : &t;
  if (turned && turned->alpha < 0)
    all.unit = -all.unit;
  std::string name = e.least == (all.unit < 0) ? "largest" : "least"; // of the integers
  std::optional<Integer> lo, hi;
  for (const Element &c : all.choices) {
    Element own = c; // whatever the factor of all
    for (Term &t : own.terms)
      t.alpha /= all.unit;
    own.beta = (c.beta - all.base) / all.unit;
    name += "/" + nameFor(own);
    Rational least = c.beta - all.base, most = least;
    for (const Term &t : c.terms) {
      Rational x = t.alpha * t.lo, y = t.alpha * t.hi;
      least += std::min(x, y);
      most += std::max(x, y);
    }
    least /= all.unit;
    most /= all.unit;
    if (least > most)
      std::swap(least, most);
    lo = lo ? std::min(*lo, Integer(least.get_num())) : Integer(least.get_num());
    hi = hi ? std::max(*hi, Integer(most.get_num())) : Integer(most.get_num());
  }
  Term t{intern({Source::Kind::Codes, nodeOf(current), {reads.begin(), reads.end()}, name}), all.unit, *lo,
         *hi};
  Rational base = all.base;
  t.largest = std::make_shared<const Largest>(std::move(all));
  e = {{t}, base, {}};
  return llvm::Error::success();
}

llvm::Expected<FieldPtr> Walker::affine(const FieldPtr &f, llvm::StringRef side) {
  if (llvm::all_of(f->elements, [](const Element &e) { return e.isAffine(); }))
    return f;
  if (llvm::Error unknown = needsCodes(f))
    return unknown;
  Field r = *f;
  for (Element &e : r.elements)
    if (llvm::Error failed = makeAffine(e, side))
      return failed;
  // What is always 0 has no unit of its own.
  auto isZero = [](const Term &t) { return t.bend && !t.bend->part && t.lo == 0 && t.hi == 0; };
  const Term *like = nullptr;
  for (const Element &e : r.elements)
    if (e.terms.size() == 1 && !like && e.terms[0].bend && !isZero(e.terms[0]))
      like = &e.terms[0];
  for (Element &e : r.elements)
    if (like && e.terms.size() == 1 && isZero(e.terms[0]))
      e.terms[0].alpha = like->alpha;
  return std::make_shared<const Field>(std::move(r));
}

} // namespace dyadic::certificate
