// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One derived function against one claimed channel.
#include "compiler/certificate/Match.h"

namespace dyadic::certificate {
namespace {

/// Combinations of accumulators that are tried one by one before a sum counts as beyond proof.
constexpr long mostRows = 1 << 16;

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

/// The integers that a sum is of; several accumulators may hold one.
std::vector<const Term *> integersOf(const std::vector<Match> &terms) {
  std::vector<const Term *> r;
  for (const Match &m : terms)
    if (!llvm::is_contained(r, m.term))
      r.push_back(m.term);
  return r;
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
    for (size_t t = 0; t < n; ++t)
      offset += (*factors)[t] * terms[t].add;
    for (const Term *distinct : integersOf(terms)) {
      const Term &term = *distinct;
      Integer factor, steps = Rational(term.alpha / *unit).get_num();
      for (size_t t = 0; t < n; ++t)
        if (terms[t].term == distinct)
          factor += (*factors)[t] * terms[t].mul;
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

  // Row by row: all but the widest integer fixed.
  std::vector<const Term *> integers = integersOf(terms);
  size_t widest = 0, count = integers.size();
  for (size_t k = 1; k < count; ++k)
    if (integers[k]->hi - integers[k]->lo > integers[widest]->hi - integers[widest]->lo)
      widest = k;
  Integer rows = 1;
  std::vector<Integer> at;
  for (size_t k = 0; k < count; ++k) {
    at.push_back(integers[k]->lo);
    if (k != widest)
      rows *= integers[k]->hi - integers[k]->lo + 1;
  }
  if (rows > mostRows)
    return fault("the sum of " + llvm::Twine(n) +
                 " accumulators is not proven: its factors are not the exact ones and " + rows.get_str() +
                 " combinations are too many to try");
  const Term &wide = *integers[widest];
  while (true) {
    Rational beta = f.element.beta;
    std::vector<Integer> scale(n, 0), offset;
    for (size_t k = 0; k < count; ++k)
      if (k != widest)
        beta += integers[k]->alpha * at[k];
    auto valueOf = [&](const Match &m) { // of an accumulator
      size_t k = llvm::find(integers, m.term) - integers.begin();
      return Integer(m.mul * at[k] + m.add);
    };
    for (size_t t = 0; t < n; ++t) {
      bool varies = terms[t].term == &wide;
      offset.push_back(varies ? terms[t].add : valueOf(terms[t]));
      scale[t] = varies ? terms[t].mul : 0;
    }
    Pieces exact = compose(f.quantiser, segmentsOf(wide.lo, wide.hi, wide.alpha, beta, f.element.posts));
    auto claimed = piecesOf(rescale, claim, scale, offset, wide.lo, wide.hi, why);
    if (!claimed)
      return fault(why);
    auto codes = asCode(*claimed);
    if (!codes)
      return fault("codes are multiplied by " + mul.get_str());
    if (auto x = differenceOver(wide, exact, *codes)) {
      at[widest] = *x;
      std::string place;
      for (size_t t = 0; t < n; ++t)
        place += (t ? ", " : "") + valueOf(terms[t]).get_str();
      return counterexample(place, valueAt(exact, *x), valueAt(*codes, *x));
    }
    size_t k = 0;
    for (; k < count; ++k) {
      if (k == widest)
        continue;
      at[k] += integers[k]->sign ? 2 : 1;
      if (at[k] <= integers[k]->hi)
        break;
      at[k] = integers[k]->lo;
    }
    if (k == count)
      return std::nullopt;
  }
}

/// A sum that was made one integer first, by a rescale without rounding: a = k s + offset of the exact sum s.
std::optional<Fault> compareThroughSum(const Claims &claims, const Derived &derived, const Names &names,
                                       const Quantised::Function &f, const RescaleClaim &rescale, size_t c,
                                       const RescaleClaim &first, size_t output, const Integer &mul,
                                       const Integer &add) {
  if (first.channels.size() != 1 &&
      (first.channels.size() != rescale.channels.size() || first.period != rescale.period))
    return fault("reads a sum whose channels are others");
  const ChannelClaim &inner = first.channels[first.channels.size() == 1 ? 0 : c];
  Terms terms;
  if (auto wrong = matchTerms(claims, derived, names, f.element, first, c, output, terms))
    return wrong;
  if (auto wrong = checkReach(first, inner, terms.lo, terms.hi))
    return wrong;
  auto unit = unitOf(terms.match);
  if ((inner.form != Form::Dyadic32 && inner.form != Form::Dyadic64) || inner.n != 0 || !unit)
    return fault("reads a sum that is no plain sum");
  Integer offset = inner.b, lo, hi;
  std::optional<Rational> ratio;
  for (size_t t = 0; t < terms.match.size(); ++t)
    offset += inner.m[t] * terms.add[t];
  for (const Term *integer : integersOf(terms.match)) {
    const Term &term = *integer;
    Integer factor, steps = Rational(term.alpha / *unit).get_num();
    for (size_t t = 0; t < terms.match.size(); ++t)
      if (terms.match[t].term == integer)
        factor += inner.m[t] * terms.mul[t];
    Rational k(factor, steps == 0 ? Integer(1) : steps);
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
    return compareThroughSum(claims, derived, names, f, rescale, c,
                             claims.rescales[rescale.accumulators[0].rescale], output, mul, add);
  Terms terms;
  if (auto wrong = matchTerms(claims, derived, names, f.element, rescale, c, output, terms))
    return wrong;
  if (auto wrong = checkReach(rescale, claim, terms.lo, terms.hi))
    return wrong;
  if (integersOf(terms.match).size() != 1)
    return compareSum(f, rescale, claim, terms.match, mul, add);

  const Term &t = *terms.match[0].term;
  std::string why;
  auto claimed = piecesOf(rescale, claim, terms.mul, terms.add, t.lo, t.hi, why);
  if (!claimed)
    return fault(why);
  auto codes = mapTo(*claimed, mul, add);
  if (!codes)
    return fault("codes are multiplied by " + mul.get_str());
  if (auto x = differenceOver(t, f.pieces, *codes))
    return counterexample(Integer(terms.mul[0] * *x + terms.add[0]).get_str(), valueAt(f.pieces, *x),
                          valueAt(*codes, *x));
  return std::nullopt;
}

} // namespace dyadic::certificate
