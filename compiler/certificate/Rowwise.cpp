// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of several integers as functions of the widest, one for each row of the others' values.
#include "compiler/certificate/Match.h"
#include "llvm/Support/SaveAndRestore.h"

namespace dyadic::certificate {
namespace {

/// A function of step * x + offset as one of x in [lo, hi].
std::vector<Segment> along(const std::vector<Segment> &f, const Integer &step, const Integer &offset,
                           const Integer &lo, const Integer &hi) {
  std::vector<Segment> r;
  for (const Segment &s : f) {
    Rational from = Rational(s.lo - offset) / step, to = Rational(s.hi - offset) / step;
    if (step < 0)
      std::swap(from, to);
    Segment own{std::max(model::ceilOf(from), lo), std::min(model::floorOf(to), hi), s.m * step,
                s.m * offset + s.c};
    if (own.lo <= own.hi)
      r.push_back(std::move(own));
  }
  if (step < 0)
    std::reverse(r.begin(), r.end());
  return r;
}

} // namespace

bool Matcher::eachRow(
    const std::vector<Term> &base, const std::vector<Segment> &segments,
    llvm::function_ref<bool(const std::vector<Term> &, const std::vector<Segment> &)> holds) const {
  constexpr long mostRows = 1 << 10;
  Whole whole = wholeOf(base);
  size_t widest = 0;
  for (size_t t = 1; t < base.size(); ++t)
    if (base[t].hi - base[t].lo > base[widest].hi - base[widest].lo)
      widest = t;
  Integer rows = 1;
  std::vector<std::pair<Term, Integer>> others;
  for (size_t t = 0; t < base.size(); ++t)
    if (t != widest) {
      rows *= base[t].hi - base[t].lo + 1;
      others.emplace_back(base[t], base[t].lo);
    }
  if (rows > mostRows || whole.steps[widest] == 0)
    return false;
  llvm::SaveAndRestore restore(fixed, others);
  while (true) {
    Integer offset = 0;
    for (size_t t = 0, k = 0; t < base.size(); ++t)
      if (t != widest)
        offset += whole.steps[t] * fixed[k++].second;
    const Term &own = base[widest];
    if (!holds({own}, along(segments, whole.steps[widest], offset, own.lo, own.hi)))
      return false;
    size_t k = 0;
    for (; k < fixed.size(); ++k) {
      fixed[k].second += fixed[k].first.sign ? 2 : 1;
      if (fixed[k].second <= fixed[k].first.hi)
        break;
      fixed[k].second = fixed[k].first.lo;
    }
    if (k == fixed.size())
      return true;
  }
}

std::optional<Linear> Matcher::fixedItem(size_t terms, const AccumulatorClaim &a, const Item &i) const {
  auto all = fixed;
  llvm::SaveAndRestore none(fixed, {});
  for (const auto &[term, value] : all) {
    if (auto l = item({term}, a, i))
      return constantOf(terms, l->factor[0] * value + l->add);
  }
  return std::nullopt;
}

} // namespace dyadic::certificate
