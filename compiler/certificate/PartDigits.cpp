// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums over an activation that is kept as several integers, by weights that may be too wide for one sum.
#include "compiler/certificate/Digits.h"
#include "compiler/certificate/Match.h"

namespace dyadic::certificate {
namespace {

/// A weight of the window: its place in it, and the channel.
using At = std::pair<uint32_t, int64_t>;

/// What the C's weights are multiples of: of each part the model's weight, by what C's integer holds of it.
/// None where parts tell different ones.
std::optional<std::map<At, Rational>> ratiosOf(const std::vector<Term> &terms, const Beside &of,
                                               const std::map<int, Integer> &factors,
                                               std::shared_ptr<const WideWeights> &window) {
  std::map<At, Rational> ratios;
  for (const Term &t : terms) {
    auto factor = t.of.get() == &of ? factors.find(t.slot) : factors.end();
    if (factor == factors.end() || factor->second == 0)
      continue;
    const auto exact = llvm::find_if(t.sums, [](const auto &s) { return !s->known; });
    if (exact == t.sums.end() || !(*exact)->wide || (*exact)->zero != 0)
      return std::nullopt;
    window = (*exact)->wide;
    for (const WideWeights::Tap &tap : window->taps) {
      const Rational ratio = t.alpha * tap.weight / factor->second;
      if (ratios.try_emplace({tap.place, tap.channel}, ratio).first->second != ratio)
        return std::nullopt;
    }
  }
  return ratios;
}

} // namespace

std::optional<Linear> Matcher::partsTogether(const std::vector<Term> &terms, const Beside &of,
                                             const Made &made, llvm::ArrayRef<Summand> summands,
                                             Reach &reach) const {
  std::shared_ptr<const WideWeights> window;
  const auto ratios = ratiosOf(terms, of, made.factors, window);
  if (!ratios || !window)
    return std::nullopt;
  for (const auto &[slot, factor] : made.factors) // whatever is read is summed in the model
    if (factor != 0 &&
        llvm::none_of(terms, [&, slot = slot](const Term &t) { return t.of.get() == &of && t.slot == slot; }))
      return std::nullopt;
  Rational absolute;
  for (const auto &[at, ratio] : *ratios)
    absolute += abs(ratio);
  const auto digits = digitsOf(summands);
  if (!digits || absolute == 0)
    return std::nullopt;
  Integer claimed;
  for (const Digit &d : *digits)
    claimed += d.absolute << static_cast<unsigned long>(d.from);
  for (int sign : {1, -1}) {
    const Rational times = sign * claimed / absolute;
    bool holds = true;
    Reach reached;
    for (size_t k = 0; k < digits->size() && holds; ++k) {
      const Digit &d = (*digits)[k];
      const SourceClaim &s = *d.summand->source;
      const size_t places = window->patterns[0].size();
      std::vector<Integer> lo(places), hi(places), most(places);
      Integer ownAbsolute, own;
      for (const auto &[at, ratio] : *ratios) {
        const Rational weight = times * ratio;
        auto of = made.reach.find(at.second);
        holds &= weight.get_den() == 1 && of != made.reach.end();
        if (!holds)
          break;
        const Integer digit =
            digitOf(weight.get_num(), d.from, k + 1 < digits->size() ? (*digits)[k + 1].from : -1);
        ownAbsolute += abs(digit);
        own += digit;
        const Integer x = digit * of->second.first, y = digit * of->second.second;
        lo[at.first] += std::min(x, y);
        hi[at.first] += std::max(x, y);
        most[at.first] += std::max(Integer(abs(x)), Integer(abs(y)));
      }
      const Window sum = windowOf(*window, lo, hi, most);
      holds &= ownAbsolute == d.absolute && own == d.sum && s.zero == 0 &&
               sum.anyOrder < Integer(1) << static_cast<unsigned long>(s.bits - 1);
      reached.try_emplace(d.summand->accumulator, sum.lo, sum.hi);
    }
    const Rational factor = times * digits->front().summand->factor;
    Linear r = constantOf(terms.size(), 0);
    for (size_t t = 0; t < terms.size(); ++t) {
      auto part = terms[t].of.get() == &of ? made.factors.find(terms[t].slot) : made.factors.end();
      if (part == made.factors.end() || part->second == 0)
        continue;
      const Rational own = factor * terms[t].alpha;
      holds &= own.get_den() == 1;
      r.factor[t] = own.get_num();
    }
    if (!holds)
      continue;
    for (const Summand &s : summands) // where all of a digit are 0
      reached.try_emplace(s.accumulator, 0, 0);
    reach.merge(reached);
    return r;
  }
  return std::nullopt;
}

} // namespace dyadic::certificate
