// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pairs of samples on both sides of an edge: two samples with different codes are brought together until they
// differ in one element, by as little as can be.
#include "test/fuzz/Generate.h"
#include <cstring>

namespace dyadic::fuzz {
namespace {

/// Elements of all inputs of one sample, one after the other.
using Sample = std::vector<double>;

struct Layout {
  std::vector<eval::Input> inputs; ///< for names, types and shapes
  enum Kind { Real, Integer, Sign };
  std::vector<Kind> kinds; ///< by element; Sign: -1 or +1 only

  explicit Layout(const std::vector<eval::Input> &all) : inputs(all) {
    for (const eval::Input &i : all) {
      Kind kind = npy::isFloating(i.array.type()) ? Real : Integer;
      if (kind == Integer && llvm::all_of(i.array.asDoubles(), [](double v) { return v == 1 || v == -1; }))
        kind = Sign;
      kinds.insert(kinds.end(), i.array.elements() / static_cast<size_t>(i.array.shape()[0]), kind);
    }
  }

  std::vector<Sample> samples() const {
    auto count = static_cast<size_t>(inputs[0].array.shape()[0]);
    std::vector<Sample> all(count);
    for (const eval::Input &i : inputs) {
      std::vector<double> values = i.array.asDoubles();
      size_t each = values.size() / count;
      for (size_t s = 0; s < count; ++s)
        all[s].insert(all[s].end(), values.begin() + static_cast<std::ptrdiff_t>(s * each),
                      values.begin() + static_cast<std::ptrdiff_t>((s + 1) * each));
    }
    return all;
  }

  std::vector<eval::Input> arrays(const std::vector<Sample> &all) const {
    std::vector<eval::Input> result;
    size_t at = 0;
    for (const eval::Input &i : inputs) {
      size_t each = i.array.elements() / static_cast<size_t>(i.array.shape()[0]);
      std::vector<int32_t> codes;
      std::vector<float> reals;
      for (const Sample &s : all)
        for (size_t k = at; k < at + each; ++k)
          kinds[k] == Real ? reals.push_back(static_cast<float>(s[k]))
                           : codes.push_back(static_cast<int32_t>(s[k]));
      std::vector<int64_t> shape = i.array.shape();
      shape[0] = static_cast<int64_t>(all.size());
      result.push_back({i.name, npy::isFloating(i.array.type()) ? npy::Array::of<float>(shape, reals)
                                                                : npy::Array::of<int32_t>(shape, codes)});
      at += each;
    }
    return result;
  }
};

/// One code of one quantiser, and two samples that give different ones.
struct Edge {
  std::string key;
  size_t index = 0;
  int64_t code = 0; ///< that of `near`
  Sample near, far;

  int64_t in(const eval::RunResult &result, size_t sample, size_t samples) const {
    const std::vector<int64_t> &values = result.codes.at(key).values;
    return values[sample * (values.size() / samples) + index];
  }
};

/// A sample between an edge's two.
Sample between(const Edge &e, const std::vector<Layout::Kind> &kinds) {
  size_t first = e.near.size(), last = 0, differ = 0;
  for (size_t k = 0; k < e.near.size(); ++k)
    if (e.near[k] != e.far[k])
      first = std::min(first, k), last = k, ++differ;
  Sample middle = e.near;
  if (differ > 1) {
    size_t half = differ / 2;
    for (size_t k = first; k <= last && half > 0; ++k)
      if (e.near[k] != e.far[k])
        middle[k] = e.far[k], --half;
  } else if (differ == 1 && kinds[first] != Layout::Sign) {
    double v = (e.near[first] + e.far[first]) / 2;
    middle[first] =
        kinds[first] == Layout::Integer ? std::floor(v) : static_cast<double>(static_cast<float>(v));
  }
  return middle;
}

} // namespace

llvm::Error addEdges(mlir::ModuleOp module, Network &network, uint64_t seed, int pairs) {
  llvm::Expected<eval::Evaluator> evaluator = eval::Evaluator::create(module);
  if (!evaluator)
    return evaluator.takeError();
  eval::Options options;
  options.wantCodes = true;
  Layout layout(network.inputs);
  std::vector<Sample> all = layout.samples();
  llvm::Expected<eval::RunResult> result = evaluator->run(network.inputs, options);
  if (!result)
    return result.takeError();
  Stream s(seed);
  std::vector<Edge> edges;
  for (int attempt = 0;
       attempt < 8 * pairs && static_cast<int>(edges.size()) < pairs && !result->codes.empty(); ++attempt) {
    auto chosen = std::next(result->codes.begin(), s.below(static_cast<uint32_t>(result->codes.size())));
    size_t each = chosen->second.values.size() / all.size();
    if (each == 0 || chosen->second.values.size() % all.size() != 0)
      continue;
    Edge e{chosen->first, s.below(static_cast<uint32_t>(each)), 0, {}, {}};
    size_t a = s.below(static_cast<uint32_t>(all.size())), b = s.below(static_cast<uint32_t>(all.size()));
    e.near = all[a], e.far = all[b];
    e.code = e.in(*result, a, all.size());
    if (e.code != e.in(*result, b, all.size()))
      edges.push_back(std::move(e));
  }
  for (int step = 0; step < 36 && !edges.empty(); ++step) {
    std::vector<Sample> middle;
    bool moves = false;
    for (const Edge &e : edges) {
      middle.push_back(between(e, layout.kinds));
      moves |= middle.back() != e.near && middle.back() != e.far;
    }
    if (!moves)
      break;
    llvm::Expected<eval::RunResult> found = evaluator->run(layout.arrays(middle), options);
    if (!found)
      return found.takeError();
    for (size_t k = 0; k < edges.size(); ++k)
      (edges[k].in(*found, k, edges.size()) == edges[k].code ? edges[k].near : edges[k].far) = middle[k];
  }
  for (Edge &e : edges) {
    all.push_back(std::move(e.near));
    all.push_back(std::move(e.far));
  }
  while (all.size() % static_cast<size_t>(network.options.batch) != 0)
    all.push_back(all.front());
  network.inputs = layout.arrays(all);
  return llvm::Error::success();
}

} // namespace dyadic::fuzz
