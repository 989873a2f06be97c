// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exact thresholds from the certificate's derivation, held against the integers that can be reached.
#include "compiler/validate/Robustness.h"
#include "compiler/Failure.h"
#include "compiler/certificate/Derive.h"
#include "compiler/eval/Evaluate.h"
#include "compiler/validate/Reach.h"
#include "passes/model/Quantiser.h"
#include <map>

namespace dyadic::validate {
namespace {

using certificate::Derived;
using certificate::Quantised;
using certificate::Segment;
using model::Integer;
using model::Rational;

constexpr double nearness = 0x1p-20;
constexpr int64_t mostSteps = 1 << 23;        // thresholds looked at in one node
constexpr int64_t mostCombinations = 1 << 14; // of a sum's accumulators beyond two

/// One threshold of a channel and the reachable integer closest to it.
struct Found {
  Rational position, distance;
  double bound = 0;
  std::string integer;
  bool within = false; ///< the code really changes inside the range
};
/// By k and integer.
using FoundMap = std::map<std::pair<int64_t, Integer>, Found>;

model::RoundingMode modeOf(qonnx::Rounding mode) {
  switch (mode) {
  case qonnx::Rounding::HalfEven:
    return model::RoundingMode::HalfEven;
  case qonnx::Rounding::HalfUp:
    return model::RoundingMode::HalfUp;
  case qonnx::Rounding::HalfDown:
    return model::RoundingMode::HalfDown;
  case qonnx::Rounding::Floor:
    return model::RoundingMode::Floor;
  case qonnx::Rounding::Ceil:
    return model::RoundingMode::Ceil;
  case qonnx::Rounding::Up:
    return model::RoundingMode::Up;
  case qonnx::Rounding::Down:
    return model::RoundingMode::Down;
  }
  return model::RoundingMode::HalfEven;
}

model::Result<model::Quantiser> stepsOf(const certificate::Quantiser &q) {
  using Kind = certificate::Quantiser::Kind;
  switch (q.kind) {
  case Kind::Round:
    return model::makeQuant(q.scale, q.zero, q.min, q.max, modeOf(q.mode));
  case Kind::Sign:
    return model::makeSignedBit(q.scale, q.zero);
  case Kind::Trunc:
    return q.clipped ? model::makeTruncV2(q.scale, q.zero, q.valueScale, q.min, q.max, modeOf(q.mode))
                     : model::makeTruncV1(q.scale, q.zero, 1 + std::max<int64_t>(q.shift, 0),
                                          1 + std::max<int64_t>(-q.shift, 0), modeOf(q.mode));
  case Kind::Thresholds:
    break;
  }
  return model::makeMultiThreshold(q.steps, 1, 0);
}

/// Walks the thresholds of one function of one integer.
class Line {
public:
  /// `effort`: what one threshold takes of the budget.
  Line(const model::Quantiser &q, std::vector<Segment> segments, double error, int64_t effort)
      : q(q), segments(std::move(segments)), error(error), effort(effort) {}

  /// `visit(k, position, bound)`; false once the budget is used up.
  template <typename Visit> bool run(int64_t &budget, Visit visit) const {
    for (size_t i = 0; i < segments.size(); ++i) {
      const Segment &s = segments[i];
      if (s.m == 0)
        continue; // the code cannot change here
      Rational slope = s.m * q.preMul, start = s.c * q.preMul + q.preAdd;
      double bound = error / std::abs(s.m.get_d());
      // A threshold outside the range is near its end when the bound reaches that far.
      Rational reach = std::isfinite(bound) ? Rational(bound) : Rational(0);
      Rational from = s.lo - 1 - (i == 0 ? reach : Rational(0));
      Rational to = s.hi + 1 + (i + 1 == segments.size() ? reach : Rational(0));
      Rational a = slope * from + start, b = slope * to + start;
      int64_t first = q.indexOfV(std::min(a, b)) + 1, last = q.indexOfV(std::max(a, b));
      for (int64_t k = first; k <= last; ++k) {
        if ((budget -= effort) < 0)
          return false;
        visit(k, (q.threshold(k).theta - start) / slope, bound);
      }
    }
    return true;
  }

private:
  const model::Quantiser &q;
  std::vector<Segment> segments;
  double error;
  int64_t effort;
};

void keep(FoundMap &found, std::pair<int64_t, Integer> key, Found entry) {
  auto [it, fresh] = found.try_emplace(std::move(key), entry);
  if (fresh)
    return;
  Found &known = it->second;
  entry.within |= known.within;
  entry.bound = std::max(entry.bound, known.bound);
  if (known.distance <= entry.distance) {
    known.within = entry.within;
    known.bound = entry.bound;
  } else {
    known = std::move(entry);
  }
}

/// All thresholds of one function; a reason where they cannot be looked at.
std::optional<std::string> look(const Quantised::Function &f, double magnitude, int64_t &budget,
                                FoundMap &found) {
  for (const Quantised::Function &choice : f.choices) // the largest of several: each of them
    if (auto why = look(choice, magnitude, budget, found))
      return why;
  const auto &terms = f.element.terms;
  if (terms.empty())
    return std::nullopt;
  auto steps = stepsOf(f.quantiser);
  if (!steps)
    return steps.error;
  // One accumulator counts in its own steps, with its own sign; a sum in units of Reach.
  bool single = terms.size() == 1;
  std::vector<Stride> strides;
  for (const certificate::Term &t : terms)
    strides.push_back({single ? Rational(1) : t.alpha, t.lo, t.hi, t.sign});
  auto made = Reach::of(strides, mostCombinations);
  if (auto *why = std::get_if<std::string>(&made))
    return *why;
  const Reach &reach = std::get<Reach>(made);
  const Integer lo = reach.lowest(), hi = reach.highest();
  Rational alpha = single ? Rational(reach.unit() * terms[0].alpha) : reach.unit();
  Line line(*steps, segmentsOf(lo, hi, alpha, f.element.beta, f.element.posts), nearness * magnitude,
            reach.combinations());
  bool all = line.run(budget, [&](int64_t k, const Rational &position, double bound) {
    Reach::Point point = reach.nearest(position);
    Found e;
    e.position = position;
    e.distance = abs(position - point.sum);
    e.bound = bound;
    e.within = position >= lo && position <= hi;
    for (const Integer &part : point.parts)
      e.integer += (e.integer.empty() ? "" : ",") + part.get_str();
    keep(found, {k, point.sum}, std::move(e));
  });
  return all ? std::nullopt
             : std::optional("more than " + std::to_string(mostSteps) + " thresholds to look at");
}

/// Counts a channel's thresholds and writes its rows.
void settle(NodeRobustness &node, int64_t channel, const FoundMap &found) {
  bool open = false; // the last row may be continued
  int64_t counted = std::numeric_limits<int64_t>::min();
  Rational closest;
  for (const auto &[key, e] : found) {
    int64_t k = key.first;
    if (e.within && k != counted) {
      ++node.thresholds;
      counted = k;
    }
    if (e.distance == 0) {
      node.exactTies += e.within;
      open = false;
      continue;
    }
    if (!(e.distance.get_d() <= e.bound)) {
      open = false;
      continue;
    }
    ++node.nearTies;
    bool wide = e.bound >= 0.5;
    if (open && wide && node.rows.back().last + 1 >= k) {
      NearThreshold &row = node.rows.back();
      row.last = k;
      row.bound = std::max(row.bound, e.bound);
      if (e.distance < closest) {
        closest = e.distance;
        row.position = e.position;
        row.integer = e.integer;
        row.distance = e.distance.get_d();
      }
      continue;
    }
    node.rows.push_back({channel, k, k, e.position, e.integer, e.distance.get_d(), e.bound});
    closest = e.distance;
    open = wide;
  }
}

/// The code of largest value that a function gives.
int64_t largestCode(const Quantised::Function &f) {
  std::vector<Integer> codes;
  if (!f.choices.empty()) {
    for (const Quantised::Function &choice : f.choices)
      codes.emplace_back(largestCode(choice));
  } else if (f.element.terms.empty()) {
    Rational v = f.element.beta;
    for (const certificate::Post &post : f.element.posts)
      v = post.apply(v);
    codes = {f.quantiser.code(v)};
  } else if (!f.pieces.empty()) {
    for (const certificate::Piece &p : f.pieces) {
      codes.push_back(p.at(p.lo));
      codes.push_back(p.at(p.hi));
    }
  } else if (auto bounds = f.quantiser.bounds()) {
    codes = {bounds->first, bounds->second};
  } else { // a Trunc without bounds behind a sum: by the sum's own ends
    Rational low = f.element.beta, high = f.element.beta;
    for (const certificate::Term &t : f.element.terms) {
      Rational a = t.alpha * t.lo, b = t.alpha * t.hi;
      low += std::min(a, b);
      high += std::max(a, b);
    }
    for (const certificate::Post &post : f.element.posts) {
      low = post.apply(low);
      high = post.apply(high);
    }
    codes = {f.quantiser.code(low), f.quantiser.code(high)};
  }
  auto size = [&](const Integer &code) { return Rational(abs(f.quantiser.value(code))); };
  Integer best = codes[0];
  for (const Integer &code : codes)
    if (size(code) > size(best))
      best = code;
  return best.fits_slong_p() ? best.get_si() : 0;
}

/// The channels of a tensor, and by channel its functions with the largest magnitude of their elements.
std::map<int64_t, std::map<uint32_t, double>> byChannel(const Quantised &q,
                                                        llvm::ArrayRef<double> magnitudes) {
  size_t inner = 1, channels = 1;
  for (size_t d = 2; d < q.shape.size(); ++d)
    inner *= static_cast<size_t>(q.shape[d]);
  if (q.shape.size() > 1)
    channels = static_cast<size_t>(q.shape[1]);
  std::map<int64_t, std::map<uint32_t, double>> all;
  for (size_t i = 0; i < q.index.size(); ++i) {
    double &m = all[static_cast<int64_t>(i / inner % channels)][q.index[i]];
    m = std::max(m, magnitudes[i]);
  }
  return all;
}

} // namespace

const char *nameOf(NodeRobustness::Verdict verdict) {
  switch (verdict) {
  case NodeRobustness::Verdict::Robust:
    return "robust";
  case NodeRobustness::Verdict::ExactTies:
    return "exact-ties";
  case NodeRobustness::Verdict::NearTies:
    return "near-ties";
  case NodeRobustness::Verdict::Input:
    return "input";
  case NodeRobustness::Verdict::Undecided:
    return "undecided";
  }
  return "";
}

llvm::Expected<std::vector<NodeRobustness>> robustnessOf(mlir::ModuleOp module) {
  llvm::Expected<Derived> derived = certificate::derive(module, {});
  if (!derived)
    return derived.takeError();
  std::map<std::string, const Quantised *> byKey;
  std::map<const Quantised *, std::vector<int64_t>> largest;
  for (const Quantised &q : derived->quantised) {
    byKey[q.key] = &q;
    for (const Quantised::Function &f : q.functions)
      largest[&q].push_back(largestCode(f));
  }
  auto magnitudes = eval::largestMagnitudes(module, [&](const std::string &key, size_t i) {
    auto found = byKey.find(key);
    return found == byKey.end() ? int64_t(0) : largest[found->second][found->second->index[i]];
  });
  if (!magnitudes)
    return magnitudes.takeError();
  std::vector<NodeRobustness> nodes;
  using Verdict = NodeRobustness::Verdict;
  for (const Quantised &q : derived->quantised) {
    NodeRobustness node;
    node.key = q.key;
    auto channels = byChannel(q, (*magnitudes)[q.key]);
    node.channels = static_cast<int64_t>(channels.size());
    int64_t budget = mostSteps;
    for (const auto &[channel, functions] : channels) {
      FoundMap found;
      for (const auto &[f, magnitude] : functions)
        if (auto why = q.input ? std::nullopt : look(q.functions[f], magnitude, budget, found))
          node.why = *why;
      if (!node.why.empty())
        break;
      settle(node, channel, found);
    }
    node.verdict = q.input              ? Verdict::Input
                   : !node.why.empty()  ? Verdict::Undecided
                   : node.nearTies > 0  ? Verdict::NearTies
                   : node.exactTies > 0 ? Verdict::ExactTies
                                        : Verdict::Robust;
    nodes.push_back(std::move(node));
  }
  return nodes;
}

} // namespace dyadic::validate
