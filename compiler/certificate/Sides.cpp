// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rescales that let integers pass on one side of a bend of their sum: linear forms from bend to bend.
#include "compiler/certificate/Match.h"
#include "llvm/Support/SaveAndRestore.h"

namespace dyadic::certificate {

std::pair<Integer, Integer> reachOf(const Sides &sides, const std::vector<Term> &terms) {
  std::optional<std::pair<Integer, Integer>> all;
  for (const Side &s : sides) {
    auto own = reachOf(s.line, terms);
    if (terms.size() == 1) { // no further than to the bends
      Integer x = s.line.factor[0] * s.lo + s.line.add, y = s.line.factor[0] * s.hi + s.line.add;
      own = {std::min(x, y), std::max(x, y)};
    }
    all = all ? std::pair{std::min(all->first, own.first), std::max(all->second, own.second)} : own;
  }
  return *all;
}

Sides sumOf(llvm::ArrayRef<Sides> all, llvm::ArrayRef<Integer> factors, const Integer &add,
            const Whole &whole) {
  Sides r;
  std::vector<size_t> at(all.size(), 0);
  for (Integer lo = whole.lo; lo <= whole.hi;) {
    Side sum{lo, whole.hi, constantOf(whole.steps.size(), add)};
    for (size_t k = 0; k < all.size(); ++k) {
      while (all[k][at[k]].hi < lo)
        ++at[k];
      const Side &s = all[k][at[k]];
      sum.hi = std::min(sum.hi, s.hi);
      sum.line.add += factors[k] * s.line.add;
      for (size_t t = 0; t < whole.steps.size(); ++t)
        sum.line.factor[t] += factors[k] * s.line.factor[t];
    }
    lo = sum.hi + 1;
    r.push_back(std::move(sum));
  }
  return r;
}

std::optional<Sides> Matcher::sidesOf(const std::vector<Term> &terms, const Whole &whole,
                                      const AccumulatorClaim &a, llvm::ArrayRef<Item> all) const {
  if (all.size() != 1)
    return std::nullopt;
  if (const RescaleClaim *maker = madeBy(a, all[0]))
    return sidesMade(terms, whole, *maker, all[0].element.get_si());
  auto l = item(terms, a, all[0]);
  return l ? std::optional(Sides{{whole.lo, whole.hi, std::move(*l)}}) : std::nullopt;
}

std::optional<Sides> Matcher::sidesMade(const std::vector<Term> &terms, const Whole &whole,
                                        const RescaleClaim &maker, int64_t element) const {
  Sides r;
  if (auto pieces = composed(terms, whole, maker, element, -1)) {
    for (const Piece &p : runsWhereFew(*pieces)) {
      if (p.p != 0 && (p.d != 1 || p.hit != Hit::Stay))
        return std::nullopt;
      Side s{p.lo, p.hi, constantOf(terms.size(), p.p == 0 ? p.at(p.lo) : p.q)};
      for (size_t t = 0; t < terms.size() && p.p != 0; ++t)
        s.line.factor[t] = p.p * whole.steps[t];
      r.push_back(std::move(s));
    }
    return r;
  }
  const ChannelClaim &claim = channelAt(maker, element);
  bool line = claim.form == Form::Dyadic32 || claim.form == Form::Dyadic64 || claim.form == Form::HalfEven;
  if (!line || claim.n != 0 || depth >= deepest)
    return std::nullopt;
  llvm::SaveAndRestore deeper(depth, depth + 1);
  std::vector<Sides> inner;
  std::vector<Integer> lo, hi;
  for (const AccumulatorClaim &a : maker.accumulators) {
    Item own;
    auto sides = sidesOf(terms, whole, a, itemsAt(a, element, own));
    if (!sides)
      return std::nullopt;
    auto [least, most] = reachOf(*sides, terms);
    lo.push_back(least);
    hi.push_back(most);
    inner.push_back(std::move(*sides));
  }
  if (checkReach(maker, claim, lo, hi))
    return std::nullopt;
  r = sumOf(inner, claim.m, claim.b, whole);
  for (Side &s : r) { // the clamp cuts all of a side, or nothing
    auto [least, most] = reachOf({s}, terms);
    if (most <= maker.clampMin || least >= maker.clampMax)
      s.line = constantOf(terms.size(), most <= maker.clampMin ? maker.clampMin : maker.clampMax);
    else if (least < maker.clampMin || most > maker.clampMax)
      return std::nullopt;
  }
  return r;
}

} // namespace dyadic::certificate
