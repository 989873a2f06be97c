// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks the search for each layer and writes its answer into the IR.
#include "passes/Passes.h"
#include "passes/Verdict.h"
#include "passes/model/tiling/Search.h"
#include "passes/tile/Ahead.h"
#include "passes/tile/Keep.h"
#include "passes/tile/Rewrite.h"
#include "passes/tile/Rules.h"
#include "passes/tile/Supply.h"

namespace dyadic {
#define GEN_PASS_DEF_TILE
#include "passes/Passes.h.inc"
} // namespace dyadic

using namespace mlir;
namespace dyadic {
namespace {
using namespace tile;

struct Tile : impl::TileBase<Tile> {
  Tile() = default;
  Tile(const model::Machine &machine, const std::vector<model::TileRule> &rules)
      : machine(machine), rules(rules) {}

  std::optional<model::Machine> machine;
  std::vector<model::TileRule> rules;

  void runOnOperation() override {
    plat::NetworkOp network = plat::networkOf(getOperation());
    if (!network || !machine) {
      getOperation().emitError(network ? "tile needs a machine, as dyadic compile --target gives it"
                                       : "tile needs a module with one plat.network");
      return signalPassFailure();
    }
    Rules known(rules);
    if (!machine->hasTiles()) {
      if (failed(known.allMet(network, machine->name + " has no L1 to cut layers for")))
        signalPassFailure();
      return;
    }
    std::vector<Layer> layers;
    for (auto kernel : network.getBody().getOps<plat::KernelOp>())
      if (alone(kernel))
        if (auto layer = layerOf(workOf(kernel), *machine))
          layers.push_back(std::move(*layer));

    std::vector<model::LayerPlan> plans;
    std::vector<model::SearchOptions> options;
    for (const Layer &layer : layers)
      if (!search(layer, known, plans.emplace_back(), options.emplace_back()))
        plans.pop_back();
    if (failed(known.allMet(network, "no layer that works on tiles has such a name")) ||
        plans.size() != layers.size())
      return signalPassFailure();
    auto decisions = planSupply(network, layers, plans, *machine, options);
    if (!decisions) {
      InFlightDiagnostic error = network.emitOpError() << decisions.error;
      setVerdict(error, Verdict::DoesNotFit);
      return signalPassFailure();
    }
    std::vector<Tiled> made;
    for (auto [layer, decision] : llvm::zip(layers, *decisions))
      made.push_back(rewrite(cast<plat::KernelOp>(layer.op), layer, decision, *machine));
    keepNear(layers, *decisions, made, network, *machine);
    fetchAhead(layers, made, network, *machine);
    supplyChunks(made, network);
  }

  /// A layer of several kernels is a movement in parts: it stays as it is.
  static bool alone(plat::KernelOp kernel) {
    return llvm::count_if(kernel->getParentRegion()->getOps<plat::KernelOp>(),
                          [&](plat::KernelOp other) { return other.getLayer() == kernel.getLayer(); }) == 1;
  }

  bool search(const Layer &layer, Rules &known, model::LayerPlan &plan, model::SearchOptions &options) {
    const Rules::Match rule = known.match(layer.problem.name);
    options.fixed = rule.choices;
    model::SearchResult found = searchTiling(*machine, layer.problem, options);
    if (!found.plan && rule.isWish) {
      std::string why = found.why.message, open;
      while (!found.plan && giveUpOne(options.fixed, open))
        found = searchTiling(*machine, layer.problem, options);
      if (found.plan)
        layer.op->emitWarning() << "'" << layer.problem.name << "' " << why << "; --tile's " << open
                                << " left open";
    }
    if (found.plan) {
      plan = *found.plan;
      return true;
    }
    InFlightDiagnostic error = layer.op->emitOpError()
                               << "'" << layer.problem.name << "' " << found.why.message;
    setVerdict(error, Verdict::DoesNotFit);
    for (const model::NoFit::Term &term : found.why.terms)
      error.attachNote() << term.what << ": " << term.bytes << " bytes";
    for (const std::string &fix : found.why.fixes)
      error.attachNote() << "would fit with " << fix;
    return false;
  }
};

} // namespace

std::unique_ptr<Pass> createTile(const model::Machine &machine, const std::vector<model::TileRule> &rules) {
  return std::make_unique<Tile>(machine, rules);
}

} // namespace dyadic
