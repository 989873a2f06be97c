// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every quantiser of the model once, every element of its tensor by a channel of the right function.
#include "compiler/certificate/Layout.h"
#include "compiler/certificate/Match.h"
#include <set>

namespace dyadic::certificate {
namespace {

class Checker {
public:
  Checker(const Claims &claims, const Derived &derived, Verdict &verdict)
      : claims(claims), derived(derived), verdict(verdict), matcher(claims, derived),
        cycles(claims, matcher) {}

  void run() {
    std::map<std::string, const CodesClaim *> byKey;
    std::set<std::string> keys;
    for (const Quantised &q : derived.quantised)
      keys.insert(q.key);
    for (const CodesClaim &c : claims.codes) {
      if (!byKey.try_emplace(c.key, &c).second)
        add(c.key, -1, {{}, -1, "is listed more than once", {}, {}, {}});
    }
    std::set<int64_t> used = claims.givers();
    for (const RescaleClaim &r : claims.rescales)
      for (const AccumulatorClaim &a : r.accumulators)
        for (const SourceClaim &source : a.sources) {
          used.insert(source.rescale);
          used.insert(source.made.begin(), source.made.end());
        }
    for (const Quantised &q : derived.quantised) {
      ++verdict.quantisers;
      auto it = byKey.find(q.key);
      if (it == byKey.end())
        add(q.key, -1, {{}, -1, "is missing", {}, {}, {}});
      else
        quantiser(q, *it->second);
    }
    for (size_t i = 0; i < claims.rescales.size(); ++i)
      if (keys.count(claims.rescales[i].quantiser) && !used.count(static_cast<int64_t>(i)))
        add(claims.rescales[i].quantiser, -1, {{}, -1, "has a rescale that gives no codes", {}, {}, {}});
  }

private:
  void add(const std::string &key, int64_t channel, Fault f) {
    f.quantiser = key;
    f.channel = channel;
    verdict.faults.push_back(std::move(f));
  }

  void quantiser(const Quantised &q, const CodesClaim &codes) {
    auto what = [&](const std::string &text) { add(q.key, -1, {{}, -1, text, {}, {}, {}}); };
    if (q.input) {
      ++verdict.inputs;
      for (const Origin &o : codes.origins) {
        bool made = o.rescale >= 0;
        for (const auto &items : o.elements)
          made |= llvm::any_of(items, [](const Item &i) { return i.source >= 0; });
        if (made)
          what("gives the codes of a graph input, yet has a rescale");
      }
      return;
    }
    int64_t count = 1;
    for (int64_t d : codes.view)
      count *= d;
    if (count != static_cast<int64_t>(q.index.size()))
      return what("has " + std::to_string(count) + " elements, the model's has " +
                  std::to_string(q.index.size()));
    std::string problem;
    Layout layout(codes, cycles, problem);
    if (!problem.empty())
      return what(problem);
    std::set<std::pair<uint32_t, std::vector<Place>>> seen;
    uint32_t lastFunction = ~0U;
    std::vector<Place> last;
    for (size_t i = 0; i < q.index.size(); ++i) {
      std::vector<Place> places = layout.of(static_cast<int64_t>(i));
      if (q.index[i] == lastFunction && places == last)
        continue;
      lastFunction = q.index[i];
      last = places;
      if (seen.emplace(q.index[i], places).second)
        element(q, codes, q.functions[q.index[i]], places);
    }
  }

  /// One element: a place, or several of which it is the largest.
  void element(const Quantised &q, const CodesClaim &codes, const Quantised::Function &f,
               const std::vector<Place> &places) {
    if (f.choices.empty()) {
      for (const Place &p : places)
        place(q, codes, f, p);
      return;
    }
    if (places[0].kind == Place::Kind::Removed)
      return place(q, codes, f, places[0]);
    ++verdict.channels;
    std::vector<std::pair<const RescaleClaim *, int64_t>> made;
    std::vector<Integer> written;
    for (const Place &p : places)
      if (p.kind == Place::Kind::Made)
        made.emplace_back(&claims.rescales[static_cast<size_t>(p.rescale)], p.element.get_si());
      else if (p.kind == Place::Kind::Filled)
        written.push_back(p.element);
      else
        return add(q.key, -1, fault("takes the codes of '" + *p.input + "' as they are"));
    if (auto wrong = compareChoices(matcher, f, made, written, places[0].take, codes.mul, codes.add))
      add(q.key, -1, std::move(*wrong));
  }

  void place(const Quantised &q, const CodesClaim &codes, const Quantised::Function &f, const Place &p) {
    if (p.kind == Place::Kind::Removed) {
      if (!f.isAlways(codes.constants[p.element.get_ui()]))
        add(q.key, p.element.get_si(),
            fault("was removed as the constant " + codes.constants[p.element.get_ui()].get_str() +
                  ", which it is not"));
      return;
    }
    ++verdict.channels;
    if (p.kind == Place::Kind::Filled) {
      if (Integer code = codes.mul * p.element + codes.add; !f.isAlways(code))
        add(q.key, -1, fault("is filled with " + code.get_str() + ", which the model does not"));
      return;
    }
    bool made = p.kind == Place::Kind::Made;
    const RescaleClaim *rescale = made ? &claims.rescales[static_cast<size_t>(p.rescale)] : nullptr;
    int64_t at = p.element.get_si();
    int64_t channel =
        made ? at / rescale->period % static_cast<int64_t>(rescale->channels.size()) : int64_t{0};
    if (takenAsTheyAre(q, f, made ? rescale->quantiser : *p.input, channel))
      return;
    if (!made) {
      if (!f.element.isConstant())
        add(q.key, -1, fault("has no rescale"));
      return;
    }
    if (auto wrong = compareFunction(matcher, f, *rescale, at, codes.mul, codes.add))
      add(q.key, channel, std::move(*wrong));
  }

  /// Codes that another quantiser, or a graph input, has given already: this one must change nothing.
  bool takenAsTheyAre(const Quantised &q, const Quantised::Function &f, const std::string &from,
                      int64_t channel) {
    if (f.element.terms.size() != 1)
      return false;
    const Term &t = f.element.terms[0];
    const Source &s = derived.sources[t.source];
    if (s.kind != Source::Kind::Codes || t.bend || t.largest || from == q.key)
      return false;
    std::set<std::string> read;
    const std::vector<std::string> names = s.reads.empty() ? std::vector{s.name} : s.reads;
    const auto [readMul, readAdd] = matcher.scaleOf(names[0]);
    for (const std::string &name : names) {
      if (readMul == 0 || matcher.scaleOf(name) != std::pair{readMul, readAdd})
        return false;
      read.insert(matcher.namesOf(name).begin(), matcher.namesOf(name).end());
    }
    if (read.count(from) == 0)
      return false;
    // Of code x memory holds (x - readAdd) / readMul, of which this quantiser's codes are told.
    const auto [ownMul, ownAdd] = matcher.scaleOf(q.key);
    Rational factor(ownMul, readMul);
    factor.canonicalize();
    Pieces same{Piece::line(t.lo, t.hi, factor, ownAdd - factor * readAdd)};
    if (auto at = differenceOver(wholeOf({t}), f.pieces, same))
      add(q.key, channel,
          {{},
           -1,
           "takes codes as they are",
           at->get_str(),
           valueAt(f.pieces, *at).get_str(),
           valueAt(same, *at).get_str()});
    return true;
  }

  const Claims &claims;
  const Derived &derived;
  Verdict &verdict;
  Matcher matcher;
  Cycles cycles;
};

} // namespace

std::string Fault::text() const {
  std::string r = "quantiser '" + quantiser + "'";
  if (channel >= 0)
    r += ", channel " + std::to_string(channel);
  r += ": " + what;
  if (!accumulator.empty())
    r += ": accumulator " + accumulator + " has code " + expected + ", claimed " + claimed;
  return r;
}

Names::Names(const Claims &claims) {
  auto nameOf = [&](int64_t rescale, const std::string &input) {
    return rescale >= 0 ? claims.rescales[static_cast<size_t>(rescale)].quantiser : input;
  };
  for (const CodesClaim &c : claims.codes)
    for (const Origin &o : c.origins) {
      if (o.elements.empty())
        origins[c.key].insert(nameOf(o.rescale, o.input));
      for (const auto &items : o.elements)
        for (const Item &i : items)
          if (i.source >= 0 || !i.input.empty())
            origins[c.key].insert(nameOf(i.source, i.input));
    }
}

const std::set<std::string> &Names::of(const std::string &name) const {
  auto [it, unknown] = origins.try_emplace(name);
  if (unknown)
    it->second.insert(name);
  return it->second;
}

std::map<std::string, Removed> removedBy(const Claims &claims) {
  std::map<std::string, Removed> removed;
  for (const CodesClaim &c : claims.codes) {
    if (c.keptAxis < 0)
      continue;
    Removed &r = removed[c.key];
    auto axis = static_cast<size_t>(c.perm[c.keptAxis]);
    for (size_t d = axis + 1; d < c.view.size(); ++d)
      r.stride *= c.view[d];
    r.extent = c.view[axis];
    std::set<int64_t> kept(c.kept.begin(), c.kept.end());
    for (int64_t i = 0; i < r.extent; ++i)
      if (!kept.count(i))
        r.codes[i] = c.constants[i];
  }
  return removed;
}

Verdict compare(const Claims &claims, const Derived &derived) {
  Verdict verdict;
  Checker(claims, derived, verdict).run();
  return verdict;
}

llvm::Expected<Verdict> check(const Claims &claims, mlir::ModuleOp module) {
  const std::map<std::string, Removed> removed = removedBy(claims);
  llvm::Expected<Derived> derived = derive(module, removed);
  if (!derived)
    return derived.takeError();
  Verdict verdict = compare(claims, *derived);
  // Another exact way to tell what is not rounded: a quantiser holds where it holds in one of them.
  for (Splitting splitting :
       {Splitting::Nested, Splitting::BeyondWords, Splitting::Always, Splitting::BeforeQuantisersToo}) {
    if (verdict.faults.empty() || !derived->bends)
      break;
    llvm::Expected<Derived> other = derive(module, removed, splitting, &*derived);
    if (!other) {
      llvm::consumeError(other.takeError());
      continue;
    }
    std::set<std::string> wrong;
    for (const Fault &f : compare(claims, *other).faults)
      wrong.insert(f.quantiser);
    llvm::erase_if(verdict.faults, [&](const Fault &f) { return wrong.count(f.quantiser) == 0; });
  }
  return verdict;
}

} // namespace dyadic::certificate
