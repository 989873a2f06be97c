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

} // namespace

std::optional<std::pair<Integer, Integer>> relate(const SumInfo &s, const SourceClaim &a, const Lines &made,
                                                  const Integer &output, std::string &why) {
  // Of weight w the C's is mul * w / (factor of its channel), and what it meets is greater by `beyond`.
  Rational absolute, sum, shift, reach;
  auto add = [&](const Line &line, const Integer &weights, const Integer &weightsAbs) {
    Rational beyond = line.mul * s.zero + line.add - a.zero;
    absolute += Rational(weightsAbs) / abs(line.mul);
    sum += Rational(weights) / line.mul;
    shift += beyond * weights / line.mul;
    reach += abs(beyond) * weightsAbs / abs(line.mul);
    if (beyond == 0 || !s.padded)
      return true;
    why = "zero point: " + a.zero.get_str() + " is read as 0, the model's padding is " +
          Integer(line.mul * s.zero + line.add).get_str();
    return false;
  };
  if (made.constants && s.known)
    return std::nullopt;
  if (made.of.empty()) {
    if (!add(made.all, s.weightSum, s.weightAbs))
      return std::nullopt;
  } else {
    if (s.known || (s.channels.empty() && s.weightAbs != 0))
      return std::nullopt;
    for (const SumInfo::Channel &c : s.channels)
      if (!add(made.at(c.channel), c.weightSum, c.weightAbs))
        return std::nullopt;
  }
  Integer claimedAbs = s.weightAbs, claimedSum = s.weightSum;
  if (!a.weights.empty())
    std::tie(claimedAbs, claimedSum) =
        a.weights[Integer(output % static_cast<unsigned long>(a.weights.size())).get_ui()];
  if (s.weightAbs == 0) {
    if (claimedAbs == 0)
      return std::pair<Integer, Integer>{1, 0};
    why = "weights: the model's are all 0";
    return std::nullopt;
  }
  Rational mul = claimedAbs / absolute;
  if (sum != 0 && sgn(claimedSum) != sgn(sum))
    mul = -mul;
  if (mul == 0 || mul.get_den() != 1 || claimedSum != mul * sum) {
    why = "weights: sums of |w| and w are " + claimedAbs.get_str() + " and " + claimedSum.get_str() +
          ", the model's are multiples of " + absolute.get_str() + " and " + sum.get_str();
    return std::nullopt;
  }
  shift = mul * (shift + s.offset);
  if (shift.get_den() != 1) {
    why = "reads integers that are not those of the model";
    return std::nullopt;
  }
  bool plain = made.of.empty() && made.all == Line{};
  Rational most =
      (s.anyOrder + (plain ? Rational(abs(shift / mul)) : Rational(reach + abs(s.offset)))) * abs(mul);
  if (most >= Integer(1) << static_cast<unsigned long>(a.bits - 1)) {
    why = "the accumulator of " + std::to_string(a.bits) + " bits may overflow: sums reach " +
          model::ceilOf(most).get_str();
    return std::nullopt;
  }
  return std::pair{Integer(mul.get_num() * s.times), Integer(shift.get_num())};
}

Matcher::Matcher(const Claims &claims, const Derived &derived)
    : claims(claims), derived(derived), names(claims), givers(claims.givers()) {
  for (const CodesClaim &c : claims.codes) {
    scales.try_emplace(c.key, c.mul, c.add);
    if (c.mul == 1 && c.add == 0)
      continue;
    Claims own;
    own.codes = {c};
    scaled.merge(own.givers());
  }
}

bool Matcher::readsCodes(llvm::ArrayRef<std::string> keys) const {
  return llvm::all_of(keys, [&](const std::string &key) {
    const std::pair<Integer, Integer> own = scaleOf(key);
    return own == std::pair<Integer, Integer>{1, 0} || own == std::pair<Integer, Integer>{2, -1};
  });
}

llvm::ArrayRef<Item> Matcher::itemsAt(const AccumulatorClaim &a, int64_t element, Item &own) {
  own = {0, element, {}};
  if (a.elements.empty())
    return own;
  return a.elements[static_cast<size_t>(element) % a.elements.size()];
}

std::string Matcher::describe(const Term &t) const {
  const Source &s = derived.sources[t.source];
  std::string text = s.kind == Source::Kind::Sum ? "sums of '" + s.name + "' over" : "codes of";
  for (const std::string &r :
       originsOf(names, s.kind == Source::Kind::Sum || !s.reads.empty() ? s.reads : std::vector{s.name}))
    text += " '" + r + "'";
  return text;
}

bool Matcher::sameIntegers(const Term &t, const SourceClaim &a) const {
  const Source &s = derived.sources[t.source];
  if (t.bend || t.largest || a.codes != (s.kind != Source::Kind::Sum))
    return false;
  if (t.of && (t.slot != 0 || !a.made.empty())) // of parts of an activation: told apart by what makes them
    return false;
  if (!readsCodes(s.reads) || (a.codes && !readsCodes(s.name)))
    return false;
  if (a.codes)
    return originsOf(names, s.reads.empty() ? std::vector{s.name} : s.reads).count(a.name) != 0;
  // What is read may hold more: a part that was cut off, or channels whose codes are known.
  std::set<std::string> claimed = originsOf(names, a.reads), read = originsOf(names, s.reads);
  return s.name == a.name && std::includes(claimed.begin(), claimed.end(), read.begin(), read.end());
}

const RescaleClaim *Matcher::makerOf(const AccumulatorClaim &a, llvm::ArrayRef<Item> items) const {
  const SourceClaim *s =
      items.size() == 1 && items[0].source >= 0 ? &a.sources[static_cast<size_t>(items[0].source)] : nullptr;
  if (!s || !s->codes || s->rescale < 0 || scaled.count(s->rescale))
    return nullptr;
  const RescaleClaim *maker = &claims.rescales[static_cast<size_t>(s->rescale)];
  Form form = channelAt(*maker, items[0].element.get_si()).form;
  return form == Form::Constant || form == Form::Table ? nullptr : maker; // they are not limited
}

int64_t Matcher::variantsOf(const RescaleClaim &rescale, int64_t element) const {
  const AccumulatorClaim &a = rescale.accumulators[0];
  if (rescale.accumulators.size() != 1 || a.elements.empty())
    return 1;
  return static_cast<int64_t>(a.elements[static_cast<size_t>(element) % a.elements.size()].size());
}

std::optional<Fault> Matcher::read(const std::vector<Term> &terms, const RescaleClaim &rescale,
                                   int64_t element, int64_t variant, Reading &r) const {
  Taken taken(terms.size(), false);
  std::string why;
  auto factors = rescale.accumulators.size() > 1
                     ? factorsOf(channelAt(rescale, element), rescale.accumulators.size())
                     : std::nullopt;
  for (const AccumulatorClaim &a : rescale.accumulators) {
    Item own;
    llvm::ArrayRef<Item> what = itemsAt(a, element, own);
    if (variant >= 0)
      what = what.slice(static_cast<size_t>(variant), 1);
    auto l = items(terms, a, what, taken, why);
    if (!l && factors && (*factors)[r.terms.size()] == 0) { // it counts for nothing
      why.clear();
      l = constantOf(terms.size(), channelAt(rescale, element).range[r.terms.size()].first);
    }
    if (!l) {
      if (!why.empty())
        return fault(why);
      std::string text;
      for (const Term &t : terms)
        text += (text.empty() ? "" : " and ") + describe(t);
      return fault(terms.empty() ? "reads integers where the model has a constant"
                                 : "does not read the " + llvm::Twine(text));
    }
    auto [lo, hi] = reachOf(*l, terms);
    if (l->within) { // parts of one activation do not vary freely
      lo = std::max(lo, l->within->first);
      hi = std::min(hi, l->within->second);
    }
    if (const RescaleClaim *maker = makerOf(a, what)) {
      lo = std::max(lo, maker->clampMin);
      hi = std::min(hi, maker->clampMax);
    }
    r.lo.push_back(lo);
    r.hi.push_back(hi);
    r.terms.push_back(std::move(*l));
  }
  return std::nullopt;
}

std::optional<Linear> Matcher::items(const std::vector<Term> &terms, const AccumulatorClaim &a,
                                     llvm::ArrayRef<Item> all, Taken &taken, std::string &why) const {
  // All of them one and the same integer.
  std::optional<Linear> r;
  bool alike = true;
  Taken after;
  for (const Item &i : all) {
    if (i.source < 0 && all.size() > 1)
      continue;
    Taken now = taken;
    auto l = item(terms, a, i, now, why);
    alike &= l && (!r || *r == *l);
    if (!alike)
      break;
    r = l;
    after = now;
  }
  if (r) { // what is filled in between is one of its values
    auto [lo, hi] = reachOf(*r, terms);
    for (const Item &i : all)
      alike &= i.source >= 0 || all.size() == 1 || (lo <= i.element && i.element <= hi);
  }
  if (alike && r) {
    taken = after;
    return r;
  }
  for (size_t t = 0; t < terms.size(); ++t)
    if (terms[t].largest)
      if (auto line = largest(*terms[t].largest, a, all)) {
        taken[t] = true;
        Linear l = constantOf(terms.size(), line->second);
        l.factor[t] = line->first;
        return l;
      }
  return std::nullopt;
}

std::optional<Linear> Matcher::item(const std::vector<Term> &terms, const AccumulatorClaim &a,
                                    const Item &i) const {
  Taken taken(terms.size(), false);
  std::string why;
  return item(terms, a, i, taken, why);
}

std::optional<Linear> Matcher::item(const std::vector<Term> &terms, const AccumulatorClaim &a, const Item &i,
                                    Taken &taken, std::string &why) const {
  if (i.source < 0)
    return constantOf(terms.size(), i.element);
  const SourceClaim &s = a.sources[static_cast<size_t>(i.source)];
  if (const RescaleClaim *maker = madeBy(s))
    return made(terms, *maker, i.element.get_si(), taken, why);
  if (!s.made.empty())
    if (auto l = sumOfParts(terms, s, i.element, taken, why))
      return l;
  // Of several copies of one tensor each accumulator is another, in their order.
  std::optional<Linear> r;
  for (bool again : {false, true})
    for (size_t t = 0; t < terms.size() && !r; ++t) {
      if (taken[t] != again || !sameIntegers(terms[t], s))
        continue;
      std::optional<Lines> made = s.codes ? Lines{} : sumsWhatIsMade(terms[t], s, i.element);
      if (!made) {
        why = "reads sums of integers that are not those of the model";
        continue;
      }
      std::pair<Integer, Integer> line{1, 0};
      if (!s.codes) {
        std::optional<std::pair<Integer, Integer>> best;
        for (const auto &sum : terms[t].sums)
          if (auto one = relate(*sum, s, *made, i.element, why); one && (!best || one->first == 1))
            best = one;
        for (const auto &sum : terms[t].sums)
          if (!best)
            best = relateBesideKnown(terms[t], *sum, s, *made, i.element, why);
        if (!best)
          continue;
        line = *best;
      }
      r = constantOf(terms.size(), line.second);
      r->factor[t] = line.first;
      taken[t] = true;
    }
  if (!r && !fixed.empty())
    r = fixedItem(terms.size(), a, i);
  if (r)
    why.clear();
  return r;
}

} // namespace dyadic::certificate
