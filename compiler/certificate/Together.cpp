// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Several sums of one operator that together are the model's: of integers, and of what lies past their bends.
#include "compiler/certificate/Match.h"

namespace dyadic::certificate {
namespace {

/// A line through points, if there is one.
class Fit {
public:
  void meet(const Rational &x, const Rational &y) {
    if (points.empty() || (points.size() == 1 && x != points[0].first))
      points.emplace_back(x, y);
    holds &= points.size() == 1 ? points[0] == std::pair{x, y} || x != points[0].first : isOn(x, y);
  }
  std::optional<Line> line() const {
    Rational mul = slope(),
             add = points.empty() ? Rational(0) : Rational(points[0].second - mul * points[0].first);
    if (!holds || mul.get_den() != 1 || add.get_den() != 1)
      return std::nullopt;
    return Line{mul.get_num(), add.get_num()};
  }

private:
  Rational slope() const {
    if (points.size() < 2)
      return 1;
    return (points[1].second - points[0].second) / (points[1].first - points[0].first);
  }
  bool isOn(const Rational &x, const Rational &y) const {
    return y - points[0].second == slope() * (x - points[0].first);
  }
  std::vector<std::pair<Rational, Rational>> points;
  bool holds = true;
};

/// The sum of factor * f, plus add, of functions that are lines from bend to bend.
Pieces sumOf(llvm::ArrayRef<Pieces> all, llvm::ArrayRef<Integer> factors, const Integer &add,
             const Whole &whole) {
  Pieces r;
  std::vector<size_t> at(all.size(), 0);
  for (Integer lo = whole.lo; lo <= whole.hi; lo = r.back().hi + 1) {
    Piece sum{lo, whole.hi, 0, add, 1, Hit::Stay};
    for (size_t k = 0; k < all.size(); ++k) {
      while (all[k][at[k]].hi < lo)
        ++at[k];
      const Piece &own = all[k][at[k]];
      sum.hi = std::min(sum.hi, own.hi);
      sum.p += factors[k] * own.p;
      sum.q += factors[k] * (own.p == 0 ? own.at(own.lo) : own.q);
    }
    r.push_back(std::move(sum));
  }
  return r;
}

/// The ends of everything that is a line tell all.
void meet(Fit &fit, const Pieces &made, const std::vector<Segment> &exact, const Rational &unit) {
  for (size_t i = 0, j = 0; i < made.size() && j < exact.size();) {
    const Piece &own = made[i];
    const Segment &e = exact[j];
    const Integer lo = std::max(own.lo, e.lo), hi = std::min(own.hi, e.hi);
    for (const Integer &x : {lo, hi})
      fit.meet((e.m * x + e.c) / unit, own.at(x));
    i += own.hi == hi;
    j += e.hi == hi;
  }
}

} // namespace

std::optional<Pieces> Matcher::linesSummed(const std::vector<Term> &terms, const Whole &whole,
                                           const SourceClaim &s, const Integer &output,
                                           const Integer &element) const {
  if (!s.channels.empty()) {
    llvm::ArrayRef<std::vector<Item>> read = channelsOf(s, output);
    if (read.size() != 1 || read[0].size() != 1 || read[0][0].source < 0)
      return std::nullopt;
    auto made = composed(terms, whole, claims.rescales[static_cast<size_t>(read[0][0].source)],
                         read[0][0].element.get_si(), -1);
    if (made)
      made = runsWhereFew(*made);
    return made && llvm::all_of(*made, isLine) ? made : std::nullopt;
  }
  // As they are: of sums, what others that read them tell of their weights.
  for (const RescaleClaim &r : claims.rescales)
    for (const AccumulatorClaim &a : r.accumulators)
      for (size_t k = 0; k < a.sources.size(); ++k) {
        const SourceClaim &own = a.sources[k];
        if (!llvm::is_contained(s.reads, own.name) || madeBy(own))
          continue;
        if (auto l = item(terms, a, {static_cast<int64_t>(k), element, {}}))
          if (auto line = along(*l, whole))
            return Pieces{{whole.lo, whole.hi, line->first, line->second, 1, Hit::Stay}};
      }
  return std::nullopt;
}

std::optional<Linear> Matcher::sumsTogether(const std::vector<Term> &terms, size_t term,
                                            llvm::ArrayRef<Summand> summands, Reach &reach) const {
  const Term &sum = terms[term];
  const SumInfo *info = nullptr;
  for (const auto &s : sum.sums)
    if (!s->known) {
      if (info && (info->weightAbs != s->weightAbs || info->weightSum != s->weightSum))
        return std::nullopt;
      info = s.get();
    }
  if (!info || sum.over->constants || info->channels.size() != 1 || info->padded ||
      info->weightAbs != info->weightSum)
    return std::nullopt;
  // Of one channel, without weights: what is summed once is so in every sum.
  Integer element = 0, zero = 0;
  std::vector<Integer> factors;
  for (const Summand &s : summands) {
    if (!s.source->weights.empty())
      return std::nullopt;
    if (auto read = channelsOf(*s.source, s.output); read.size() == 1 && read[0].size() == 1)
      element = read[0][0].element;
    zero += s.factor * s.source->zero;
    factors.push_back(s.factor);
  }
  Fit fit;
  auto meets = [&](const std::vector<Term> &base, const std::vector<Segment> &exact, const Rational &unit) {
    Whole whole = wholeOf(base);
    std::vector<Pieces> made;
    for (const Summand &s : summands) {
      auto lines = linesSummed(base, whole, *s.source, s.output, element);
      if (!lines)
        return false;
      auto [lo, hi] = certificate::reachOf(*lines);
      auto [it, fresh] = reach.try_emplace(s.accumulator, lo, hi);
      it->second = {std::min(it->second.first, lo), std::max(it->second.second, hi)};
      made.push_back(std::move(*lines));
    }
    meet(fit, sumOf(made, factors, -zero, whole), exact, unit);
    return true;
  };
  for (size_t i = 0; i < sum.over->integers.size(); ++i)
    if (const Term &t = sum.over->integers[i]; sum.over->channel[i] == info->channels[0].channel)
      if (!t.bend || t.bend->part ||
          !eachRow(t.bend->element.terms, t.bend->segments,
                   [&](const auto &base, const auto &exact) { return meets(base, exact, t.bend->unit); }))
        return std::nullopt;
  for (const Summand &s : summands) {
    auto &[lo, hi] = reach[s.accumulator];
    lo = (lo - s.source->zero) * info->weightAbs;
    hi = (hi - s.source->zero) * info->weightAbs;
    Integer most = std::max(Integer(abs(lo)), Integer(abs(hi)));
    if (most >= Integer(1) << static_cast<unsigned long>(s.source->bits - 1))
      return std::nullopt;
  }
  auto line = fit.line();
  if (!line)
    return std::nullopt;
  Linear r = constantOf(terms.size(), (line->add + line->mul * info->zero) * info->weightAbs);
  r.factor[term] = line->mul;
  return r;
}

std::optional<Pieces> Matcher::together(const std::vector<Term> &terms, const Whole &whole,
                                        const RescaleClaim &rescale, int64_t element) const {
  const ChannelClaim &claim = channelAt(rescale, element);
  auto factors = factorsOf(claim, rescale.accumulators.size());
  if (!factors)
    return std::nullopt;
  Linear total = constantOf(terms.size(), 0);
  auto add = [&](const Linear &l, const Integer &factor) {
    total.add += factor * l.add;
    for (size_t t = 0; t < terms.size(); ++t)
      total.factor[t] += factor * l.factor[t];
  };
  std::map<size_t, std::vector<Summand>> summands; // by term
  struct OfParts {
    const Beside *of;
    Made made;
    std::vector<Summand> summands;
  };
  std::vector<OfParts> ofParts; // of parts of an activation, by what is made of them
  auto takeOfParts = [&](const Term &like, const Summand &summand) {
    auto made = madeOfParts(*like.of, channelsOf(*summand.source, summand.output));
    if (!made)
      return false;
    auto known = llvm::find_if(ofParts, [&](const OfParts &o) {
      return o.of == like.of.get() && o.made.factors == made->factors && o.made.reach == made->reach;
    });
    if (known == ofParts.end())
      known = ofParts.insert(known, {like.of.get(), *made, {}});
    known->summands.push_back(summand);
    return true;
  };
  Reach reach;
  Taken taken(terms.size(), false);
  std::string why;
  auto alone = [&](size_t k) {
    Item own;
    const AccumulatorClaim &a = rescale.accumulators[k];
    auto l = items(terms, a, itemsAt(a, element, own), taken, why);
    if (!l)
      return false;
    auto [lo, hi] = certificate::reachOf(*l, terms);
    if (l->within) {
      lo = std::max(lo, l->within->first);
      hi = std::min(hi, l->within->second);
    }
    reach.try_emplace(k, lo, hi);
    add(*l, (*factors)[k]);
    return true;
  };
  for (size_t k = 0; k < rescale.accumulators.size(); ++k) {
    const AccumulatorClaim &a = rescale.accumulators[k];
    Item own;
    llvm::ArrayRef<Item> what = itemsAt(a, element, own);
    const SourceClaim *s =
        what.size() == 1 && what[0].source >= 0 ? &a.sources[static_cast<size_t>(what[0].source)] : nullptr;
    size_t t = 0;
    while (s && t < terms.size() &&
           (s->codes || (!terms[t].over && !terms[t].of) || derived.sources[terms[t].source].name != s->name))
      ++t;
    if (s && t < terms.size() && terms[t].of) {
      if (!takeOfParts(terms[t], {k, s, what[0].element, (*factors)[k]}))
        return std::nullopt;
      continue;
    }
    if (s && t < terms.size()) {
      summands[t].push_back({k, s, what[0].element, (*factors)[k]});
      continue;
    }
    if (!alone(k))
      return std::nullopt;
  }
  for (const auto &[t, all] : summands) {
    auto l = digitsTogether(terms, t, all, reach);
    if (!l)
      l = sumsTogether(terms, t, all, reach);
    if (!l)
      return std::nullopt;
    add(*l, 1);
  }
  for (const OfParts &o : ofParts)
    if (auto l = partsTogether(terms, *o.of, o.made, o.summands, reach))
      add(*l, 1);
    else if (o.summands.size() != 1 || !alone(o.summands[0].accumulator))
      return std::nullopt;
  std::vector<Integer> lo, hi;
  for (const auto &[k, ends] : reach) {
    lo.push_back(ends.first);
    hi.push_back(ends.second);
  }
  auto line = along(total, whole);
  if (!line || checkReach(rescale, claim, lo, hi))
    return std::nullopt;
  return linePieces(rescale, claim, line->first, line->second, whole.lo, whole.hi, why);
}

} // namespace dyadic::certificate
