// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights that no kernel takes: sums of their digits, together the model's sum.
#include "compiler/certificate/Digits.h"
#include "compiler/certificate/Match.h"
#include <algorithm>

namespace dyadic::certificate {
namespace {

/// What an accumulator holds that sums one digit of every weight.
struct DigitSum {
  Integer absolute, sum; ///< of the digits
  Integer shift;         ///< what the zero that is read adds
  Integer lo, hi, anyOrder;
};

/// `weights` follow the taps; each meets lines.at(its channel) of the model's integer.
DigitSum digitSumOf(const SumInfo &info, llvm::ArrayRef<Integer> weights, const Lines &lines,
                    const Integer &zero, long from, long to) {
  DigitSum r;
  const WideWeights &wide = *info.wide;
  std::vector<Integer> lo(wide.patterns[0].size()), hi(lo.size()), most(lo.size());
  for (size_t i = 0; i < wide.taps.size(); ++i) {
    const WideWeights::Tap &tap = wide.taps[i];
    const Line &line = lines.at(tap.channel);
    const Integer d = digitOf(weights[i], from, to), beyond = line.mul * info.zero + line.add - zero;
    Integer x = line.mul * tap.lo + beyond, y = line.mul * tap.hi + beyond;
    r.absolute += abs(d);
    r.sum += d;
    r.shift += d * beyond;
    most[tap.place] += abs(d) * std::max(Integer(abs(x)), Integer(abs(y)));
    x *= d;
    y *= d;
    lo[tap.place] += std::min(x, y);
    hi[tap.place] += std::max(x, y);
  }
  const Window window = windowOf(wide, lo, hi, most);
  r.lo = window.lo;
  r.hi = window.hi;
  r.anyOrder = window.anyOrder;
  return r;
}

/// e where a = b * 2^e, -1 where there is none.
long exponentOf(const Integer &a, const Integer &b) {
  if (b == 0 || a % b != 0)
    return -1;
  Integer ratio = a / b;
  if (ratio <= 0 || mpz_popcount(ratio.get_mpz_t()) != 1)
    return -1;
  return static_cast<long>(mpz_sizeinbase(ratio.get_mpz_t(), 2)) - 1;
}

} // namespace

Integer digitOf(const Integer &weight, long from, long to) {
  Integer d = abs(weight) >> static_cast<unsigned long>(from);
  if (to >= 0)
    d %= Integer(1) << static_cast<unsigned long>(to - from);
  return weight < 0 ? Integer(-d) : d;
}

Window windowOf(const WideWeights &wide, llvm::ArrayRef<Integer> lo, llvm::ArrayRef<Integer> hi,
                llvm::ArrayRef<Integer> most) {
  Window r;
  bool first = true;
  for (const std::vector<bool> &inside : wide.patterns) {
    Window own;
    for (size_t k = 0; k < inside.size(); ++k)
      if (inside[k]) {
        own.lo += lo[k];
        own.hi += hi[k];
        own.anyOrder += most[k];
      }
    r.lo = first ? own.lo : std::min(r.lo, own.lo);
    r.hi = first ? own.hi : std::max(r.hi, own.hi);
    r.anyOrder = std::max(r.anyOrder, own.anyOrder);
    first = false;
  }
  return r;
}

std::optional<std::vector<Matcher::Digit>> Matcher::digitsOf(llvm::ArrayRef<Summand> summands) {
  std::vector<Digit> digits;
  for (const Summand &s : summands) {
    if (s.source->weights.empty())
      return std::nullopt;
    const auto &[absolute, own] = s.source->weights[Integer(s.output % s.source->weights.size()).get_ui()];
    if (absolute != 0 || own != 0)
      digits.push_back({&s, absolute, own, 0});
  }
  if (digits.empty())
    return std::nullopt;
  std::sort(digits.begin(), digits.end(),
            [](const Digit &a, const Digit &b) { return abs(a.summand->factor) < abs(b.summand->factor); });
  for (size_t k = 0; k < digits.size(); ++k) {
    digits[k].from = exponentOf(digits[k].summand->factor, digits[0].summand->factor);
    if (digits[k].from < 0 || (k > 0 && digits[k].from <= digits[k - 1].from))
      return std::nullopt;
  }
  return digits;
}

std::optional<Linear> Matcher::digitsTogether(const std::vector<Term> &terms, size_t term,
                                              llvm::ArrayRef<Summand> summands, Reach &reach) const {
  const Term &sum = terms[term];
  const SumInfo *info = nullptr;
  for (const auto &s : sum.sums)
    if (!s->known) {
      if (info)
        return std::nullopt;
      info = s.get();
    }
  if (!info || !info->wide)
    return std::nullopt;

  const auto digits = digitsOf(summands);
  if (!digits)
    return std::nullopt;
  std::optional<Lines> lines;
  Integer claimed;
  for (const Summand &s : summands)
    if (!sameIntegers(sum, *s.source))
      return std::nullopt;
  for (const Digit &d : *digits) {
    auto made = sumsWhatIsMade(sum, *d.summand->source, d.summand->output);
    if (!made || made->constants || (lines && (made->all != lines->all || made->of != lines->of)))
      return std::nullopt;
    lines = std::move(made);
    claimed += d.absolute << static_cast<unsigned long>(d.from);
  }

  // The C's weights are the model's times one factor, of each channel by what is made of its integers.
  Rational absolute;
  for (const WideWeights::Tap &t : info->wide->taps)
    absolute += Rational(abs(t.weight)) / abs(lines->at(t.channel).mul);
  if (absolute == 0)
    return std::nullopt;
  for (int sign : {1, -1}) {
    const Rational times = sign * claimed / absolute;
    std::vector<Integer> weights;
    bool holds = times.get_den() == 1;
    for (const WideWeights::Tap &t : info->wide->taps) {
      // Where one is no integer these are more than what is claimed.
      weights.push_back(Rational(times * t.weight / lines->at(t.channel).mul).get_num());
    }
    Integer shift;
    Reach reached;
    for (size_t k = 0; k < digits->size() && holds; ++k) {
      const SourceClaim &s = *(*digits)[k].summand->source;
      const DigitSum exact = digitSumOf(*info, weights, *lines, s.zero, (*digits)[k].from,
                                        k + 1 < digits->size() ? (*digits)[k + 1].from : -1);
      holds = exact.absolute == (*digits)[k].absolute && exact.sum == (*digits)[k].sum;
      for (const WideWeights::Tap &t : info->wide->taps) { // what lies outside reads as that zero
        const Line &line = lines->at(t.channel);
        holds &= !info->padded || line.mul * info->zero + line.add == s.zero;
      }
      holds &= exact.anyOrder < Integer(1) << static_cast<unsigned long>(s.bits - 1);
      shift += exact.shift << static_cast<unsigned long>((*digits)[k].from);
      reached.try_emplace((*digits)[k].summand->accumulator, exact.lo, exact.hi);
    }
    if (!holds)
      continue;
    for (const Summand &s : summands) // where all of a digit are 0, whatever it counts
      reached.try_emplace(s.accumulator, 0, 0);
    reach.merge(reached);
    const Integer &least = digits->front().summand->factor;
    Linear r = constantOf(terms.size(), least * shift);
    r.factor[term] = least * times.get_num();
    return r;
  }
  return std::nullopt;
}

} // namespace dyadic::certificate
