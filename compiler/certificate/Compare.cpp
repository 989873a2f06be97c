// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One derived function against one claimed channel.
#include "compiler/certificate/Check.h"
#include <set>

namespace dyadic::certificate {
namespace {

/// Combinations of accumulators that are tried one by one before a sum counts as beyond proof.
constexpr long mostRows = 1 << 16;

Fault fault(const llvm::Twine &what) { return {{}, -1, what.str(), {}, {}, {}}; }

/// A claimed integer is a = mul * A + add of the derived integer A.
struct Match {
  const Term *term = nullptr;
  Integer mul = 1, add;
};

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
    const auto &[absolute, sum] = a.weights[output % a.weights.size()];
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

Fault counterexample(const std::string &accumulator, const Integer &expected, const Integer &claimed) {
  return {{}, -1, "another code", accumulator, expected.get_str(), claimed.get_str()};
}

/// The exact function of s where the sum of terms is unit * s, and the claimed one.
std::optional<Rational> unitOf(const std::vector<Match> &terms) {
  Rational unit;
  for (const Match &m : terms) {
    const Rational &a = m.term->alpha;
    Integer den = lcm(unit.get_den(), a.get_den());
    unit = Rational(
        gcd(Integer(unit.get_num() * (den / unit.get_den())), Integer(a.get_num() * (den / a.get_den()))),
        den);
    unit.canonicalize();
  }
  return unit == 0 ? std::nullopt : std::optional(unit);
}

std::optional<Fault> compareSum(const Quantised::Function &f, const RescaleClaim &rescale,
                                const ChannelClaim &claim, const std::vector<Match> &terms,
                                const Integer &mul, const Integer &add) {
  size_t n = terms.size();
  std::string why;
  auto asCode = [&](const Pieces &y) { return mapTo(y, mul, add); };

  // Where the claimed factors are the exact ones times a constant, both sides are functions of one integer
  // sum.
  auto unit = unitOf(terms);
  auto factors = factorsOf(claim, n);
  if (unit && factors) {
    std::optional<Rational> ratio;
    bool proportional = true;
    Integer offset, lo, hi;
    for (size_t t = 0; t < n; ++t) {
      const Term &term = *terms[t].term;
      Integer factor = (*factors)[t] * terms[t].mul, steps = Rational(term.alpha / *unit).get_num();
      offset += (*factors)[t] * terms[t].add;
      if (steps == 0) {
        proportional &= factor == 0;
        continue;
      }
      Rational k(factor, steps);
      k.canonicalize();
      proportional &= !ratio || *ratio == k;
      ratio = k;
      Integer x = steps * term.lo, y = steps * term.hi;
      lo += std::min(x, y);
      hi += std::max(x, y);
    }
    if (proportional && ratio && ratio->get_den() == 1) {
      Pieces exact = compose(f.quantiser, segmentsOf(lo, hi, *unit, f.element.beta, f.element.posts));
      auto claimed = linePieces(rescale, claim, ratio->get_num(), offset, lo, hi, why);
      if (!claimed)
        return fault(why);
      auto codes = asCode(*claimed);
      if (codes && !difference(exact, *codes, lo, hi))
        return std::nullopt; // a difference may lie at a sum that no accumulators have: look closer
    }
  }

  // Row by row: all but the widest term fixed.
  size_t widest = 0;
  for (size_t t = 1; t < n; ++t)
    if (terms[t].term->hi - terms[t].term->lo > terms[widest].term->hi - terms[widest].term->lo)
      widest = t;
  Integer rows = 1;
  std::vector<Integer> at;
  for (size_t t = 0; t < n; ++t) {
    at.push_back(terms[t].term->lo);
    if (t != widest)
      rows *= terms[t].term->hi - terms[t].term->lo + 1;
  }
  if (rows > mostRows)
    return fault("the sum of " + llvm::Twine(n) +
                 " accumulators is not proven: its factors are not the exact ones and " + rows.get_str() +
                 " combinations are too many to try");
  const Term &wide = *terms[widest].term;
  while (true) {
    Rational beta = f.element.beta;
    std::vector<Integer> scale(n, 0), offset;
    for (size_t t = 0; t < n; ++t) {
      if (t != widest)
        beta += terms[t].term->alpha * at[t];
      offset.push_back(t == widest ? terms[t].add : Integer(terms[t].mul * at[t] + terms[t].add));
    }
    scale[widest] = terms[widest].mul;
    Pieces exact = compose(f.quantiser, segmentsOf(wide.lo, wide.hi, wide.alpha, beta, f.element.posts));
    auto claimed = piecesOf(rescale, claim, scale, offset, wide.lo, wide.hi, why);
    if (!claimed)
      return fault(why);
    auto codes = asCode(*claimed);
    if (!codes)
      return fault("codes are multiplied by " + mul.get_str());
    if (auto x = difference(exact, *codes, wide.lo, wide.hi)) {
      at[widest] = *x;
      std::string place;
      for (size_t t = 0; t < n; ++t)
        place += (t ? ", " : "") + Integer(terms[t].mul * at[t] + terms[t].add).get_str();
      return counterexample(place, valueAt(exact, *x), valueAt(*codes, *x));
    }
    size_t t = 0;
    for (; t < n; ++t) {
      if (t == widest)
        continue;
      if (++at[t] <= terms[t].term->hi)
        break;
      at[t] = terms[t].term->lo;
    }
    if (t == n)
      return std::nullopt;
  }
}

/// The claimed terms of one channel, matched, and what they reach.
struct Terms {
  std::vector<Match> match;
  std::vector<Integer> lo, hi, mul, add;
};

std::optional<Fault> matchTerms(const Derived &derived, const Names &names, const Element &element,
                                const RescaleClaim &rescale, size_t output, Terms &r) {
  r.match.resize(rescale.accumulators.size());
  if (element.terms.size() != r.match.size())
    return fault("takes " + llvm::Twine(r.match.size()) + " accumulators, the model's function has " +
                 llvm::Twine(element.terms.size()));
  for (const Term &t : element.terms) {
    size_t k = 0;
    while (k < r.match.size() &&
           (r.match[k].term || !sameIntegers(derived, names, t, rescale.accumulators[k])))
      ++k;
    if (k == r.match.size())
      return fault("does not read the " + describe(derived, names, t));
    r.match[k].term = &t;
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

/// A sum that was made one integer first, by a rescale without rounding: a = k s + offset of the exact sum s.
std::optional<Fault> compareThroughSum(const Derived &derived, const Names &names,
                                       const Quantised::Function &f, const RescaleClaim &rescale, size_t c,
                                       const RescaleClaim &first, size_t output, const Integer &mul,
                                       const Integer &add) {
  if (first.channels.size() != 1 &&
      (first.channels.size() != rescale.channels.size() || first.period != rescale.period))
    return fault("reads a sum whose channels are others");
  const ChannelClaim &inner = first.channels[first.channels.size() == 1 ? 0 : c];
  Terms terms;
  if (auto wrong = matchTerms(derived, names, f.element, first, output, terms))
    return wrong;
  if (auto wrong = checkReach(first, inner, terms.lo, terms.hi))
    return wrong;
  auto unit = unitOf(terms.match);
  if ((inner.form != Form::Dyadic32 && inner.form != Form::Dyadic64) || inner.n != 0 || !unit)
    return fault("reads a sum that is no plain sum");
  Integer offset = inner.b, lo, hi;
  std::optional<Rational> ratio;
  for (size_t t = 0; t < terms.match.size(); ++t) {
    const Term &term = *terms.match[t].term;
    Integer steps = Rational(term.alpha / *unit).get_num();
    offset += inner.m[t] * terms.add[t];
    Rational k(inner.m[t] * terms.mul[t], steps == 0 ? Integer(1) : steps);
    k.canonicalize();
    if (steps == 0 ? k != 0 : (ratio && *ratio != k) || k == 0 || k.get_den() != 1)
      return fault("reads a sum whose factors are not the exact ones");
    if (steps != 0)
      ratio = k;
    Integer x = steps * term.lo, y = steps * term.hi;
    lo += std::min(x, y);
    hi += std::max(x, y);
  }
  Integer k = ratio->get_num(), x = k * lo + offset, y = k * hi + offset;
  if (std::min(x, y) < first.clampMin || std::max(x, y) > first.clampMax)
    return fault("reads a sum that its clamp cuts");
  const ChannelClaim &claim = rescale.channels[c];
  if (auto wrong = checkReach(rescale, claim, {std::min(x, y)}, {std::max(x, y)}))
    return wrong;
  std::string why;
  Pieces exact = compose(f.quantiser, segmentsOf(lo, hi, *unit, f.element.beta, f.element.posts));
  auto claimed = piecesOf(rescale, claim, {k}, {offset}, lo, hi, why);
  auto codes = claimed ? mapTo(*claimed, mul, add) : std::nullopt;
  if (!codes)
    return fault(why.empty() ? "codes are multiplied by " + mul.get_str() : why);
  if (auto at = difference(exact, *codes, lo, hi))
    return counterexample(Integer(k * *at + offset).get_str(), valueAt(exact, *at), valueAt(*codes, *at));
  return std::nullopt;
}

} // namespace

std::optional<Fault> compareFunction(const Claims &claims, const Derived &derived, const Names &names,
                                     const Quantised::Function &f, const RescaleClaim &rescale, size_t c,
                                     size_t output, const Integer &mul, const Integer &add) {
  const ChannelClaim &claim = rescale.channels[c];
  if (f.element.terms.size() > 1 && rescale.accumulators.size() == 1 && rescale.accumulators[0].rescale >= 0)
    return compareThroughSum(derived, names, f, rescale, c, claims.rescales[rescale.accumulators[0].rescale],
                             output, mul, add);
  Terms terms;
  if (auto wrong = matchTerms(derived, names, f.element, rescale, output, terms))
    return wrong;
  if (auto wrong = checkReach(rescale, claim, terms.lo, terms.hi))
    return wrong;
  if (terms.match.size() != 1)
    return compareSum(f, rescale, claim, terms.match, mul, add);

  const Term &t = *terms.match[0].term;
  std::string why;
  auto claimed = piecesOf(rescale, claim, terms.mul, terms.add, t.lo, t.hi, why);
  if (!claimed)
    return fault(why);
  auto codes = mapTo(*claimed, mul, add);
  if (!codes)
    return fault("codes are multiplied by " + mul.get_str());
  if (auto x = difference(f.pieces, *codes, t.lo, t.hi))
    return counterexample(Integer(terms.mul[0] * *x + terms.add[0]).get_str(), valueAt(f.pieces, *x),
                          valueAt(*codes, *x));
  return std::nullopt;
}

} // namespace dyadic::certificate
