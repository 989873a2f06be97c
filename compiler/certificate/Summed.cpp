// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums over integers that no quantiser rounds: the rescales that make them, held against the activations.
#include "compiler/certificate/Match.h"
#include <numeric>
#include <set>

namespace dyadic::certificate {
namespace {

/// Its integers are those it bends, or those of a quantiser or input.
bool isCode(const Term &t) {
  if (t.largest)
    return llvm::all_of(t.largest->choices, [&](const Element &c) {
      return c.isConstant() || (c.terms.size() == 1 && isCode(c.terms[0]));
    });
  if (!t.bend)
    return true;
  auto same = [&](const Segment &s, const Integer &x) { return s.m * x + s.c == t.bend->unit * x; };
  return t.bend->element.terms.size() == 1 &&
         llvm::all_of(t.bend->segments, [&](const Segment &s) { return same(s, s.lo) && same(s, s.hi); });
}

/// Elements that between them meet every function of a rescale with all that it may read.
std::vector<int64_t> unlikeElements(const RescaleClaim &r) {
  constexpr int64_t most = 1 << 20;
  auto channels = static_cast<int64_t>(r.channels.size());
  int64_t count = channels * r.period;
  auto reads = [&](size_t n) { count = std::min(std::lcm(count, static_cast<int64_t>(n)), most); };
  for (const AccumulatorClaim &a : r.accumulators) {
    if (!a.elements.empty())
      reads(a.elements.size());
    for (const SourceClaim &s : a.sources)
      if (a.elements.empty() && !s.weights.empty())
        reads(s.weights.size());
  }
  std::vector<int64_t> elements;
  std::set<std::vector<int64_t>> seen;
  for (int64_t e = 0; e < count; ++e) {
    std::vector<int64_t> like{e / r.period % channels};
    for (const AccumulatorClaim &a : r.accumulators)
      like.push_back(!a.elements.empty()             ? e % static_cast<int64_t>(a.elements.size())
                     : !a.sources[0].weights.empty() ? e % static_cast<int64_t>(a.sources[0].weights.size())
                                                     : 0);
    if (seen.insert(like).second)
      elements.push_back(e);
  }
  return elements;
}

} // namespace

bool Matcher::makes(const std::vector<Term> &integer, const RescaleClaim &maker, int64_t element) const {
  auto is = [&](const std::vector<Term> &terms, auto factor, const Rational &add) {
    Taken taken(terms.size(), false);
    std::string why;
    auto l = made(terms, maker, element, taken, why);
    if (!l || l->add != add)
      return false;
    for (size_t t = 0; t < terms.size(); ++t)
      if (l->factor[t] != factor(terms[t]))
        return false;
    return true;
  };
  if (is(integer, [](const Term &) { return Rational(1); }, 0))
    return true;
  if (integer.size() == 1 && !integer[0].bend && !integer[0].largest) { // by a form that need not be a line
    auto pieces = composed(integer, wholeOf(integer), maker, element, -1);
    Pieces same{{integer[0].lo, integer[0].hi, 1, 0, 1, Hit::Stay}};
    return pieces && !differenceOver(wholeOf(integer), same, *pieces);
  }
  const Largest *all = integer.size() == 1 ? integer[0].largest.get() : nullptr;
  return all && llvm::any_of(all->choices, [&](const Element &c) {
           return is(
               c.terms, [&](const Term &t) { return Rational(t.alpha / all->unit); },
               Rational((c.beta - all->base) / all->unit));
         });
}

bool Matcher::sumsWhatIsMade(const Term &sum, const SourceClaim &s) const {
  if (!sum.over)
    return true;
  auto [it, fresh] = knownMade.try_emplace({sum.over.get(), s.made});
  if (!fresh)
    return it->second;
  // Whatever is made is summed, and whatever is summed is made, or was given; element c is integer c, as a
  // rule.
  const auto &over = *sum.over;
  std::vector<bool> met(over.size(), false);
  std::vector<std::vector<int64_t>> elements;
  bool holds = true;
  for (int64_t index : s.made) {
    const RescaleClaim &maker = claims.rescales[static_cast<size_t>(index)];
    elements.push_back(unlikeElements(maker));
    for (int64_t element : elements.back()) {
      bool any = false;
      for (size_t i = 0; i < over.size() && !any && holds; ++i) {
        size_t at = (i + static_cast<size_t>(element)) % over.size();
        if (makes(over[at], maker, element))
          any = met[at] = true;
      }
      holds &= any;
    }
  }
  for (size_t i = 0; i < over.size() && holds; ++i) {
    bool any = met[i] || isCode(over[i][0]);
    for (size_t m = 0; m < elements.size(); ++m)
      for (size_t k = 0; k < elements[m].size() && !any; ++k)
        any = makes(over[i], claims.rescales[static_cast<size_t>(s.made[m])],
                    elements[m][(i + k) % elements[m].size()]);
    holds = any;
  }
  return knownMade[{sum.over.get(), s.made}] = holds;
}

} // namespace dyadic::certificate
