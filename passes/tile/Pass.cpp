// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks the search for each layer and writes its answer into the IR.
#include "passes/Passes.h"
#include "passes/Verdict.h"
#include "passes/model/tiling/Search.h"
#include "passes/tile/Rewrite.h"
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
  Tile(const model::Machine &machine, const model::SearchOptions &options)
      : machine(machine), options(options) {}

  std::optional<model::Machine> machine;
  model::SearchOptions options;

  void runOnOperation() override {
    plat::NetworkOp network = plat::networkOf(getOperation());
    if (!network || !machine) {
      getOperation().emitError(network ? "tile needs a machine: use --tile-for=target=NAME"
                                       : "tile needs a module with one plat.network");
      return signalPassFailure();
    }
    if (!machine->hasTiles())
      return;
    std::vector<Layer> layers;
    for (auto kernel : network.getBody().getOps<plat::KernelOp>())
      if (alone(kernel))
        if (auto layer = layerOf(workOf(kernel), *machine))
          layers.push_back(std::move(*layer));

    std::vector<model::LayerPlan> plans;
    for (const Layer &layer : layers)
      if (!search(layer, plans.emplace_back()))
        plans.pop_back();
    if (plans.size() != layers.size())
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
    supplyChunks(made, network);
  }

  /// A layer of several kernels is a movement in parts: it stays as it is.
  static bool alone(plat::KernelOp kernel) {
    return llvm::count_if(kernel->getParentRegion()->getOps<plat::KernelOp>(),
                          [&](plat::KernelOp other) { return other.getLayer() == kernel.getLayer(); }) == 1;
  }

  bool search(const Layer &layer, model::LayerPlan &plan) {
    model::SearchResult found = searchTiling(*machine, layer.problem, options);
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

std::unique_ptr<Pass> createTile(const model::Machine &machine, const model::SearchOptions &options) {
  return std::make_unique<Tile>(machine, options);
}

} // namespace dyadic
