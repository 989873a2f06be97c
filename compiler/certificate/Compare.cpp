// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One derived function against what a rescale claims for one element.
#include "compiler/certificate/Match.h"

namespace dyadic::certificate {
namespace {

/// Combinations of accumulators that are tried one by one before a sum counts as beyond proof.
constexpr long mostRows = 1 << 16;

/// The accumulators that a rescale reads where the terms have these values, as a text.
std::string placeOf(const Reading &reading, const std::vector<Integer> &at) {
  std::string text;
  for (const Linear &l : reading.terms) {
    Integer a = l.add;
    for (size_t t = 0; t < at.size(); ++t)
      a += l.factor[t] * at[t];
    text += (text.empty() ? "" : ", ") + a.get_str();
  }
  return text;
}

Fault counterexample(const std::string &accumulator, const Integer &expected, const Integer &claimed) {
  return {{}, -1, "another code", accumulator, expected.get_str(), claimed.get_str()};
}

/// Row by row: all but the widest integer fixed.
std::optional<Fault> compareRows(const Quantised::Function &f, const RescaleClaim &rescale,
                                 const ChannelClaim &claim, const Reading &reading, const Integer &mul,
                                 const Integer &add) {
  const std::vector<Term> &terms = f.element.terms;
  size_t widest = 0;
  for (size_t k = 1; k < terms.size(); ++k)
    if (terms[k].hi - terms[k].lo > terms[widest].hi - terms[widest].lo)
      widest = k;
  Integer rows = 1;
  std::vector<Integer> at;
  for (size_t k = 0; k < terms.size(); ++k) {
    at.push_back(terms[k].lo);
    if (k != widest)
      rows *= terms[k].hi - terms[k].lo + 1;
  }
  if (rows > mostRows)
    return fault("the sum of " + llvm::Twine(terms.size()) +
                 " accumulators is not proven: its factors are not the exact ones and " + rows.get_str() +
                 " combinations are too many to try");
  std::string why;
  Whole row = wholeOf({terms[widest]});
  while (true) {
    Rational beta = f.element.beta;
    for (size_t k = 0; k < terms.size(); ++k)
      if (k != widest)
        beta += terms[k].alpha * at[k];
    Reading here;
    for (const Linear &l : reading.terms) {
      Linear one{{l.factor[widest]}, l.add};
      for (size_t k = 0; k < terms.size(); ++k)
        if (k != widest)
          one.add += l.factor[k] * at[k];
      here.terms.push_back(std::move(one));
    }
    Pieces exact = compose(f.quantiser, segmentsOf(row.lo, row.hi, row.unit, beta, f.element.posts));
    auto claimed = piecesAlong(rescale, claim, here, row, why);
    if (!claimed)
      return fault(why);
    auto codes = mapTo(*claimed, mul, add);
    if (!codes)
      return fault("codes are multiplied by " + mul.get_str());
    if (auto x = differenceOver(row, exact, *codes)) {
      at[widest] = *x;
      return counterexample(placeOf(reading, at), valueAt(exact, *x), valueAt(*codes, *x));
    }
    size_t k = 0;
    for (; k < terms.size(); ++k) {
      if (k == widest)
        continue;
      at[k] += terms[k].sign ? 2 : 1;
      if (at[k] <= terms[k].hi)
        break;
      at[k] = terms[k].lo;
    }
    if (k == terms.size())
      return std::nullopt;
  }
}

/// The model gives one code whatever the input; the claim must, over all that may be read.
std::optional<Fault> compareConstant(const Matcher &matcher, const Quantised::Function &f,
                                     const RescaleClaim &rescale, const ChannelClaim &claim, int64_t element,
                                     const Integer &mul, const Integer &add) {
  Integer code = f.quantiser.code(f.element.beta);
  Reading known;
  std::string why;
  std::optional<Pieces> y;
  if (!matcher.read({}, rescale, element, -1, known)) { // numbers that were written there
    if (auto wrong = checkReach(rescale, claim, known.lo, known.hi))
      return wrong;
    std::vector<Integer> still(known.lo.size(), 0);
    y = piecesOf(rescale, claim, still, known.lo, 0, 0, why);
  } else if (claim.form == Form::Constant) {
    y = Pieces{Piece::constant(0, 0, claim.b)};
  } else if (claim.range.size() == 1 && claim.range[0].first <= claim.range[0].second) {
    y = piecesOf(rescale, claim, {1}, {0}, claim.range[0].first, claim.range[0].second, why);
  }
  if (y)
    y = mapTo(*y, mul, add);
  if (!y || difference(*y, {Piece::constant(y->front().lo, y->back().hi, code)}, y->front().lo, y->back().hi))
    return fault("is the constant " + code.get_str() + " in the model");
  return std::nullopt;
}

/// Integers lie where what is read of each on its own does.
void narrow(std::vector<Term> &terms, const Reading &r) {
  for (size_t k = 0; k < r.terms.size(); ++k)
    for (size_t i = 0; i < terms.size(); ++i) {
      const Linear &l = r.terms[k];
      if (l.factor[i] == 0 || llvm::count(l.factor, 0) + 1 != static_cast<std::ptrdiff_t>(terms.size()))
        continue;
      Rational x(r.lo[k] - l.add, l.factor[i]), y(r.hi[k] - l.add, l.factor[i]);
      x.canonicalize();
      y.canonicalize();
      const Integer lo = std::max(terms[i].lo, model::ceilOf(std::min(x, y))),
                    hi = std::min(terms[i].hi, model::floorOf(std::max(x, y)));
      if (lo <= hi && !terms[i].sign) {
        terms[i].lo = lo;
        terms[i].hi = hi;
      }
    }
}

/// Integers of which the model and all that is read take the same multiple are one, with the reach that what
/// is read has.
void joinAlike(Quantised::Function &f, Reading &r) {
  std::vector<Term> &terms = f.element.terms;
  for (size_t i = 0; i < terms.size(); ++i)
    for (size_t j = terms.size(); j-- > i + 1 && terms[i].alpha != 0;) {
      Rational times = terms[j].alpha / terms[i].alpha;
      if (times.get_den() != 1 || llvm::any_of(r.terms, [&](const Linear &l) {
            return Rational(l.factor[j]) != times * l.factor[i];
          }))
        continue;
      Integer a = times.get_num() * terms[j].lo, b = times.get_num() * terms[j].hi;
      terms[i].lo += std::min(a, b);
      terms[i].hi += std::max(a, b);
      terms[i].sign = false;
      terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(j));
      for (Linear &l : r.terms)
        l.factor.erase(l.factor.begin() + static_cast<std::ptrdiff_t>(j));
    }
  narrow(terms, r);
}

std::optional<Fault> compareVariant(const Matcher &matcher, const Quantised::Function &f,
                                    const RescaleClaim &rescale, int64_t element, int64_t variant,
                                    const Integer &mul, const Integer &add) {
  const ChannelClaim &claim =
      rescale.channels[static_cast<size_t>(element / rescale.period) % rescale.channels.size()];
  const std::vector<Term> &terms = f.element.terms;
  if (terms.empty() && variant < 0)
    return compareConstant(matcher, f, rescale, claim, element, mul, add);
  Reading reading;
  if (auto wrong = matcher.read(terms, rescale, element, variant, reading)) {
    // Whatever was made on the way, as one function: of the terms, or of what they were made of.
    Whole whole = wholeOf(terms);
    auto equals = [&](const std::vector<Term> &base, const Whole &s, const std::vector<Segment> &segments) {
      auto made = matcher.composed(base, s, rescale, element, variant);
      if (!made && variant < 0)
        made = matcher.together(base, s, rescale, element);
      auto codes = made ? mapTo(*made, mul, add) : std::nullopt;
      return codes && !differenceOver(s, compose(f.quantiser, segments), *codes);
    };
    if (equals(terms, whole, segmentsOf(whole.lo, whole.hi, whole.unit, f.element.beta, f.element.posts)))
      return std::nullopt;
    auto inner = nestedOf(f.element);
    if (inner && equals(inner->base, inner->whole, inner->segments))
      return std::nullopt;
    const std::vector<Term> &base = inner ? inner->base : terms;
    std::vector<Segment> segments =
        inner ? inner->segments : segmentsOf(whole.lo, whole.hi, whole.unit, f.element.beta, f.element.posts);
    if (base.size() > 1 && matcher.eachRow(base, segments, [&](const auto &own, const auto &row) {
          return equals(own, wholeOf(own), row);
        }))
      return std::nullopt;
    return wrong;
  }
  if (auto wrong = checkReach(rescale, claim, reading.lo, reading.hi))
    return wrong;
  // All terms as one integer: a difference may lie at a sum that no accumulators have, so look closer then.
  std::vector<Term> reached = terms;
  narrow(reached, reading);
  Whole whole = wholeOf(reached);
  std::string why;
  if (auto claimed = piecesAlong(rescale, claim, reading, whole, why)) {
    auto codes = mapTo(*claimed, mul, add);
    if (!codes)
      return fault("codes are multiplied by " + mul.get_str());
    Pieces exact = terms.size() == 1 ? f.pieces
                                     : compose(f.quantiser, segmentsOf(whole.lo, whole.hi, whole.unit,
                                                                       f.element.beta, f.element.posts));
    auto x = differenceOver(whole, exact, *codes);
    if (!x)
      return std::nullopt;
    if (terms.size() == 1)
      return counterexample(placeOf(reading, {*x}), valueAt(exact, *x), valueAt(*codes, *x));
    if (reading.terms.size() == 1) // one accumulator: over its whole range
      return counterexample("of sum " + x->get_str(), valueAt(exact, *x), valueAt(*codes, *x));
  } else if (terms.size() == 1) {
    return fault(why.empty() ? "reads other integers than the model's" : why);
  }
  Quantised::Function joined = f;
  joinAlike(joined, reading);
  return compareRows(joined, rescale, claim, reading, mul, add);
}

bool isKnown(const Element &e) {
  return !e.choices && !e.terms.empty() && llvm::all_of(e.terms, [](const Term &t) { return t.lo == t.hi; });
}

/// As it is; with terms that are one integer joined; and what has one value as a constant.
std::optional<Fault> compareAny(const Matcher &matcher, const Quantised::Function &f,
                                const RescaleClaim &rescale, int64_t element, int64_t variant,
                                const Integer &mul, const Integer &add) {
  auto wrong = compareVariant(matcher, f, rescale, element, variant, mul, add);
  if (!wrong)
    return wrong;
  Quantised::Function other = f;
  other.element = matcher.joinedCodes(f.element);
  if (const std::vector<Term> &terms = other.element.terms; terms.size() < f.element.terms.size()) {
    if (terms.size() == 1)
      other.pieces = compose(f.quantiser, segmentsOf(terms[0].lo, terms[0].hi, terms[0].alpha,
                                                     other.element.beta, other.element.posts));
    if (!compareVariant(matcher, other, rescale, element, variant, mul, add))
      return std::nullopt;
  }
  if (!isKnown(f.element))
    return wrong;
  other.element = {{}, f.element.beta, {}};
  for (const Term &t : f.element.terms)
    other.element.beta += t.alpha * t.lo;
  for (const Post &p : f.element.posts)
    other.element.beta = p.apply(other.element.beta);
  other.pieces.clear();
  return compareVariant(matcher, other, rescale, element, -1, mul, add) ? wrong : std::nullopt;
}

} // namespace

std::optional<Fault> compareFunction(const Matcher &matcher, const Quantised::Function &f,
                                     const RescaleClaim &rescale, int64_t element, const Integer &mul,
                                     const Integer &add) {
  int64_t variants = matcher.variantsOf(rescale, element);
  auto wrong = compareAny(matcher, f, rescale, element, -1, mul, add);
  if (!wrong || variants == 1)
    return wrong;
  // The largest of several integers of one function: each of them.
  for (int64_t v = 0; v < variants; ++v)
    if (compareVariant(matcher, f, rescale, element, v, mul, add))
      return wrong;
  return std::nullopt;
}

namespace {

/// Whether a rescale of one accumulator never falls, and whether it never rises.
std::pair<bool, bool> risesAndFalls(const RescaleClaim &rescale, const ChannelClaim &claim) {
  auto [lo, hi] = claim.range[0];
  if (claim.form == Form::Table && claim.numbers.size() > 1) { // beyond its entries nothing is read
    lo = std::max(lo, claim.numbers[0]);
    hi = std::min(hi, Integer(claim.numbers[0] + static_cast<unsigned long>(claim.numbers.size() - 2)));
  }
  std::string why;
  auto pieces = lo > hi ? std::nullopt : piecesOf(rescale, claim, {1}, {0}, lo, hi, why);
  if (!pieces)
    return {false, false};
  bool rises = true, falls = true;
  Integer last = pieces->front().at(lo);
  for (const Piece &p : *pieces) // each is monotone
    for (const Integer &x : {p.lo, p.hi}) {
      const Integer y = p.at(x);
      rises &= last <= y;
      falls &= last >= y;
      last = y;
    }
  return {rises, falls};
}

/// Of the integers that the C takes, in front of a rescale and of what rescales give, follows the code that
/// the model takes.
bool takesRightly(const Matcher &matcher, bool least,
                  llvm::ArrayRef<std::pair<const RescaleClaim *, int64_t>> places, size_t others, Take take,
                  const Integer &mul) {
  const bool wanted = least != (mul < 0); // of what lies in memory: the least
  if (places.size() + others > 1 && take != (wanted ? Take::Least : Take::Largest))
    return false;
  return llvm::all_of(places, [&](const auto &place) {
    const auto &[rescale, element] = place;
    if (matcher.variantsOf(*rescale, element) == 1)
      return true;
    const Take inFront = Matcher::takeOf(*rescale, element);
    auto [rises, falls] = risesAndFalls(*rescale, channelAt(*rescale, element));
    return inFront != Take::Mixed && (wanted == (inFront == Take::Least) ? rises : falls);
  });
}

} // namespace

std::optional<Fault> compareChoices(const Matcher &matcher, const Quantised::Function &f,
                                    llvm::ArrayRef<std::pair<const RescaleClaim *, int64_t>> places,
                                    llvm::ArrayRef<Integer> written, Take take, const Integer &mul,
                                    const Integer &add) {
  std::vector<bool> met(f.choices.size(), false);
  std::optional<Fault> first;
  auto meets = [&](llvm::function_ref<std::optional<Fault>(const Quantised::Function &)> compare) {
    bool any = false;
    for (size_t c = 0; c < f.choices.size(); ++c)
      if (auto wrong = compare(f.choices[c]); !wrong)
        any = met[c] = true;
      else if (!first || (first->accumulator.empty() && !wrong->accumulator.empty()))
        first = wrong;
    return any;
  };
  bool all = true;
  // Places of choices that take one of several themselves are compared by those.
  std::vector<std::pair<const RescaleClaim *, int64_t>> own;
  const bool nested = llvm::any_of(f.choices, [](const auto &c) { return !c.choices.empty(); });
  for (const auto &place : places) {
    const auto &[rescale, element] = place;
    if (nested && meets([&](const Quantised::Function &choice) {
          return choice.choices.empty() ? fault("takes one of several where the model does not")
                                        : compareChoices(matcher, choice, place, {}, take, mul, add);
        }))
      continue;
    own.push_back(place);
    int64_t variants = matcher.variantsOf(*rescale, element);
    for (int64_t v = 0; v < variants && all; ++v)
      all &= meets([&](const Quantised::Function &choice) {
        return choice.choices.empty()
                   ? compareAny(matcher, choice, *rescale, element, variants == 1 ? -1 : v, mul, add)
                   : fault("takes none of several where the model does");
      });
  }
  for (const Integer &y : written)
    all &= meets([&](const Quantised::Function &choice) -> std::optional<Fault> {
      Integer code = mul * y + add;
      if (choice.isAlways(code))
        return std::nullopt;
      return fault("is filled with " + code.get_str() + ", which the model does not");
    });
  if (all && llvm::all_of(met, [](bool b) { return b; })) {
    if (takesRightly(matcher, f.least, own, written.size() + places.size() - own.size(), take, mul))
      return std::nullopt;
    return fault(f.least ? "takes another than the least" : "takes another than the largest");
  }
  return first ? first : fault("takes the largest of fewer values than the model");
}

} // namespace dyadic::certificate
