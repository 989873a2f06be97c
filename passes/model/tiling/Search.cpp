// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shapes by ascending bound, each with its orders and slots by ascending bound, until no bound can win.
#include "passes/model/tiling/Search.h"
#include "passes/model/tiling/Bound.h"
#include "passes/model/tiling/Explain.h"
#include "passes/model/tiling/Stream.h"
#include <algorithm>
#include <cmath>
#include <tuple>

namespace dyadic::model {
namespace {

struct ShapeNode {
  ShapeChoice shape;
  double bound = 0;
  size_t number = 0;
};

struct FullNode {
  Order order{};
  std::vector<int64_t> slots;
  double bound = 0;
  int64_t bytes = 0;
  size_t number = 0;
};

/// Ascending bounds, equal ones as they were enumerated.
template <class Node> void sortByBound(std::vector<Node> &nodes) {
  for (size_t i = 0; i < nodes.size(); ++i)
    nodes[i].number = i;
  std::sort(nodes.begin(), nodes.end(), [](const Node &a, const Node &b) {
    return std::tie(a.bound, a.number) < std::tie(b.bound, b.number);
  });
}

/// What uneven shares count for where there are fewer pixels than cores: 2x2 outputs are everybody's work
/// unless that costs more.
constexpr double unevenFactor = 1.1;
/// Largest over smallest share that counts as even: three channels for some cores, four for others.
constexpr double mostUneven = 1.34;

/// Cycles in thousandths: sums that differ in rounding only are equal.
int64_t keyOf(double cycles) { return std::llround(cycles * 1000); }

class Search {
public:
  Search(const Machine &machine, const LayerProblem &layer, const SearchOptions &options, bool anyCost)
      : machine(machine), layer(layer), anyCost(anyCost), calls(options.calls), cost(machine, layer),
        bound(machine, layer, cost), candidates(machine, layer, options),
        room(machine.room(1).value_or(INT64_MAX)) {}

  /// The fastest; what equals `known` is not faster.
  std::optional<LayerPlan> run(std::optional<LayerPlan> known = std::nullopt) {
    best = std::move(known);
    timed = best ? best->timed : 0;
    if (best) {
      bestWeight = weigh(best->tiling, best->time.cycles);
      bestAhead = keyOf(calls > 1 ? firstPartCycles(machine, layer, best->tiling) : 0);
    }
    for (int64_t cores : candidates.teams()) {
      if (!cannotWin(cost.least() / static_cast<double>(cores)))
        tryTeam(cores);
    }
    if (best)
      best->timed = timed;
    return std::move(best);
  }

private:
  /// A bound's rounding errors must not exclude what equals the best.
  bool cannotWin(double bound) const { return best && bound * (1 - 1e-9) - 0.01 > bestWeight; }

  /// Cycles, and more of them where few pixels leave cores little to do while others work. Not elsewhere:
  /// more cores, or more room, would be slower where they make shares even.
  double weigh(const Tiling &tiling, double cycles) const {
    const int64_t pixels = layer.outputs() / layer.extents[at(Axis::Channels)];
    if (pixels == 1 || pixels >= machine.cores())
      return cycles;
    if (tiling.cores < machine.cores())
      return cycles * unevenFactor;
    const std::vector<int64_t> shares = timeLayer(machine, layer, tiling, true).macsPerCore;
    const auto [least, most] = std::minmax_element(shares.begin(), shares.end());
    const bool even = static_cast<double>(*most) <= mostUneven * static_cast<double>(*least);
    return even ? cycles : cycles * unevenFactor;
  }

  void tryTeam(int64_t cores) {
    std::vector<ShapeNode> nodes;
    candidates.forEachShape(cores, [&](const ShapeChoice &shape) {
      if (cannotWin(bound.anyTiles(shape)))
        return;
      bound.look(shape);
      if (bound.leastBytes() <= room && !cannotWin(bound.anyOrder()))
        nodes.push_back({shape, bound.anyOrder()});
    });
    sortByBound(nodes);
    for (const ShapeNode &node : nodes) {
      if (cannotWin(node.bound))
        break;
      expand(node.shape);
    }
  }

  void expand(const ShapeChoice &shape) {
    bound.look(shape);
    std::vector<FullNode> nodes;
    const auto slots = candidates.slots(shape, anyCost);
    for (const auto &order : candidates.orders(shape))
      for (const auto &one : slots) {
        FullNode node{order, one, 0, bound.bytes(one)};
        if (node.bytes > room)
          continue;
        node.bound = bound.cycles(order, one);
        if (!cannotWin(node.bound))
          nodes.push_back(std::move(node));
      }
    sortByBound(nodes);
    for (const FullNode &node : nodes) {
      if (cannotWin(node.bound))
        break;
      play(shape, node);
    }
  }

  void play(const ShapeChoice &shape, const FullNode &node) {
    Tiling tiling = candidates.tiling(shape, node.order, node.slots);
    LayerTime time = timeCalls(machine, layer, tiling, calls);
    ++timed;
    const int64_t ahead = keyOf(calls > 1 ? firstPartCycles(machine, layer, tiling) : 0);
    auto wins = [&](double weight) {
      return !best ||
             std::tuple(keyOf(weight), -ahead, node.bytes, shape.tiles()) <
                 std::tuple(keyOf(bestWeight), -bestAhead, best->footprint.totalBytes, best->tiling.tiles());
    };
    if (!wins(time.cycles))
      return;
    const double weight = weigh(tiling, time.cycles);
    if (!wins(weight))
      return;
    bestWeight = weight;
    bestAhead = ahead;
    LayerPlan plan;
    plan.footprint = footprint(layer, tiling, machine.l1->alignBytes);
    plan.tiling = std::move(tiling);
    plan.time = std::move(time);
    best = std::move(plan);
  }

  const Machine &machine;
  const LayerProblem &layer;
  bool anyCost;
  int64_t calls;
  WorkCost cost;
  Bound bound;
  Candidates candidates;
  int64_t room;
  int64_t timed = 0;
  double bestWeight = 0;
  int64_t bestAhead = 0; ///< thousandths of cycles that the layer before may take over, where there are calls
  std::optional<LayerPlan> best;
};

} // namespace

std::optional<LayerPlan> findTiling(const Machine &machine, const LayerProblem &layer,
                                    const SearchOptions &options) {
  std::optional<LayerPlan> plan = Search(machine, layer, options, false).run();
  if (layer.mayCut[at(Axis::Inputs)] && !options.fixed.size[at(Axis::Inputs)]) {
    SearchOptions segments = options;
    segments.cutInputs = true;
    plan = Search(machine, layer, segments, false).run(std::move(plan));
  }
  // What nobody measured is only relied on where nothing else fits.
  if (!plan && std::any_of(layer.operands.begin(), layer.operands.end(),
                           [](const Operand &operand) { return operand.mayLieOut; }))
    plan = Search(machine, layer, options, true).run();
  if (plan)
    plan->time = timeLayer(machine, layer, plan->tiling, true);
  return plan;
}

SearchResult searchTiling(const Machine &machine, const LayerProblem &layer, const SearchOptions &options) {
  SearchResult result;
  result.plan = findTiling(machine, layer, options);
  if (!result.plan)
    result.why = explainNoFit(machine, layer, options);
  return result;
}

} // namespace dyadic::model
