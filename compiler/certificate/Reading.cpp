// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a rescale makes of what it reads, once that is known as sums of the model's integers.
#include "compiler/certificate/Match.h"

namespace dyadic::certificate {
std::optional<std::pair<Integer, Integer>> along(const Linear &l, const Whole &whole) {
  std::optional<Integer> mul;
  for (size_t t = 0; t < l.factor.size(); ++t) {
    if (whole.steps[t] == 0 ? l.factor[t] != 0 : l.factor[t] % whole.steps[t] != 0)
      return std::nullopt;
    if (whole.steps[t] == 0)
      continue;
    Integer here = l.factor[t] / whole.steps[t];
    if (mul && *mul != here)
      return std::nullopt;
    mul = here;
  }
  return std::pair{mul.value_or(0), l.add};
}

Linear constantOf(size_t terms, const Integer &value) { return {std::vector<Integer>(terms, 0), value}; }

std::pair<Integer, Integer> reachOf(const Linear &l, const std::vector<Term> &terms) {
  Integer lo = l.add, hi = l.add;
  for (size_t t = 0; t < terms.size(); ++t) {
    Integer x = l.factor[t] * terms[t].lo, y = l.factor[t] * terms[t].hi;
    lo += std::min(x, y);
    hi += std::max(x, y);
  }
  return {lo, hi};
}

const ChannelClaim &channelAt(const RescaleClaim &r, int64_t element) {
  return r.channels[static_cast<size_t>(element / r.period) % r.channels.size()];
}

Fault fault(const llvm::Twine &what) { return {{}, -1, what.str(), {}, {}, {}}; }

Whole wholeOf(const std::vector<Term> &terms) {
  if (terms.size() == 1)
    return {terms[0].alpha, {1}, terms[0].lo, terms[0].hi, terms[0].sign};
  Whole w;
  for (const Term &t : terms) {
    Integer den = lcm(w.unit.get_den(), t.alpha.get_den());
    w.unit = Rational(gcd(Integer(w.unit.get_num() * (den / w.unit.get_den())),
                          Integer(t.alpha.get_num() * (den / t.alpha.get_den()))),
                      den);
    w.unit.canonicalize();
  }
  for (const Term &t : terms) {
    w.steps.push_back(w.unit == 0 ? Integer(0) : Integer(Rational(t.alpha / w.unit).get_num()));
    Integer x = w.steps.back() * t.lo, y = w.steps.back() * t.hi;
    w.lo += std::min(x, y);
    w.hi += std::max(x, y);
  }
  return w;
}

std::optional<Integer> differenceOver(const Whole &whole, const Pieces &f, const Pieces &g) {
  if (!whole.sign)
    return difference(f, g, whole.lo, whole.hi);
  auto low = difference(f, g, whole.lo, whole.lo);
  return low ? low : difference(f, g, whole.hi, whole.hi);
}

std::optional<Fault> checkReach(const RescaleClaim &rescale, const ChannelClaim &claim,
                                const std::vector<Integer> &lo, const std::vector<Integer> &hi) {
  for (size_t t = 0; t < lo.size(); ++t) {
    const auto &range = claim.range[t];
    if (range.first > lo[t] || range.second < hi[t])
      return fault("range: [" + range.first.get_str() + ", " + range.second.get_str() + "] is claimed, [" +
                   lo[t].get_str() + ", " + hi[t].get_str() + "] is reachable");
  }
  if (auto why = overflowOf(rescale, claim, lo, hi))
    return fault(*why);
  return std::nullopt;
}

std::optional<Pieces> piecesAlong(const RescaleClaim &rescale, const ChannelClaim &claim,
                                  const Reading &reading, const Whole &whole, std::string &why) {
  std::vector<Integer> mul, add;
  for (const Linear &l : reading.terms)
    if (auto line = along(l, whole)) {
      mul.push_back(line->first);
      add.push_back(line->second);
    }
  if (mul.size() == reading.terms.size())
    return piecesOf(rescale, claim, mul, add, whole.lo, whole.hi, why);
  // Several that together follow from s.
  auto factors = factorsOf(claim, reading.terms.size());
  if (!factors)
    return std::nullopt;
  Linear sum = constantOf(whole.steps.size(), 0);
  for (size_t t = 0; t < reading.terms.size(); ++t) {
    sum.add += (*factors)[t] * reading.terms[t].add;
    for (size_t k = 0; k < sum.factor.size(); ++k)
      sum.factor[k] += (*factors)[t] * reading.terms[t].factor[k];
  }
  auto line = along(sum, whole);
  return line ? linePieces(rescale, claim, line->first, line->second, whole.lo, whole.hi, why) : std::nullopt;
}

} // namespace dyadic::certificate
