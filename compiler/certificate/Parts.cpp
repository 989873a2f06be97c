// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Claimed integers as sums of the parts of an activation: how far past each bend, and whether past it.
#include "compiler/certificate/Match.h"
#include "llvm/Support/SaveAndRestore.h"

namespace dyadic::certificate {
namespace {

/// p x + q.
struct Slope {
  Integer p, q;
  Integer at(const Integer &x) const { return p * x + q; }
};

/// The line that y is on [lo, hi]; a single point takes the slope of a neighbour.
std::optional<Slope> lineOn(const Pieces &y, const Integer &lo, const Integer &hi, const Slope *neighbour) {
  Integer first = valueAt(y, lo), slope = neighbour ? neighbour->p : Integer(0);
  if (lo < hi)
    slope = valueAt(y, lo + 1) - first;
  Slope l{slope, first - slope * lo};
  if (difference(y, {{lo, hi, l.p, l.q, 1, Hit::Stay}}, lo, hi))
    return std::nullopt;
  return l;
}

bool falls(const Bend &b) { return b.segments[0].m != 0 || b.segments[0].c != 0; }
/// Functions of the same integers.
bool sameBase(const Bend &a, const Bend &b) {
  return std::equal(a.element.terms.begin(), a.element.terms.end(), b.element.terms.begin(),
                    b.element.terms.end(),
                    [](const Term &x, const Term &y) { return x.source == y.source && x.alpha == y.alpha; });
}

/// Where a sum lies that C makes, with the model's weights times `factor`, of what the parts are together.
std::pair<Integer, Integer> reachOf(const std::map<int64_t, std::pair<Integer, Integer>> &made,
                                    const SumInfo &info, const Integer &factor, const Integer &zero) {
  std::pair<Integer, Integer> all{0, 0}, r{0, 0};
  bool each = !info.channels.empty();
  for (const auto &[channel, reach] : made)
    all = {std::min(all.first, reach.first), std::max(all.second, reach.second)};
  for (const SumInfo::Channel &c : info.channels)
    each &= made.count(c.channel) != 0;
  auto add = [&](const Integer &weightSum, const Integer &weightAbs,
                 const std::pair<Integer, Integer> &reach) {
    const Integer sum = factor * weightSum, absolute = abs(factor) * weightAbs, up = (absolute + sum) / 2,
                  down = (absolute - sum) / 2, lo = std::min(Integer(reach.first - zero), Integer(0)),
                  hi = std::max(Integer(reach.second - zero), Integer(0));
    r.first += up * lo - down * hi;
    r.second += up * hi - down * lo;
  };
  for (const SumInfo::Channel &c : info.channels)
    if (each)
      add(c.weightSum, c.weightAbs, made.at(c.channel));
  if (!each)
    add(info.weightSum, info.weightAbs, all);
  return r;
}

bool isRun(const Bend &b) { return b.segments[0].m != 0 || b.segments[1].m != 0; }

} // namespace

std::optional<Linear> Matcher::parts(const std::vector<Term> &terms, const RescaleClaim &maker,
                                     int64_t element, Taken &taken) const {
  std::vector<const Bend *> tried;
  for (const Term &t : terms) {
    if (!t.bend || !t.bend->part || llvm::any_of(tried, [&](const Bend *b) { return sameBase(*b, *t.bend); }))
      continue;
    tried.push_back(t.bend.get());
    if (auto l = partsOf(*t.bend, terms, maker, element, taken))
      return l;
  }
  for (const Term &t : terms)
    if (t.bend && t.bend->part && t.bend->gated >= 0)
      if (auto l = gatedPart(*t.bend, terms, maker, element, taken))
        return l;
  return std::nullopt;
}

std::optional<Linear> Matcher::partsOf(const Bend &like, const std::vector<Term> &terms,
                                       const RescaleClaim &maker, int64_t element, Taken &taken) const {
  // Parts of one function of one integer: its bends split the range.
  std::set<Integer> bends;
  for (const Term &t : terms)
    if (t.bend && t.bend->part && sameBase(like, *t.bend))
      bends.insert(t.bend->segments[1].lo);
  const std::vector<Term> &base = like.element.terms;
  Whole whole = wholeOf(base);
  auto y = composed(base, whole, maker, element, -1);
  if (!y)
    return std::nullopt;
  std::vector<Integer> starts{whole.lo};
  starts.insert(starts.end(), bends.begin(), bends.end());
  std::vector<Slope> lines;
  std::optional<std::pair<Integer, Integer>> within;
  for (size_t i = 0; i < starts.size(); ++i) {
    Integer end = i + 1 < starts.size() ? Integer(starts[i + 1] - 1) : whole.hi;
    auto l = lineOn(*y, starts[i], end, lines.empty() ? nullptr : &lines.back());
    if (!l)
      return std::nullopt;
    lines.push_back(*l);
    for (const Integer &y : {l->at(starts[i]), l->at(end)})
      within = within ? std::pair{std::min(within->first, y), std::max(within->second, y)} : std::pair{y, y};
  }
  const bool down = falls(like);
  const Slope &level = down ? lines.back() : lines.front();
  Linear r = constantOf(terms.size(), level.q);
  r.within = within;
  Taken used = taken;
  /// Gives the factor to the term that stands for a part; false where there is none and it counts.
  auto give = [&](const Integer &factor, auto is) {
    if (factor == 0)
      return true;
    for (bool again : {false, true})
      for (size_t t = 0; t < terms.size(); ++t)
        if (used[t] == again && r.factor[t] == 0 && is(terms[t])) {
          r.factor[t] = factor;
          used[t] = true;
          return true;
        }
    return false;
  };
  auto isBase = [&](const Term &t) {
    return base.size() == 1 && t.source == base[0].source; // a part's is its own
  };
  bool all = give(level.p, isBase);
  for (size_t i = 1; i < starts.size() && all; ++i) {
    const Slope &a = lines[i - 1], &b = lines[i];
    Integer before = starts[i] - 1;
    auto part = [&](bool run) {
      return [&, run](const Term &t) {
        return t.bend && t.bend->part && t.bend->gated < 0 && t.bend->segments[1].lo == starts[i] &&
               isRun(*t.bend) == run && falls(*t.bend) == down && sameBase(like, *t.bend);
      };
    };
    all &= give(b.p - a.p, part(true));
    all &= give(down ? Integer(a.at(before) - b.at(before)) : Integer(b.at(starts[i]) - a.at(starts[i])),
                part(false));
  }
  if (!all)
    return std::nullopt;
  taken = used;
  return r;
}

std::optional<Linear> Matcher::gatedPart(const Bend &like, const std::vector<Term> &terms,
                                         const RescaleClaim &maker, int64_t element, Taken &taken) const {
  if (maker.accumulators.size() != 2)
    return std::nullopt;
  const std::vector<Term> &base = like.element.terms;
  const std::vector<Term> own{base[static_cast<size_t>(like.gated)]};
  Whole whole = wholeOf(base);
  const Integer &at = like.segments[1].lo;
  for (size_t gate : {1, 0}) {
    // One accumulator is the integer, the other tells whether the sum is past the bend.
    const AccumulatorClaim &a = maker.accumulators[1 - gate], &g = maker.accumulators[gate];
    Item first, second;
    Taken none(1, false);
    std::string why;
    auto integer = items(own, a, itemsAt(a, element, first), none, why);
    llvm::ArrayRef<Item> past = itemsAt(g, element, second);
    const RescaleClaim *teller = integer && past.size() == 1 ? madeBy(g, past[0]) : nullptr;
    if (!teller)
      continue;
    auto y = composed(base, whole, *teller, past[0].element.get_si(), -1);
    if (!y)
      continue;
    Integer below = valueAt(*y, whole.lo), above = valueAt(*y, whole.hi);
    Pieces told;
    if (whole.lo < at)
      told.push_back(Piece::constant(whole.lo, at - 1, below));
    if (at <= whole.hi)
      told.push_back(Piece::constant(std::max(at, whole.lo), whole.hi, above));
    if (difference(*y, told, whole.lo, whole.hi))
      continue;
    auto [lo, hi] = reachOf(*integer, own);
    std::vector<Integer> least{lo, std::min(below, above)}, most{hi, std::max(below, above)},
        mul{integer->factor[0], 0};
    if (gate == 0)
      for (auto *v : {&least, &most, &mul})
        std::swap((*v)[0], (*v)[1]);
    const ChannelClaim &claim = channelAt(maker, element);
    if (auto w = checkReach(maker, claim, least, most)) {
      continue;
    }
    // What it makes of the integer on either side: nothing, and a line.
    auto sideOf = [&](const Integer &gateValue) {
      std::vector<Integer> add{integer->add, gateValue};
      if (gate == 0)
        std::swap(add[0], add[1]);
      return piecesOf(maker, claim, mul, add, own[0].lo, own[0].hi, why);
    };
    auto off = sideOf(below), on = sideOf(above);
    if (!off || !on)
      continue;
    auto nothing = lineOn(*off, own[0].lo, own[0].hi, nullptr),
         line = lineOn(*on, own[0].lo, own[0].hi, nullptr);
    if (!nothing || !line || nothing->p != 0)
      continue;
    Linear r = constantOf(terms.size(), nothing->q);
    Taken used = taken;
    auto give = [&](const Integer &factor, int gated) {
      for (bool again : {false, true})
        for (size_t t = 0; t < terms.size() && factor != 0; ++t) {
          const Bend *b = terms[t].bend.get();
          if (used[t] == again && r.factor[t] == 0 && b && b->part && b->gated == gated &&
              b->segments[1].lo == at && sameBase(like, *b)) {
            r.factor[t] = factor;
            used[t] = true;
            return true;
          }
        }
      return factor == 0;
    };
    if (!give(line->p, like.gated) || !give(line->q - nothing->q, -1))
      continue;
    taken = used;
    return r;
  }
  return std::nullopt;
}

std::optional<Matcher::Made> Matcher::madeOfParts(const Beside &of,
                                                  llvm::ArrayRef<std::vector<Item>> channels) const {
  auto [it, fresh] = knownParts.try_emplace({&of, channels.data()});
  if (!fresh)
    return it->second;
  llvm::SaveAndRestore none(fixed, {}); // whatever the row
  Made made;
  std::pair<Integer, Integer> within;
  // Whether an element is such a sum of the parts, by the factors that are known of others already.
  auto is = [&](const std::vector<Term> &inner, const Item &item) {
    Taken taken(inner.size(), false);
    const RescaleClaim &maker = claims.rescales[static_cast<size_t>(item.source)];
    std::string why;
    auto l = maker.sum ? this->item(inner, maker.accumulators[0], {0, item.element, {}}, taken, why)
                       : parts(inner, maker, item.element.get_si(), taken);
    if (l && maker.sum && !l->within)
      l->within = certificate::reachOf(*l, inner);
    if (!l || l->add != 0 || !l->within)
      return false;
    for (size_t t = 0; t < inner.size(); ++t)
      if (auto known = made.factors.find(inner[t].slot);
          known != made.factors.end() && known->second != l->factor[t])
        return false;
    for (size_t t = 0; t < inner.size(); ++t)
      if (inner[t].slot >= 0)
        made.factors.emplace(inner[t].slot, l->factor[t]);
    within = *l->within;
    return true;
  };
  std::set<Item> read, met;
  for (const std::vector<Item> &items : channels)
    read.insert(items.begin(), items.end());
  auto isMet = [&](const Item &item) {
    return met.count(item) || llvm::any_of(of.elements, [&](const auto &inner) { return is(inner, item); });
  };
  if (llvm::any_of(read, [](const Item &i) { return i.source < 0; }))
    return std::nullopt;
  for (size_t k = 0; k < of.elements.size(); ++k) {
    auto as = llvm::find_if(read, [&](const Item &i) { return is(of.elements[k], i); });
    if (as == read.end())
      return std::nullopt;
    met.insert(*as);
    auto &[lo, hi] = made.reach.try_emplace(of.channels[k], within).first->second;
    lo = std::min(lo, within.first);
    hi = std::max(hi, within.second);
  }
  if (!llvm::all_of(read, isMet))
    return std::nullopt;
  return knownParts[{&of, channels.data()}] = made;
}

std::optional<Linear> Matcher::sumOfParts(const std::vector<Term> &terms, const SourceClaim &s,
                                          const Integer &output, Taken &taken, std::string &why) const {
  if (s.made.empty())
    return std::nullopt;
  for (size_t first = 0; first < terms.size(); ++first) {
    const Term &like = terms[first];
    if (!like.of || derived.sources[like.source].name != s.name)
      continue;
    auto made = madeOfParts(*like.of, channelsOf(s, output));
    if (!made)
      continue;
    Linear r = constantOf(terms.size(), 0);
    Taken used = taken;
    std::map<int, Integer> missing = made->factors;
    bool all = true;
    for (size_t t = first; t < terms.size() && all; ++t) {
      if (terms[t].of != like.of)
        continue;
      Integer factor = made->factors[terms[t].slot];
      missing.erase(terms[t].slot);
      if (factor == 0)
        continue;
      std::optional<std::pair<Integer, Integer>> line;
      const SumInfo *as = nullptr;
      for (const auto &sum : terms[t].sums)
        if (auto one = relate(*sum, s, Lines(), output, why); one && (!line || one->first == 1)) {
          line = one;
          as = sum.get();
        }
      all &= line.has_value();
      if (line) {
        if (!as->known)
          r.within = reachOf(made->reach, *as, line->first, s.zero);
        r.factor[t] = factor * line->first;
        r.add += factor * line->second;
        used[t] = true;
      }
    }
    for (const auto &[slot, factor] : missing)
      all &= factor == 0;
    if (!all)
      continue;
    why.clear();
    taken = used;
    return r;
  }
  return std::nullopt;
}

} // namespace dyadic::certificate
