// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums over integers that no quantiser rounds: the rescales that make them, held against the functions that
// are summed.
#include "compiler/certificate/Match.h"
#include "llvm/Support/SaveAndRestore.h"
#include <set>

namespace dyadic::certificate {
namespace {

/// Its integers are those of a quantiser or input, or those of such that it bends.
bool isCode(const Term &t) {
  if (t.largest)
    return llvm::all_of(t.largest->choices, [&](const Element &c) {
      return c.isConstant() || (c.terms.size() == 1 && isCode(c.terms[0]));
    });
  if (!t.bend)
    return t.sums.empty();
  auto same = [&](const Segment &s, const Integer &x) { return s.m * x + s.c == t.bend->unit * x; };
  return t.bend->element.terms.size() == 1 && isCode(t.bend->element.terms[0]) &&
         llvm::all_of(t.bend->segments, [&](const Segment &s) { return same(s, s.lo) && same(s, s.hi); });
}

} // namespace

llvm::ArrayRef<std::vector<Item>> channelsOf(const SourceClaim &s, const Integer &output) {
  auto groups = static_cast<unsigned long>(s.groups);
  unsigned long each = s.channels.size() / groups,
                outputs = s.weights.empty() ? s.channels.size() : s.weights.size();
  if (each == 0)
    return {};
  unsigned long group = Integer(output % outputs).get_ui() / (outputs / groups);
  return llvm::ArrayRef(s.channels).slice(group * each, each);
}

std::optional<Line> Matcher::lineOf(const Term &integer, const RescaleClaim &maker, int64_t element) const {
  const std::vector<Term> terms{integer};
  std::string why;
  {
    Taken taken(1, false);
    if (auto l = made(terms, maker, element, taken, why))
      if (l->factor[0] != 0 || integer.lo == integer.hi)
        return Line{l->factor[0], l->add};
  }
  if (integer.known)
    return std::nullopt;
  if (!integer.bend && !integer.largest) { // by a form that need not be a line
    Whole whole = wholeOf(terms);
    auto pieces = composed(terms, whole, maker, element, -1);
    if (!pieces)
      return std::nullopt;
    Line line{1, valueAt(*pieces, integer.lo) - integer.lo};
    Pieces same{{integer.lo, integer.hi, 1, line.add, 1, Hit::Stay}};
    return differenceOver(whole, same, *pieces) ? std::nullopt : std::optional(line);
  }
  if (!integer.largest)
    return std::nullopt;
  const Largest &all = *integer.largest;
  for (const Element &c : all.choices) {
    Taken taken(c.terms.size(), false);
    auto l = made(c.terms, maker, element, taken, why);
    if (!l || c.isConstant())
      continue;
    Rational mul = 1;
    for (size_t t = 0; t < c.terms.size(); ++t)
      if (c.terms[t].alpha != 0)
        mul = l->factor[t] * all.unit / c.terms[t].alpha;
    bool holds = all.isTakenBy(mul) && mul.get_den() == 1;
    for (size_t t = 0; t < c.terms.size(); ++t)
      holds &= l->factor[t] == mul * c.terms[t].alpha / all.unit;
    Rational add = l->add - mul * (c.beta - all.base) / all.unit;
    if (holds && add.get_den() == 1)
      return Line{mul.get_num(), add.get_num()};
  }
  return std::nullopt;
}

/// Integers that are summed, and the rescales that are to make them.
class Matcher::Makers {
public:
  /// `channels`: those of the model that are summed, all where empty; `read`: what each channel that is read
  /// is made of.
  Makers(const Matcher &matcher, const Inputs &all, const std::set<int64_t> &channels,
         llvm::ArrayRef<std::vector<Item>> read)
      : matcher(matcher) {
    over.constants = all.constants;
    for (size_t i = 0; i < all.integers.size(); ++i)
      if (channels.empty() || channels.count(all.channel[i])) {
        over.integers.push_back(all.integers[i]);
        over.channel.push_back(all.channel[i]);
      }
    std::set<Item> seen;
    for (size_t c = 0; c < read.size(); ++c)
      for (const Item &item : read[c])
        if (item.source >= 0 && seen.insert(item).second)
          made.push_back(
              {&matcher.claims.rescales[static_cast<size_t>(item.source)], item.element.get_si(), c});
    for (size_t i = 0; i < over.integers.size(); ++i)
      group(i);
  }

  /// The lines by which all that is made follows from what is summed; whatever is summed is made, or was
  /// given.
  std::optional<Lines> lines() {
    std::set<std::pair<Integer, Integer>> tried;
    auto holds = [&](const Line &l) { return tried.emplace(l.mul, l.add).second && all({l, {}, false}); };
    if (holds({1, 0}))
      return Lines{{}, {}, constants};
    for (size_t i = 0; i < over.integers.size() && !made.empty() && tried.size() < mostLines; ++i)
      if (auto l = factorOf(over.integers[i], made[0]); l && holds(*l))
        return Lines{*l, {}, constants};
    Lines own = ownLines();
    if (!all(own))
      return std::nullopt;
    own.constants = constants;
    return own;
  }

private:
  static constexpr size_t mostLines = 8, mostPairs = size_t{1} << 15; ///< that are tried

  struct Made {
    const RescaleClaim *maker;
    int64_t element;
    size_t channel;
  };

  /// Lines of the same integers, by factors and offset.
  struct Group {
    std::vector<Term> base;
    std::map<std::pair<std::vector<Rational>, Rational>, std::vector<size_t>> lines;
  };

  void group(size_t i) {
    const Term &t = over.integers[i];
    bool bent = t.bend && t.bend->segments.size() == 1;
    if (t.known || t.largest || (t.bend && !bent))
      return;
    std::vector<Term> base = bent ? t.bend->element.terms : std::vector<Term>{t};
    std::vector<Rational> factors;
    Whole whole = wholeOf(base);
    for (const Integer &step : whole.steps)
      factors.emplace_back(bent ? Rational(t.bend->segments[0].m * step / t.bend->unit) : Rational(1));
    Rational add = bent ? Rational(t.bend->segments[0].c / t.bend->unit) : Rational(0);
    auto like = llvm::find_if(groups, [&](const Group &g) {
      return std::equal(g.base.begin(), g.base.end(), base.begin(), base.end(),
                        [](const Term &x, const Term &y) {
                          return x.source == y.source && x.lo == y.lo && x.hi == y.hi && x.bend == y.bend &&
                                 x.largest == y.largest && x.sums == y.sums;
                        });
    });
    if (like == groups.end()) {
      groups.push_back({std::move(base), {}});
      like = groups.end() - 1;
    }
    like->lines[{std::move(factors), std::move(add)}].push_back(i);
  }

  /// Of what has one value, a factor alone.
  std::optional<Line> factorOf(const Term &t, const Made &m) {
    ++pairs;
    auto l = matcher.lineOf(t, *m.maker, m.element);
    if (l && t.lo == t.hi) {
      Integer value = l->mul * t.lo + l->add;
      l = t.lo != 0 && value % t.lo == 0 ? std::optional(Line{value / t.lo, 0}) : std::nullopt;
    }
    return l && l->mul != 0 ? l : std::nullopt;
  }

  /// For each channel a line of its own.
  Lines ownLines() {
    Lines r;
    std::map<int64_t, std::vector<const Term *>> channels;
    for (size_t i = 0; i < over.integers.size(); ++i)
      if (!over.integers[i].known)
        channels[over.channel[i]].push_back(&over.integers[i]);
    size_t before = 0; // channels, as they follow each other in what is read, as a rule
    for (const auto &[channel, integers] : channels) {
      size_t first = 0;
      while (first < made.size() && made[first].channel < before)
        ++first;
      ++before;
      if (auto l = lineFor(integers, first))
        r.of.emplace(channel, *l);
    }
    return r;
  }

  /// Many may be made of one integer by some factor: the one by which the channel's others are made too.
  std::optional<Line> lineFor(llvm::ArrayRef<const Term *> integers, size_t first) {
    std::optional<Line> any;
    for (const Term *t : integers)
      for (size_t k = 0; k < made.size() && pairs < mostPairs; ++k) {
        auto l = factorOf(*t, made[(first + k) % made.size()]);
        if (l && makesAll(integers, *l, first))
          return l;
        any = any ? any : l;
      }
    return any;
  }

  bool makesAll(llvm::ArrayRef<const Term *> integers, const Line &line, size_t first) {
    for (size_t i = 0; i < integers.size(); ++i) {
      size_t k = 0; // the first integer of a channel is the first that is made, as a rule
      while (k < made.size() && ++compared < mostPairs &&
             !isAs(*integers[i], made[(first + i + k) % made.size()], line))
        ++k;
      if (k == made.size())
        return false;
    }
    return true;
  }

  /// Which of the integers an element is; `met` are marked.
  bool is(const Made &m, const Lines &lines, std::vector<bool> &met) {
    std::string why;
    for (const Group &g : groups) {
      if (!lines.of.empty() || ++pairs > mostPairs)
        break;
      Taken taken(g.base.size(), false);
      auto l = matcher.made(g.base, *m.maker, m.element, taken, why);
      if (!l)
        continue;
      std::vector<Rational> factors;
      for (const Integer &f : l->factor)
        factors.push_back(Rational(f) / lines.all.mul);
      auto same = g.lines.find({factors, (Rational(l->add) - lines.all.add) / lines.all.mul});
      if (same == g.lines.end())
        continue;
      for (size_t i : same->second)
        met[i] = true;
      return true;
    }
    for (size_t i = 0; i < over.integers.size() && pairs < mostPairs;
         ++i) { // channel c is integer c, as a rule
      size_t at = (i + m.channel) % over.integers.size();
      if (isAs(at, m, lines)) {
        known |= over.integers[at].known;
        return met[at] = true;
      }
    }
    // A constant that the model adds beside the sum; its weights are none of the sum's.
    Taken none;
    if (!over.constants || !matcher.made({}, *m.maker, m.element, none, why))
      return false;
    return constants = true;
  }

  bool isAs(const Term &t, const Made &m, const Line &line) const {
    auto l = matcher.lineOf(t, *m.maker, m.element);
    return l && (*l == line || (t.lo == t.hi && l->mul * t.lo + l->add == line.mul * t.lo + line.add));
  }
  bool isAs(size_t i, const Made &m, const Lines &lines) {
    ++pairs;
    return isAs(over.integers[i], m, lines.at(over.channel[i]));
  }

  bool all(const Lines &lines) {
    pairs = 0;
    constants = known = false;
    std::vector<bool> met(over.integers.size(), false);
    for (const Made &m : made)
      if (!is(m, lines, met))
        return false;
    for (size_t i = 0; i < over.integers.size(); ++i) {
      const Term &t = over.integers[i];
      bool given = lines.at(over.channel[i]) == Line{} && !t.known && isCode(t);
      bool besides = t.known && !known; // none of them is made
      if (!met[i] && !besides && !given && !another(i, lines))
        return false;
    }
    return true;
  }

  /// An element that was taken for another integer may be this one as well.
  bool another(size_t i, const Lines &lines) {
    for (size_t k = 0; k < made.size() && pairs < mostPairs; ++k)
      if (isAs(i, made[(i + k) % made.size()], lines))
        return true;
    return false;
  }

  const Matcher &matcher;
  Inputs over;
  std::vector<Made> made;
  std::vector<Group> groups;
  size_t pairs = 0, compared = 0;
  bool constants = false; ///< some of what is made is one
  bool known = false;     ///< and some is a constant that is summed
};

std::optional<Lines> Matcher::sumsWhatIsMade(const Term &sum, const SourceClaim &s,
                                             const Integer &output) const {
  if (!sum.over)
    return Lines();
  llvm::SaveAndRestore none(fixed, {}); // whatever the row
  llvm::ArrayRef<std::vector<Item>> items = s.channels;
  std::set<int64_t> channels, every(sum.over->channel.begin(), sum.over->channel.end());
  if (s.groups > 1 && s.channels.size() == every.size()) { // those that this output sums
    items = channelsOf(s, output);
    for (const auto &info : sum.sums)
      for (const SumInfo::Channel &c : info->channels)
        channels.insert(c.channel);
  }
  auto [it, fresh] = knownMade.try_emplace({sum.over.get(), items.data(), channels});
  if (!fresh)
    return it->second;
  auto lines = Makers(*this, *sum.over, channels, items).lines();
  return knownMade[{sum.over.get(), items.data(), channels}] = lines;
}

} // namespace dyadic::certificate
