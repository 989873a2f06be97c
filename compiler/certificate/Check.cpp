// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every quantiser of the model once, every element of its tensor by a channel of the right function.
#include "compiler/certificate/Check.h"
#include <algorithm>
#include <numeric>
#include <set>

namespace dyadic::certificate {
namespace {

/// Which origin and which of its channels an element of the ONNX tensor is, or that it was taken out.
struct Place {
  size_t origin = 0, channel = 0;
  size_t output = 0; ///< of the op that sums, modulo its number of outputs
  const Integer *constant = nullptr;
  const Integer *fill = nullptr; ///< what was written instead of any
};

class Layout {
public:
  /// `problem` tells why the layout makes no sense.
  Layout(const CodesClaim &codes, const Claims &claims, std::string &problem) : codes(codes), claims(claims) {
    size_t rank = codes.view.size();
    for (int64_t p : codes.perm)
      physical.push_back(codes.view[p]);
    stride.assign(rank, 1);
    for (size_t d = rank; d-- > 1;)
      stride[d - 1] = stride[d] * codes.view[d];
    if (codes.keptAxis >= 0) {
      position.assign(physical[codes.keptAxis], -1);
      for (size_t k = 0; k < codes.kept.size(); ++k)
        position[codes.kept[k]] = static_cast<int64_t>(k);
      physical[codes.keptAxis] = static_cast<int64_t>(codes.kept.size());
      if (std::set<int64_t>(codes.kept.begin(), codes.kept.end()).size() != codes.kept.size())
        problem = "keeps a channel twice";
    }
    if (codes.origins.empty())
      problem = "has no origin";
    int64_t next = 0;
    for (const Origin &o : codes.origins) {
      if (codes.origins.size() > 1 && (o.extent < 1 || o.begin != next))
        problem = "has origins that do not follow each other";
      next = o.begin + std::max<int64_t>(o.extent, 0);
      if (o.rescale < 0) {
        outputsOf.push_back(1);
        continue;
      }
      const RescaleClaim &r = claims.rescales[o.rescale];
      auto channels = static_cast<int64_t>(r.channels.size());
      int64_t outputs = outputsOfSums(r, 2);
      if (outputs == 0) {
        problem = "adds sums of too many different numbers of outputs";
        outputs = 1;
      }
      outputsOf.push_back(outputs);
      if (!o.places.empty())
        continue;
      if (o.moved && (channels != 1 || outputs != 1))
        problem = "is moved after its rescale, and what channel an element has is not told";
      if (o.pooled && outputs != 1 && (rank == 0 || outputs != extentOf(o, rank - 1)))
        problem = "is pooled from outputs that are not innermost";
      if (o.pooled && channels != 1 && (rank == 0 || r.period != 1 || channels != extentOf(o, rank - 1)))
        problem = "is pooled from channels that are not innermost";
    }
    if (codes.origins.size() > 1 && (rank == 0 || next != physical[codes.axis]))
      problem = "has origins that do not cover the tensor";
  }

  /// Most elements are one place; the largest of several is at all of them.
  std::vector<Place> of(int64_t flat) const {
    Place place;
    size_t rank = physical.size();
    int64_t at[16]; // the reader refuses higher ranks
    for (size_t i = 0; i < rank; ++i) {
      at[i] = flat / stride[codes.perm[i]] % codes.view[codes.perm[i]];
      if (static_cast<int64_t>(i) == codes.keptAxis) {
        if (position[at[i]] < 0) {
          place.constant = &codes.constants[at[i]];
          return {place};
        }
        at[i] = position[at[i]];
      }
    }
    if (codes.origins.size() > 1) {
      while (at[codes.axis] >= codes.origins[place.origin].begin + codes.origins[place.origin].extent)
        ++place.origin;
      at[codes.axis] -= codes.origins[place.origin].begin;
    }
    const Origin &o = codes.origins[place.origin];
    if (o.rescale < 0)
      return {place};
    const RescaleClaim &r = claims.rescales[o.rescale];
    int64_t index = 0;
    if (o.moved && o.places.empty())
      return {place};
    if (o.pooled && o.places.empty())
      index = rank == 0 ? 0 : at[rank - 1];
    else
      for (size_t i = 0; i < rank; ++i)
        index = index * extentOf(o, i) + at[i];
    auto placed = [&](int64_t element, int64_t period) {
      Place p = place;
      p.channel = static_cast<size_t>(element / period % static_cast<int64_t>(r.channels.size()));
      p.output = static_cast<size_t>(element % outputsOf[p.origin]);
      return p;
    };
    if (o.places.empty())
      return {placed(index, o.pooled ? 1 : r.period)};
    std::vector<Place> all;
    for (int64_t element : o.places[static_cast<size_t>(index) % o.places.size()])
      all.push_back(placed(element, r.period));
    if (all.empty()) {
      place.fill = &o.fill;
      all.push_back(place);
    }
    return all;
  }

private:
  /// After how many elements the outputs repeat that a rescale takes its sums of, its own or another's that
  /// it reads; 0: too many.
  int64_t outputsOfSums(const RescaleClaim &r, int depth) const {
    int64_t outputs = 1;
    auto join = [&](int64_t own) {
      outputs = outputs == 0 || own == 0 ? 0 : std::lcm(outputs, own);
      if (outputs > int64_t{1} << 31)
        outputs = 0;
    };
    for (const AccumulatorClaim &a : r.accumulators) {
      size_t own = a.outputs.empty() ? a.weights.size() : a.outputs.size();
      join(std::clamp<int64_t>(static_cast<int64_t>(own), 1, int64_t{1} << 31));
      if (a.rescale < 0 || depth == 0)
        continue;
      const RescaleClaim &inner = claims.rescales[a.rescale];
      if (inner.quantiser == r.quantiser ||
          llvm::none_of(claims.codes, [&](const CodesClaim &c) { return c.key == inner.quantiser; }))
        join(outputsOfSums(inner, depth - 1));
    }
    return outputs;
  }
  int64_t extentOf(const Origin &o, size_t axis) const {
    return codes.origins.size() > 1 && static_cast<int64_t>(axis) == codes.axis ? o.extent : physical[axis];
  }
  const CodesClaim &codes;
  const Claims &claims;
  std::vector<int64_t> physical, stride, position, outputsOf;
};

/// The function over its whole range is one code.
bool isAlways(const Quantised::Function &f, const Integer &code) {
  if (f.element.isConstant())
    return f.quantiser.code(f.element.beta) == code;
  if (f.pieces.empty())
    return false;
  const Integer &lo = f.pieces.front().lo, &hi = f.pieces.back().hi;
  return !difference(f.pieces, {Piece::constant(lo, hi, code)}, lo, hi);
}

class Checker {
public:
  Checker(const Claims &claims, const Derived &derived, Verdict &verdict)
      : claims(claims), derived(derived), verdict(verdict), names(claims) {}

  void run() {
    std::map<std::string, const CodesClaim *> byKey;
    std::set<std::string> keys;
    for (const Quantised &q : derived.quantised)
      keys.insert(q.key);
    std::set<int64_t> used;
    for (const CodesClaim &c : claims.codes) {
      if (!byKey.try_emplace(c.key, &c).second)
        add(c.key, -1, {{}, -1, "is listed more than once", {}, {}, {}});
      for (const Origin &o : c.origins)
        used.insert(o.rescale);
    }
    for (const RescaleClaim &r : claims.rescales)
      for (const AccumulatorClaim &a : r.accumulators)
        used.insert(a.rescale);
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
      for (const Origin &o : codes.origins)
        if (o.rescale >= 0)
          what("gives the codes of a graph input, yet has a rescale");
      return;
    }
    int64_t count = 1;
    for (int64_t d : codes.view)
      count *= d;
    if (count != static_cast<int64_t>(q.index.size()))
      return what("has " + std::to_string(count) + " elements, the model's has " +
                  std::to_string(q.index.size()));
    std::string problem;
    Layout layout(codes, claims, problem);
    if (!problem.empty())
      return what(problem);

    std::set<std::tuple<uint32_t, size_t, size_t, size_t, const Integer *>> seen;
    uint32_t lastFunction = ~0U;
    Place last;
    for (size_t i = 0; i < q.index.size(); ++i) {
      for (const Place &p : layout.of(static_cast<int64_t>(i))) {
        if (q.index[i] == lastFunction && p.origin == last.origin && p.channel == last.channel &&
            p.output == last.output && p.constant == last.constant && p.fill == last.fill)
          continue;
        lastFunction = q.index[i];
        last = p;
        if (seen.insert({q.index[i], p.origin, p.channel, p.output, p.constant ? p.constant : p.fill}).second)
          place(q, codes, q.functions[q.index[i]], p);
      }
    }
  }

  void place(const Quantised &q, const CodesClaim &codes, const Quantised::Function &f, const Place &p) {
    if (p.constant) {
      if (!isAlways(f, *p.constant))
        add(q.key, p.constant - codes.constants.data(),
            {{},
             -1,
             "was removed as the constant " + p.constant->get_str() + ", which it is not",
             {},
             {},
             {}});
      return;
    }
    ++verdict.channels;
    if (p.fill) {
      if (Integer code = codes.mul * *p.fill + codes.add; !isAlways(f, code))
        add(q.key, -1,
            {{}, -1, "is filled with " + code.get_str() + ", which the model does not", {}, {}, {}});
      return;
    }
    const Origin &o = codes.origins[p.origin];
    // Codes that another quantiser, or a graph input, has given already: this one must change nothing.
    bool codesAsRead =
        f.element.terms.size() == 1 && derived.sources[f.element.terms[0].source].kind == Source::Kind::Codes;
    if (codesAsRead) {
      const Source &s = derived.sources[f.element.terms[0].source];
      const std::string &from = o.rescale < 0 ? o.input : claims.rescales[o.rescale].quantiser;
      std::set<std::string> read;
      for (const std::string &name : s.reads.empty() ? std::vector{s.name} : s.reads)
        read.insert(names.of(name).begin(), names.of(name).end());
      bool taken = from != q.key && read.count(from) != 0;
      if (taken) {
        const Term &t = f.element.terms[0];
        Pieces same{{t.lo, t.hi, 1, 0, 1, Hit::Stay}};
        auto at = difference(f.pieces, same, t.lo, t.sign ? t.lo : t.hi);
        if (!at && t.sign)
          at = difference(f.pieces, same, t.hi, t.hi);
        if (at)
          add(q.key, static_cast<int64_t>(p.channel),
              {{},
               -1,
               "takes codes as they are",
               at->get_str(),
               valueAt(f.pieces, *at).get_str(),
               at->get_str()});
        return;
      }
    }
    if (o.rescale < 0) {
      if (!f.element.isConstant())
        add(q.key, -1, {{}, -1, "has no rescale", {}, {}, {}});
      return;
    }
    if (f.element.isConstant())
      return constantElement(q, codes, f, p);
    if (auto wrong = compareFunction(claims, derived, names, f, claims.rescales[o.rescale], p.channel,
                                     p.output, codes.mul, codes.add))
      add(q.key, static_cast<int64_t>(p.channel), std::move(*wrong));
  }

  /// The model gives one code whatever the input; the claim must, over all that it says may be read.
  void constantElement(const Quantised &q, const CodesClaim &codes, const Quantised::Function &f,
                       const Place &p) {
    const RescaleClaim &r = claims.rescales[codes.origins[p.origin].rescale];
    const ChannelClaim &c = r.channels[p.channel];
    Integer code = f.quantiser.code(f.element.beta);
    std::string why;
    Integer lo = c.range[0].first, hi = c.range[0].second;
    const AccumulatorClaim &a = r.accumulators[0];
    if (!a.outputs.empty() && a.outputs[p.output % a.outputs.size()] < 0 && lo <= a.fill && a.fill <= hi)
      lo = hi = a.fill;
    std::optional<Pieces> y;
    if (c.range.size() == 1 && lo <= hi)
      y = piecesOf(r, c, {1}, {0}, lo, hi, why);
    else if (c.form == Form::Constant)
      y = Pieces{Piece::constant(0, 0, c.b)};
    if (y)
      y = mapTo(*y, codes.mul, codes.add);
    if (!y ||
        difference(*y, {Piece::constant(y->front().lo, y->back().hi, code)}, y->front().lo, y->back().hi))
      add(q.key, static_cast<int64_t>(p.channel),
          {{}, -1, "is the constant " + code.get_str() + " in the model", {}, {}, {}});
  }

  const Claims &claims;
  const Derived &derived;
  Verdict &verdict;
  Names names;
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
  for (const CodesClaim &c : claims.codes)
    for (const Origin &o : c.origins)
      origins[c.key].insert(o.rescale >= 0 ? claims.rescales[o.rescale].quantiser : o.input);
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
  llvm::Expected<Derived> derived = derive(module, removedBy(claims));
  if (!derived)
    return derived.takeError();
  return compare(claims, *derived);
}

} // namespace dyadic::certificate
