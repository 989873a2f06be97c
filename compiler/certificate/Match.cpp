// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Accumulators against derived integers: by name, by the sums of their weights, or by what makes them.
#include "compiler/certificate/Match.h"
#include <set>

namespace dyadic::certificate {
namespace {

std::set<std::string> originsOf(const Names &names, const std::vector<std::string> &read) {
  std::set<std::string> r;
  for (const std::string &name : read) {
    const std::set<std::string> &origins = names.of(name);
    r.insert(origins.begin(), origins.end());
  }
  return r;
}

std::string describe(const Derived &derived, const Names &names, const Term &t) {
  const Source &s = derived.sources[t.source];
  std::string text = s.kind == Source::Kind::Sum ? "sums of '" + s.name + "' over" : "codes of";
  for (const std::string &r :
       originsOf(names, s.kind == Source::Kind::Sum || !s.reads.empty() ? s.reads : std::vector{s.name}))
    text += " '" + r + "'";
  return text;
}

bool sameIntegers(const Derived &derived, const Names &names, const Term &t, const AccumulatorClaim &a) {
  const Source &s = derived.sources[t.source];
  if (a.codes != (s.kind != Source::Kind::Sum))
    return false;
  if (a.codes)
    return originsOf(names, s.reads.empty() ? std::vector{s.name} : s.reads).count(a.name) != 0;
  return s.name == a.name &&
         originsOf(names, s.reads) == std::set<std::string>(a.reads.begin(), a.reads.end());
}

/// How the claimed integers follow from the derived ones; `why` where they cannot.
std::optional<std::string> relate(Match &m, const AccumulatorClaim &a, size_t output) {
  if (a.codes || !m.term->sum)
    return std::nullopt;
  const SumInfo &s = *m.term->sum;
  Integer shift = (s.zero - a.zero) * s.weightSum; // sum of w (x - zero) is greater by that much
  if (!a.weights.empty()) {
    int64_t own = a.outputs.empty() ? static_cast<int64_t>(output % a.weights.size())
                                    : a.outputs[output % a.outputs.size()];
    if (own < 0)
      return "weights: the element is filled, the model's is a sum";
    const auto &[absolute, sum] = a.weights[static_cast<size_t>(own)];
    if (s.weightAbs == 0) {
      if (absolute != 0)
        return "weights: the model's are all 0";
      return std::nullopt;
    }
    m.mul = absolute / s.weightAbs;
    if (s.weightSum != 0 && sgn(sum) != sgn(s.weightSum))
      m.mul = -m.mul;
    if (m.mul == 0 || absolute != abs(m.mul) * s.weightAbs || sum != m.mul * s.weightSum)
      return "weights: sums of |w| and w are " + absolute.get_str() + " and " + sum.get_str() +
             ", the model's are multiples of " + s.weightAbs.get_str() + " and " + s.weightSum.get_str();
  }
  if (a.zero != s.zero && s.padded)
    return "zero point: " + a.zero.get_str() + " is read as 0, the model's padding is " +
           std::to_string(s.zero);
  m.add = m.mul * shift;
  if (a.bits < 64) {
    Integer most = s.anyOrder * abs(m.mul) + abs(m.add);
    if (most >= Integer(1) << static_cast<unsigned long>(a.bits - 1))
      return "the accumulator of " + std::to_string(a.bits) + " bits may overflow: sums reach " +
             most.get_str();
  }
  return std::nullopt;
}

bool isBend(const Claims &claims, const Derived &derived, const Names &names, const Term &t,
            const RescaleClaim &reader, size_t c, size_t output, const AccumulatorClaim &a, Match &m);

} // namespace

Fault fault(const llvm::Twine &what) { return {{}, -1, what.str(), {}, {}, {}}; }

/// Where the two differ at an integer that occurs.
std::optional<Integer> differenceOver(const Term &t, const Pieces &f, const Pieces &g) {
  if (!t.sign)
    return difference(f, g, t.lo, t.hi);
  auto low = difference(f, g, t.lo, t.lo);
  return low ? low : difference(f, g, t.hi, t.hi);
}

std::optional<Fault> matchTerms(const Claims &claims, const Derived &derived, const Names &names,
                                const Element &element, const RescaleClaim &rescale, size_t c, size_t output,
                                Terms &r) {
  r.match.resize(rescale.accumulators.size());
  auto same = [&](const Term &t, size_t k) {
    const AccumulatorClaim &a = rescale.accumulators[k];
    return t.bend && a.rescale >= 0 ? isBend(claims, derived, names, t, rescale, c, output, a, r.match[k])
                                    : sameIntegers(derived, names, t, a);
  };
  for (const Term &t : element.terms) {
    size_t k = 0;
    while (k < r.match.size() && (r.match[k].term || !same(t, k)))
      ++k;
    if (k == r.match.size())
      return fault("does not read the " + describe(derived, names, t));
    r.match[k].term = &t;
  }
  for (size_t k = 0; k < r.match.size(); ++k) { // the integers of one activation may lie there twice
    for (const Term &t : element.terms)
      if (!r.match[k].term && t.bend && same(t, k))
        r.match[k].term = &t;
    if (!r.match[k].term)
      return fault("takes " + llvm::Twine(r.match.size()) + " accumulators, the model's function has " +
                   llvm::Twine(element.terms.size()));
  }
  for (size_t t = 0; t < r.match.size(); ++t) {
    Match &m = r.match[t];
    if (auto why = relate(m, rescale.accumulators[t], output))
      return fault(*why);
    Integer x = m.mul * m.term->lo + m.add, y = m.mul * m.term->hi + m.add;
    r.lo.push_back(std::min(x, y));
    r.hi.push_back(std::max(x, y));
    r.mul.push_back(m.mul);
    r.add.push_back(m.add);
  }
  return std::nullopt;
}

/// Ranges as claimed hold what is reachable, and its C stays in its words there.
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

namespace {

/// Whether a rescale without a quantiser makes the integers of an activation, or others from which they
/// follow as `m` says: over all that it reads, each a piece of a line.
bool isBend(const Claims &claims, const Derived &derived, const Names &names, const Term &t,
            const RescaleClaim &reader, size_t c, size_t output, const AccumulatorClaim &a, Match &m) {
  const RescaleClaim &maker = claims.rescales[a.rescale];
  const Bend &bend = *t.bend;
  bool alike = maker.channels.size() == reader.channels.size() && maker.period == reader.period;
  for (size_t channel = 0; channel < maker.channels.size(); ++channel) {
    if (alike && channel != c)
      continue;
    const ChannelClaim &claim = maker.channels[channel];
    Terms terms;
    if (matchTerms(claims, derived, names, bend.element, maker, channel, output, terms) ||
        checkReach(maker, claim, terms.lo, terms.hi))
      continue;
    const Term &base = bend.element.terms[0];
    std::string why;
    auto made = piecesOf(maker, claim, terms.mul, terms.add, base.lo, base.hi, why);
    if (!made)
      continue;
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
      mul = Rational(valueAt(*made, *other) - valueAt(*made, *one), second - first);
    mul.canonicalize();
    Rational add = valueAt(*made, *one) - mul * first;
    if (mul == 0 || mul.get_den() != 1 || add.get_den() != 1)
      continue;
    Pieces exact;
    for (const Segment &s : bend.segments)
      exact.push_back(Piece::line(s.lo, s.hi, s.m * mul / bend.unit, s.c * mul / bend.unit + add));
    if (differenceOver(base, exact, *made))
      continue;
    m.mul = mul.get_num();
    m.add = add.get_num();
    return true;
  }
  return false;
}

} // namespace

} // namespace dyadic::certificate
