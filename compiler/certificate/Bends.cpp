// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An activation that no quantiser rounds as several integers: how far past each bend, and whether past it.
#include "compiler/certificate/Derive.h"
#include "compiler/certificate/Match.h"

using namespace mlir;
namespace dyadic::certificate {

bool Walker::splits(const std::vector<Segment> &segments) const {
  if (splitting != Splitting::BeyondWords)
    return splitting != Splitting::Never && splitting != Splitting::Nested;
  Rational unit = unitOf(segments);
  Integer far = std::max(Integer(abs(segments.front().lo)), Integer(abs(segments.back().hi)));
  return llvm::any_of(segments, [&](const Segment &s) {
    return abs(Rational(s.m / unit)) * far + abs(Rational(s.c / unit)) >= Integer(1) << 62;
  });
}

Element Walker::splitAtBends(const Element &e, const std::vector<Segment> &segments, llvm::StringRef side) {
  Whole whole = wholeOf(e.terms);
  // What is level at its end is told from there on: the integers are 0 on the level side.
  const bool several = e.terms.size() > 1;
  bool falling = !several && segments.front().m != 0 && segments.back().m == 0;
  const Segment &base = falling ? segments.back() : segments.front();
  Element r;
  r.beta = base.c;
  for (size_t t = 0; t < e.terms.size() && base.m != 0; ++t) {
    r.terms.push_back(e.terms[t]);
    r.terms.back().alpha = base.m * whole.steps[t];
    if (!several)
      r.terms.back().slot = 0;
  }
  int slot = 0;
  auto part = [&](const Rational &alpha, const Segment &below, const Segment &above, int gated = -1) {
    ++slot;
    if (alpha == 0)
      return;
    Element sum{e.terms, 0, {}};
    auto bend = std::make_shared<const Bend>(Bend{std::move(sum), 1, {below, above}, true, gated});
    Source source{Source::Kind::Codes, nodeOf(current), readsOf(e.terms),
                  "part " + std::to_string(slot) + " " + side.str() + " of"};
    for (const Term &t : e.terms)
      source.place += " " + out.sources[t.source].place + "|" + out.sources[t.source].name;
    Rational least = below.m * below.lo + below.c, most = above.m * above.hi + above.c;
    if (falling)
      std::swap(least, most);
    Term term{intern(std::move(source)), alpha, least.get_num(), most.get_num()};
    term.bend = std::move(bend);
    term.slot = several ? -1 : slot;
    if (gated >= 0) {
      term.lo = std::min(e.terms[gated].lo, Integer(0));
      term.hi = std::max(e.terms[gated].hi, Integer(0));
    }
    r.terms.push_back(std::move(term));
  };
  for (size_t i = 1; i < segments.size(); ++i) {
    const Segment &a = segments[i - 1], &b = segments[i];
    const Integer &at = b.lo, before = at - 1;
    Segment below{whole.lo, before, 0, 0}, above{at, whole.hi, 0, 0}, low = below, high = above;
    if (several) { // of a sum, each integer where the sum is past the bend
      above.c = 1;
      for (size_t t = 0; t < e.terms.size(); ++t)
        part((b.m - a.m) * whole.steps[t], below, above, static_cast<int>(t));
      part(b.c - a.c, below, above);
    } else if (falling) {
      low.m = -1;
      low.c = before;
      part(b.m - a.m, low, above);
      below.c = 1;
      part((a.m - b.m) * before + a.c - b.c, below, above);
    } else {
      high.m = 1;
      high.c = -at;
      part(b.m - a.m, below, high);
      above.c = 1;
      part((b.m - a.m) * at + b.c - a.c, below, above);
    }
  }
  return r;
}

std::shared_ptr<const Beside> Walker::partsOf(ArrayRef<Tap> taps) {
  std::vector<const Element *> met;
  std::vector<int64_t> channels;
  for (const Tap &t : taps)
    if (met.empty() || met.back() != t.in) {
      met.push_back(t.in);
      channels.push_back(t.channel);
    }
  auto &parts = summed[met];
  if (!parts) {
    Beside all;
    for (size_t i = 0; i < met.size(); ++i)
      if (!met[i]->isConstant()) {
        all.elements.push_back(met[i]->terms);
        all.channels.push_back(channels[i]);
      }
    parts = std::make_shared<const Beside>(std::move(all));
  }
  return parts;
}

} // namespace dyadic::certificate
