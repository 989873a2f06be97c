// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a convolution or a matrix product sums: the integer sum of each output, its unit, range and offset.
#include "compiler/certificate/Derive.h"
#include <set>

using namespace mlir;
namespace dyadic::certificate {
namespace {

/// The sum in which inputs that are known count as integers of the others' lattice, none where they have
/// none.
std::optional<SumInfo> withKnown(const SumInfo &info, ArrayRef<Walker::Tap> taps, const Integer &common,
                                 const std::optional<Integer> &zero, bool whole) {
  const Element *like = nullptr;
  bool known = false;
  for (const auto &t : taps) {
    known |= t.in->isConstant() && t.weight != 0;
    if (t.in->isConstant())
      continue;
    if (t.in->terms.size() != 1 || t.in->terms[0].alpha == 0 ||
        (like && (like->terms[0].alpha != t.in->terms[0].alpha || like->beta != t.in->beta)))
      return std::nullopt;
    like = t.in;
  }
  if (!like || !known)
    return std::nullopt;
  SumInfo all = info;
  Integer divisor = common;
  for (Integer *v : {&all.weightSum, &all.weightAbs, &all.anyOrder})
    *v *= common;
  for (const auto &t : taps) {
    if (!t.in->isConstant() || t.weight == 0)
      continue;
    Rational code = (t.in->beta - like->beta) / like->terms[0].alpha;
    Integer w = t.weight, read = code.get_num() - (zero ? *zero : Integer(0));
    if (code.get_den() != 1 || (!whole && read != 0)) // borders would miss some of them
      return std::nullopt;
    divisor = gcd(divisor, w);
    all.weightSum += w;
    all.weightAbs += abs(w);
    all.offset += w * read;
    all.anyOrder += abs(w) * abs(read);
  }
  for (Integer *v : {&all.weightSum, &all.weightAbs, &all.offset})
    *v /= divisor;
  all.anyOrder = all.anyOrder / divisor + 1;
  all.times = common / divisor;
  all.known = true;
  return all;
}

/// The terms of several inputs that are summed as one integer: all of them where each input has one at most
/// (a concatenation is one tensor), else those of one source.
std::vector<std::set<unsigned>> groupsOf(ArrayRef<Walker::Tap> taps) {
  std::set<unsigned> all;
  bool single = true;
  std::vector<unsigned> order;
  for (const auto &t : taps) {
    single &= t.in->terms.size() <= 1;
    for (const Term &x : t.in->terms)
      if (all.insert(x.source).second)
        order.push_back(x.source);
  }
  std::vector<std::set<unsigned>> groups;
  if (single && !all.empty())
    groups.push_back(all);
  else
    for (unsigned s : order)
      groups.push_back({s});
  return groups;
}

const Term *termOf(const Element &e, const std::set<unsigned> &group) {
  for (const Term &t : e.terms)
    if (group.count(t.source))
      return &t;
  return nullptr;
}

} // namespace

llvm::Expected<std::vector<Element>> Walker::sumOf(ArrayRef<Tap> taps, const Rational &unit,
                                                   ArrayRef<std::vector<bool>> patterns,
                                                   const std::optional<Integer> &zero) {
  size_t places = patterns[0].size();
  bool padded =
      llvm::any_of(patterns, [](const std::vector<bool> &p) { return llvm::is_contained(p, false); });
  std::vector<std::set<unsigned>> groups = groupsOf(taps);
  std::vector<Rational> betaAt(places);
  for (const Tap &t : taps)
    if (t.in->beta != 0 && !(zero && !t.in->isConstant()))
      betaAt[t.place] += t.in->beta * (t.weight * unit);

  std::vector<Term> terms;
  for (const auto &group : groups) {
    Rational alphaUnit;
    const Rational *last = nullptr;
    for (const Tap &t : taps)
      if (const Term *term = termOf(*t.in, group)) {
        if (last && *last == term->alpha)
          continue;
        alphaUnit = last ? commonUnit(alphaUnit, term->alpha) : term->alpha; // one factor keeps its sign
        last = &term->alpha;
      }
    if (alphaUnit == 0)
      alphaUnit = 1;
    auto info = std::make_shared<SumInfo>();
    std::vector<Integer> low(places), high(places), most(places);
    Integer common, widest;
    Source source{Source::Kind::Sum, nodeOf(current), {}, {}};
    std::set<std::string> reads;
    int slot = -1;
    auto accumulate = [&](const Term &term, const Tap &t, const Integer &w) {
      common = gcd(common, w);
      if (abs(w) > widest)
        widest = abs(w);
      slot = std::max(slot, term.slot);
      info->weightSum += w;
      info->weightAbs += abs(w);
      if (byChannel) {
        if (info->channels.empty() || info->channels.back().channel != t.channel)
          info->channels.push_back({t.channel, 0, 0});
        info->channels.back().weightSum += w;
        info->channels.back().weightAbs += abs(w);
      }
      Integer x = term.lo, y = term.hi;
      if (zero) {
        x -= *zero;
        y -= *zero;
      }
      low[t.place] += w * (w < 0 ? y : x);
      high[t.place] += w * (w < 0 ? x : y);
      most[t.place] += abs(w) * std::max(Integer(abs(x)), Integer(abs(y)));
    };
    auto eachTap = [&](llvm::function_ref<void(const Term &, const Tap &, const Integer &)> visit) {
      Rational ratio = 1;
      const Rational *ratioOf = nullptr;
      for (const Tap &t : taps)
        if (const Term *term = termOf(*t.in, group)) {
          if (!ratioOf || *ratioOf != term->alpha) {
            ratio = term->alpha / alphaUnit; // a whole number
            ratioOf = &term->alpha;
          }
          visit(*term, t, t.weight * ratio.get_num());
        }
    };
    eachTap(accumulate);
    if (slot >= 0)
      source.place = "part " + std::to_string(slot);
    for (unsigned s : group) {
      const Source &x = out.sources[s];
      if (x.kind == Source::Kind::Codes && !x.reads.empty())
        reads.insert(x.reads.begin(), x.reads.end());
      else
        reads.insert(x.name);
    }
    source.reads.assign(reads.begin(), reads.end());
    if (common == 0)
      common = 1;
    Term term{intern(std::move(source)), alphaUnit * unit * common, 0, 0};
    bool first = true;
    for (const std::vector<bool> &p : patterns) {
      Integer lo, hi, all;
      for (size_t k = 0; k < places; ++k)
        if (p[k]) {
          lo += low[k];
          hi += high[k];
          all += most[k];
        }
      term.lo = first ? lo : std::min(term.lo, lo);
      term.hi = first ? hi : std::max(term.hi, hi);
      info->anyOrder = std::max(info->anyOrder, all);
      first = false;
    }
    term.lo /= common;
    term.hi /= common;
    info->anyOrder /= common;
    info->weightSum /= common;
    info->weightAbs /= common;
    info->zero = zero ? zero->get_si() : 0;
    info->padded = padded;
    for (SumInfo::Channel &c : info->channels) {
      c.weightSum /= common;
      c.weightAbs /= common;
    }
    if (slot >= 0 || widest / common >= Integer(1) << 16) {
      WideWeights wide{{}, {patterns.begin(), patterns.end()}};
      eachTap([&](const Term &in, const Tap &t, const Integer &w) {
        const Integer from = zero ? *zero : Integer(0);
        wide.taps.push_back({w / common, in.lo - from, in.hi - from, t.place, t.channel});
      });
      info->wide = std::make_shared<const WideWeights>(std::move(wide));
    }
    term.sums = {info};
    if (groups.size() == 1)
      if (auto all = withKnown(*info, taps, common, zero, !padded))
        term.sums.push_back(std::make_shared<const SumInfo>(std::move(*all)));
    term.slot = slot;
    if (slot >= 0)
      term.of = partsOf(taps);
    else
      term.over = inputsOf(group);
    terms.push_back(std::move(term));
  }

  std::vector<Element> r;
  bool alike = llvm::all_of(betaAt, [](const Rational &b) { return b == 0; });
  for (const std::vector<bool> &p : patterns) {
    Element e{terms, 0, {}};
    for (size_t k = 0; k < places; ++k)
      if (p[k])
        e.beta += betaAt[k];
    r.push_back(std::move(e));
    if (alike || patterns.size() == 1)
      break;
  }
  return r;
}

} // namespace dyadic::certificate
