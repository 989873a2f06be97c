// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What rescales that read rescales make of one integer, as one function of it.
#include "compiler/certificate/Match.h"
#include "llvm/Support/SaveAndRestore.h"

namespace dyadic::certificate {
namespace {

constexpr long mostValues = 1 << 16; ///< that are looked at one by one

/// What a rescale makes of integers that were rounded: value by value, where there are few.
std::optional<Pieces> afterRounding(const Pieces &inner, const RescaleClaim &rescale,
                                    const ChannelClaim &claim) {
  auto [least, most] = reachOf(inner);
  std::string why;
  auto outer =
      most - least > mostValues ? std::nullopt : piecesOf(rescale, claim, {1}, {0}, least, most, why);
  if (!outer)
    return std::nullopt;
  Pieces r;
  for (const Piece &p : inner)
    for (Piece &run : runsOf(p.lo, p.hi, [&](const Integer &x) { return valueAt(*outer, p.at(x)); }))
      r.push_back(std::move(run));
  return r;
}

/// Of integers that are lines from bend to bend.
std::optional<Pieces> afterLines(const std::vector<Pieces> &inner, const Whole &whole,
                                 const RescaleClaim &rescale, const ChannelClaim &claim) {
  Pieces r;
  std::string why;
  std::vector<size_t> at(inner.size(), 0);
  for (Integer lo = whole.lo; lo <= whole.hi;) {
    Integer hi = whole.hi;
    std::vector<Integer> mul, add;
    for (size_t k = 0; k < inner.size(); ++k) {
      while (inner[k][at[k]].hi < lo)
        ++at[k];
      const Piece &p = inner[k][at[k]];
      mul.push_back(p.p == 0 ? Integer(0) : p.p);
      add.push_back(p.p == 0 ? p.at(p.lo) : p.q);
      hi = std::min(hi, p.hi);
    }
    auto part = piecesOf(rescale, claim, mul, add, lo, hi, why);
    if (!part)
      return std::nullopt;
    r.insert(r.end(), part->begin(), part->end());
    lo = hi + 1;
  }
  return r;
}

} // namespace

std::pair<Integer, Integer> reachOf(const Pieces &f) {
  Integer least = f.front().at(f.front().lo), most = least;
  for (const Piece &p : f)
    for (const Integer &x : {p.at(p.lo), p.at(p.hi)}) { // each is monotone
      least = std::min(least, x);
      most = std::max(most, x);
    }
  return {least, most};
}

bool isLine(const Piece &p) { return p.p == 0 || (p.d == 1 && p.hit == Hit::Stay); }

Pieces runsWhereFew(const Pieces &f) {
  constexpr long mostRuns = 256;
  Pieces r;
  for (const Piece &p : f)
    if (isLine(p) || abs(Integer(p.at(p.hi) - p.at(p.lo))) > mostRuns)
      r.push_back(p);
    else
      for (Piece &run : runsOf(p.lo, p.hi, [&](const Integer &x) { return p.at(x); }))
        r.push_back(std::move(run));
  return r;
}

std::optional<Pieces> Matcher::alongOf(const std::vector<Term> &terms, const Whole &whole,
                                       const AccumulatorClaim &a, llvm::ArrayRef<Item> all) const {
  if (all.size() != 1)
    return std::nullopt;
  if (const RescaleClaim *maker = madeBy(a, all[0]))
    return composed(terms, whole, *maker, all[0].element.get_si(), -1);
  auto l = item(terms, a, all[0]);
  auto line = l ? along(*l, whole) : std::nullopt;
  if (!line)
    return std::nullopt;
  return Pieces{{whole.lo, whole.hi, line->first, line->second, 1, Hit::Stay}};
}

std::optional<Pieces> Matcher::composed(const std::vector<Term> &terms, const Whole &whole,
                                        const RescaleClaim &rescale, int64_t element, int64_t variant) const {
  const ChannelClaim &claim = channelAt(rescale, element);
  std::string why;
  Reading reading;
  if (!read(terms, rescale, element, variant, reading))
    if (auto pieces = checkReach(rescale, claim, reading.lo, reading.hi)
                          ? std::nullopt
                          : piecesAlong(rescale, claim, reading, whole, why))
      return pieces;
  if (depth >= deepest)
    return std::nullopt;
  llvm::SaveAndRestore deeper(depth, depth + 1);
  std::vector<Pieces> inner;
  std::vector<Integer> lo, hi;
  bool lines = true;
  for (const AccumulatorClaim &a : rescale.accumulators) {
    Item own;
    llvm::ArrayRef<Item> what = itemsAt(a, element, own);
    if (variant >= 0)
      what = what.slice(static_cast<size_t>(variant), 1);
    auto pieces = alongOf(terms, whole, a, what);
    if (!pieces)
      return std::nullopt;
    auto [least, most] = reachOf(*pieces);
    lo.push_back(least);
    hi.push_back(most);
    inner.push_back(runsWhereFew(*pieces));
    lines &= llvm::all_of(inner.back(), isLine);
  }
  if (checkReach(rescale, claim, lo, hi))
    return std::nullopt;
  if (lines)
    return afterLines(inner, whole, rescale, claim);
  return inner.size() == 1 ? afterRounding(inner[0], rescale, claim) : std::nullopt;
}

} // namespace dyadic::certificate
