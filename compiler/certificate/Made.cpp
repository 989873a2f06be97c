// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integers that rescales without a quantiser make: sums, bent functions, and the largest of several.
#include "compiler/certificate/Match.h"
#include "llvm/Support/SaveAndRestore.h"

namespace dyadic::certificate {
std::optional<Linear> Matcher::made(const std::vector<Term> &terms, const RescaleClaim &maker,
                                    int64_t element, Taken &taken, std::string &why) const {
  if (depth >= deepest)
    return std::nullopt;
  llvm::SaveAndRestore deeper(depth, depth + 1);
  if (auto l = parts(terms, maker, element, taken))
    return l;
  // A sum of several may follow from one of them as well, by chance.
  const bool several = terms.size() > 1 && maker.accumulators.size() > 1;
  if (Taken own = taken; several)
    if (auto l = sumMade(terms, maker, element, own, why)) {
      taken = own;
      return l;
    }
  for (bool again : {false, true})
    for (size_t t = 0; t < terms.size(); ++t)
      if (taken[t] == again && terms[t].bend && !terms[t].bend->part)
        if (auto line = bent(*terms[t].bend, maker, element)) {
          taken[t] = true;
          Linear l = constantOf(terms.size(), line->second);
          l.factor[t] = line->first;
          return l;
        }
  return several ? std::nullopt : sumMade(terms, maker, element, taken, why);
}

std::optional<Linear> Matcher::sumMade(const std::vector<Term> &terms, const RescaleClaim &maker,
                                       int64_t element, Taken &taken, std::string &why) const {
  const ChannelClaim &claim = channelAt(maker, element);
  bool line = claim.form == Form::Dyadic32 || claim.form == Form::Dyadic64 || claim.form == Form::HalfEven;
  if (claim.form != Form::Constant && (!line || claim.n != 0))
    return std::nullopt;
  Linear sum = constantOf(terms.size(), claim.b);
  if (claim.form == Form::Constant)
    return sum;
  std::vector<Integer> lo, hi;
  for (size_t k = 0; k < maker.accumulators.size(); ++k) {
    Item own;
    auto l = items(terms, maker.accumulators[k], itemsAt(maker.accumulators[k], element, own), taken, why);
    if (!l && claim.m[k] == 0) // it counts for nothing
      l = constantOf(terms.size(), claim.range[k].first);
    if (!l)
      return std::nullopt;
    auto [least, most] = reachOf(*l, terms);
    lo.push_back(least);
    hi.push_back(most);
    sum.add += claim.m[k] * l->add;
    for (size_t t = 0; t < terms.size(); ++t)
      sum.factor[t] += claim.m[k] * l->factor[t];
  }
  if (auto wrong = checkReach(maker, claim, lo, hi)) {
    why = wrong->what;
    return std::nullopt;
  }
  auto [least, most] = reachOf(sum, terms);
  if (least < maker.clampMin || most > maker.clampMax) {
    why = "reads a sum that its clamp cuts";
    return std::nullopt;
  }
  return sum;
}

std::optional<std::pair<Integer, Integer>> Matcher::bent(const Bend &bend, const RescaleClaim &maker,
                                                         int64_t element) const {
  Whole whole = wholeOf(bend.element.terms);
  // A bend of a bend is made in two steps.
  auto pieces = composed(bend.element.terms, whole, maker, element, -1);
  if (!pieces)
    return std::nullopt;
  // Two places of different integers tell factor and offset.
  const Integer *one = nullptr, *other = nullptr;
  auto integerAt = [&](const Segment &s, const Integer &x) {
    return Rational((s.m * x + s.c) / bend.unit).get_num();
  };
  Integer first, second;
  for (const Segment &s : bend.segments)
    for (const Integer *x : {&s.lo, &s.hi})
      if (!one)
        one = x, first = integerAt(s, *x);
      else if (!other && integerAt(s, *x) != first)
        other = x, second = integerAt(s, *x);
  Rational mul = 1;
  if (other)
    mul = Rational(valueAt(*pieces, *other) - valueAt(*pieces, *one), second - first);
  mul.canonicalize();
  Rational add = valueAt(*pieces, *one) - mul * first;
  if (mul.get_den() != 1 || add.get_den() != 1)
    return std::nullopt;
  Pieces exact;
  for (const Segment &s : bend.segments)
    exact.push_back(Piece::line(s.lo, s.hi, s.m * mul / bend.unit, s.c * mul / bend.unit + add));
  if (differenceOver(whole, exact, *pieces))
    return std::nullopt;
  return std::pair<Integer, Integer>{mul.get_num(), add.get_num()};
}

std::optional<std::pair<Integer, Integer>> Matcher::largest(const Largest &l, const AccumulatorClaim &a,
                                                            llvm::ArrayRef<Item> all) const {
  // Each claimed integer as one of each choice's terms, where it can be.
  std::string why;
  std::vector<std::vector<std::optional<Linear>>> as(all.size());
  for (size_t i = 0; i < all.size(); ++i)
    for (const Element &e : l.choices) {
      Taken taken(e.terms.size(), false);
      as[i].push_back(item(e.terms, a, all[i], taken, why));
    }
  auto is = [&](size_t i, size_t c, const Rational &mul, const Rational &add) {
    const Element &e = l.choices[c];
    if (!as[i][c] || as[i][c]->add != mul * (e.beta - l.base) / l.unit + add)
      return false;
    for (size_t t = 0; t < e.terms.size(); ++t)
      if (as[i][c]->factor[t] != mul * e.terms[t].alpha / l.unit)
        return false;
    return true;
  };
  auto holds = [&](const Rational &mul, const Rational &add) {
    std::vector<bool> met(l.choices.size(), false);
    for (size_t i = 0; i < all.size(); ++i) {
      bool any = false;
      for (size_t c = 0; c < l.choices.size(); ++c)
        if (is(i, c, mul, add))
          any = met[c] = true;
      if (!any)
        return false;
    }
    return llvm::all_of(met, [](bool b) { return b; });
  };
  for (size_t i = 0; i < all.size(); ++i)
    for (size_t c = 0; c < l.choices.size(); ++c) {
      const Element &e = l.choices[c];
      if (!as[i][c] || e.isConstant() || e.terms[0].alpha == 0)
        continue;
      Rational mul = as[i][c]->factor[0] * l.unit / e.terms[0].alpha;
      Rational add = as[i][c]->add - mul * (e.beta - l.base) / l.unit;
      if (l.isTakenBy(all[0].take == Take::Least ? Rational(-mul) : mul) && all[0].take != Take::Mixed &&
          mul.get_den() == 1 && add.get_den() == 1 && holds(mul, add))
        return std::pair<Integer, Integer>{mul.get_num(), add.get_num()};
    }
  return std::nullopt;
}

} // namespace dyadic::certificate
