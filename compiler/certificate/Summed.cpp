// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums over integers that no quantiser rounds: the rescales that make them, held against the activations.
#include "compiler/certificate/Match.h"
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

bool isZero(const std::vector<Term> &terms) {
  return llvm::all_of(terms, [](const Term &t) { return t.lo == 0 && t.hi == 0; });
}

/// The channels that an output of a sum reads.
llvm::ArrayRef<std::vector<Item>> channelsOf(const SourceClaim &s, const Integer &output) {
  auto groups = static_cast<unsigned long>(s.groups);
  unsigned long each = s.channels.size() / groups,
                outputs = s.weights.empty() ? s.channels.size() : s.weights.size();
  unsigned long group = Integer(output % outputs).get_ui() / (outputs / groups);
  return llvm::ArrayRef(s.channels).slice(group * each, each);
}

} // namespace

std::optional<Integer> Matcher::makes(const std::vector<Term> &integer, const RescaleClaim &maker,
                                      int64_t element) const {
  auto is = [&](const std::vector<Term> &terms, auto factor, const Rational &add) -> std::optional<Integer> {
    Taken taken(terms.size(), false);
    std::string why;
    auto l = made(terms, maker, element, taken, why);
    if (!l)
      return std::nullopt;
    // Both as lines of the terms that vary.
    std::vector<std::pair<Rational, Rational>> pairs{{add, l->add}};
    for (size_t t = 0; t < terms.size(); ++t) {
      std::pair<Rational, Rational> both{factor(terms[t]), l->factor[t]};
      if (terms[t].lo != terms[t].hi)
        pairs.push_back(both);
      else
        pairs[0].first += both.first * terms[t].lo, pairs[0].second += both.second * terms[t].lo;
    }
    Rational times = 0;
    for (const auto &[is, made] : pairs)
      if (is != 0 && times == 0)
        times = made / is;
    if (times.get_den() != 1 ||
        !llvm::all_of(pairs, [&](const auto &p) { return p.second == times * p.first; }) ||
        (times == 0 && llvm::any_of(pairs, [](const auto &p) { return p.first != 0; })))
      return std::nullopt;
    return times.get_num();
  };
  if (auto times = is(integer, [](const Term &) { return Rational(1); }, 0))
    return times;
  if (integer.size() == 1 && !integer[0].bend && !integer[0].largest) { // by a form that need not be a line
    auto pieces = composed(integer, wholeOf(integer), maker, element, -1);
    Pieces same{{integer[0].lo, integer[0].hi, 1, 0, 1, Hit::Stay}};
    return pieces && !differenceOver(wholeOf(integer), same, *pieces) ? std::optional<Integer>(1)
                                                                      : std::nullopt;
  }
  const Largest *all = integer.size() == 1 ? integer[0].largest.get() : nullptr;
  for (const Element &c : all ? llvm::ArrayRef<Element>(all->choices) : llvm::ArrayRef<Element>())
    if (auto times = is(
            c.terms, [&](const Term &t) { return Rational(t.alpha / all->unit); },
            Rational((c.beta - all->base) / all->unit)))
      return times;
  return std::nullopt;
}

std::optional<Integer> Matcher::sumsWhatIsMade(const Term &sum, const SourceClaim &s,
                                               const Integer &output) const {
  if (!sum.over)
    return 1;
  if (s.channels.empty()) // nothing is made
    return llvm::all_of(*sum.over, [](const auto &integer) { return isCode(integer[0]); })
               ? std::optional<Integer>(1)
               : std::nullopt;
  llvm::ArrayRef<std::vector<Item>> channels = channelsOf(s, output);
  auto [it, fresh] = knownMade.try_emplace({sum.over.get(), channels.data()});
  if (!fresh)
    return it->second;
  Integer times = 0; // 0: any
  auto agrees = [&](const std::optional<Integer> &one) {
    if (!one || (*one != 0 && times != 0 && *one != times))
      return false;
    times = times == 0 ? *one : times;
    return true;
  };
  // Whatever is made is summed, and whatever is summed is made, or was given; channel c is integer c, as a
  // rule.
  const auto &over = *sum.over;
  std::vector<bool> met(over.size(), false);
  bool holds = true;
  auto is = [&](size_t integer, const Item &item) {
    return item.source >= 0 && agrees(makes(over[integer], claims.rescales[static_cast<size_t>(item.source)],
                                            item.element.get_si()));
  };
  std::set<Item> seen;
  for (size_t c = 0; c < channels.size(); ++c)
    for (const Item &item : channels[c]) {
      if (item.source < 0 || !seen.insert(item).second)
        continue;
      bool any = false;
      for (size_t i = 0; i < over.size() && !any && holds; ++i)
        if (is((i + c) % over.size(), item))
          any = met[(i + c) % over.size()] = true;
      holds &= any;
    }
  for (size_t i = 0; i < over.size() && holds; ++i)
    holds = met[i] || (isCode(over[i][0]) && agrees(isZero(over[i]) ? 0 : 1)) ||
            llvm::any_of(seen, [&](const Item &item) { return is(i, item); });
  if (holds && times == 0)
    times = 1;
  return knownMade[{sum.over.get(), channels.data()}] = holds ? std::optional<Integer>(times) : std::nullopt;
}

} // namespace dyadic::certificate
