// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values whose functions differ from place to place as integers of one unit, for what sums them.
#include "compiler/certificate/Derive.h"
#include "compiler/certificate/Match.h"

using namespace mlir;
namespace dyadic::certificate {

Walker::Integers Walker::inOneUnit(const FieldPtr &f, function_ref<int64_t(int64_t)> channelOf, bool offsets,
                                   bool padded) {
  Field out;
  out.shape = f->shape;
  std::map<std::pair<uint32_t, int64_t>, uint32_t> entries;
  std::vector<std::pair<uint32_t, int64_t>> pairs; // element and channel of each entry
  for (size_t i = 0; i < f->index.size(); ++i) {
    std::pair<uint32_t, int64_t> pair{f->index[i], channelOf(static_cast<int64_t>(i))};
    auto [it, fresh] = entries.try_emplace(pair, static_cast<uint32_t>(pairs.size()));
    if (fresh)
      pairs.push_back(pair);
    out.index.push_back(it->second);
  }
  Integers r;
  std::set<std::string> names;
  std::set<int64_t> based;
  for (auto [k, channel] : pairs) {
    const Element &e = f->elements[k];
    auto &[unit, base] = r.channels.try_emplace(channel, 0, 0).first->second;
    for (const Term &t : e.terms)
      unit = commonUnit(unit, t.alpha);
    if (!e.isConstant() && offsets && !padded && based.insert(channel).second)
      base = e.beta;
    for (std::string &name : readsOf(e.terms))
      names.insert(std::move(name));
  }
  for (auto [k, channel] : pairs) {
    auto &[unit, base] = r.channels[channel];
    if (const Element &e = f->elements[k]; offsets || e.isConstant())
      unit = commonUnit(unit, e.beta - base);
  }
  for (auto &[channel, integers] : r.channels)
    if (integers.first == 0)
      integers.first = 1;

  r.source = intern({Source::Kind::Codes, nodeOf(current), {names.begin(), names.end()}, "in one unit"});
  for (auto [k, channel] : pairs) {
    const auto &[unit, base] = r.channels[channel];
    Element e = f->elements[k];
    if (!e.isConstant() && e.isAffine()) {
      Element own = e;
      own.beta = offsets ? Rational(e.beta - base) : Rational(0);
      auto all = splitting == Splitting::Nested ? nestedOf(own) : std::nullopt;
      Whole whole = all ? all->whole : wholeOf(own.terms);
      std::vector<Segment> segments{{whole.lo, whole.hi, whole.unit, own.beta}};
      if (all) {
        own.terms = std::move(all->base);
        segments = std::move(all->segments);
      }
      auto [lo, hi] = reachOf(segments);
      Term t{r.source, unit, Rational(lo / unit).get_num(), Rational(hi / unit).get_num()};
      t.sign = whole.sign && t.lo == -1 && t.hi == 1;
      e = {{}, offsets ? base : e.beta, {}};
      t.bend = std::make_shared<const Bend>(Bend{std::move(own), unit, std::move(segments)});
      e.terms.push_back(std::move(t));
    }
    out.elements.push_back(std::move(e));
  }
  r.field = std::make_shared<const Field>(std::move(out));
  return r;
}

std::optional<Element> Walker::knownOf(const Integers &x, ArrayRef<uint32_t> entries, int64_t channel) {
  std::optional<Term> t;
  const auto &[unit, base] = x.channels.at(channel);
  for (uint32_t k : entries) {
    const Element &e = x.field->elements[k];
    if (!e.isConstant())
      return std::nullopt;
    Integer v = Rational((e.beta - base) / unit).get_num(); // whole, as the unit was chosen
    if (!t)
      t = Term{x.source, unit, v, v};
    t->lo = std::min(t->lo, v);
    t->hi = std::max(t->hi, v);
    t->known = true;
  }
  return Element{{*t}, base, {}};
}

void Walker::reads(const FieldPtr &f, llvm::function_ref<int64_t(int64_t)> channelOf,
                   ArrayRef<Element> joined, const Integers *x) {
  inputs.clear();
  overs.clear();
  constants = false;
  bool single = true;
  std::map<int64_t, const Term *> likes; // of each channel, with the offset of its integers
  std::map<int64_t, Rational> offsets;
  for (size_t i = 0; i < f->index.size() && !x; ++i)
    if (const Element &e = f->elements[f->index[i]]; e.terms.size() == 1)
      if (int64_t c = channelOf(static_cast<int64_t>(i)); likes.try_emplace(c, &e.terms[0]).second)
        offsets[c] = e.beta;
  std::set<std::pair<uint32_t, int64_t>> met;
  uint32_t last = ~0U;
  int64_t lastChannel = -1;
  for (size_t i = 0; i < f->index.size(); ++i) {
    uint32_t k = f->index[i];
    int64_t channel = channelOf(static_cast<int64_t>(i));
    if ((k == last && channel == lastChannel) || !met.emplace(k, channel).second)
      continue;
    last = k;
    lastChannel = channel;
    const Element &e = f->elements[k];
    single &= e.terms.size() <= 1;
    if (!e.isConstant())
      inputs.emplace_back(e.terms, channel);
    else if (x)
      inputs.emplace_back(knownOf(*x, k, channel)->terms, channel);
    else if (auto like = likes.find(channel); like != likes.end() && like->second->alpha != 0) {
      Rational code = (e.beta - offsets[channel]) / like->second->alpha; // padding, as what is read for it
      constants |= code.get_den() != 1;
      if (code.get_den() == 1) {
        Term t{like->second->source, like->second->alpha, code.get_num(), code.get_num()};
        t.known = true;
        inputs.emplace_back(std::vector<Term>{t}, channel);
      }
    } else {
      constants = true;
    }
  }
  const Element *like = nullptr;
  byChannel = x != nullptr;
  for (uint32_t k : f->index) {
    const Element &e = f->elements[k];
    if (e.isConstant() || &e == like)
      continue;
    byChannel |=
        llvm::any_of(e.terms, [](const Term &t) { return t.bend || t.largest || !t.sums.empty(); }) ||
        (like && (like->beta != e.beta || like->terms[0].alpha != e.terms[0].alpha));
    like = &e;
  }
  if (single || joined.empty())
    return;
  inputs.clear(); // of several integers each, what stands for a channel
  for (const Element &e : joined)
    if (!e.isConstant())
      inputs.emplace_back(e.terms, &e - joined.data());
}

std::shared_ptr<const Inputs> Walker::inputsOf(const std::set<unsigned> &group) {
  bool single = llvm::all_of(inputs, [](const auto &input) { return input.first.size() == 1; });
  auto &over = overs[single ? std::set<unsigned>() : group];
  if (!over) {
    Inputs all{{}, {}, constants};
    for (const auto &[terms, channel] : inputs)
      for (const Term &t : terms)
        if (single || group.count(t.source)) {
          all.integers.push_back(t);
          all.channel.push_back(channel);
        }
    over = std::make_shared<const Inputs>(std::move(all));
  }
  return over;
}

} // namespace dyadic::certificate
