// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks the search for each layer and writes its answer into the IR.
#include "passes/Passes.h"
#include "passes/Verdict.h"
#include "passes/model/tiling/Search.h"
#include "passes/tile/Far.h"
#include "passes/tile/Rules.h"

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
  Tile(const model::Machine &machine, const std::vector<model::TileRule> &rules, Weigher weigher,
       std::shared_ptr<Searches> searches)
      : machine(machine), rules(rules), weigher(std::move(weigher)), searches(std::move(searches)) {}

  std::optional<model::Machine> machine;
  std::vector<model::TileRule> rules;
  Weigher weigher;
  std::shared_ptr<Searches> searches;

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
    fillLines(*machine);
    std::vector<Layer> all;
    for (auto kernel : network.getBody().getOps<plat::KernelOp>())
      if (alone(kernel))
        if (auto layer = layerOf(workOf(kernel), *machine))
          all.push_back(std::move(*layer));

    Searches own;
    Searches::OfMachine &searched = (searches ? *searches : own).of(*machine);
    Planned planned{{}, {}, {}, searched};
    std::vector<std::pair<Layer, model::NoFit>> misfits;
    for (auto [i, layer] : llvm::enumerate(all)) {
      auto [it, fresh] = searched.layers.try_emplace(i);
      auto &[found, options] = it->second;
      if (Rules::Match rule = known.match(layer.problem.name); fresh)
        found = search(layer, rule, options);
      if (found.plan) {
        planned.layers.push_back(std::move(layer));
        planned.plans.push_back(*found.plan);
        planned.options.push_back(options);
      } else if (!found.why.misaligned) {
        misfits.emplace_back(std::move(layer), found.why);
      } // else it stays whole and works on L2
    }
    const bool met = succeeded(known.allMet(network, "no layer that works on tiles has such a name"));
    const bool kept = succeeded(weightsFit(network)), fit = succeeded(allFit(network, misfits));
    if (!kept || !fit || !met)
      return signalPassFailure();
    const std::vector<Layer> &layers = planned.layers;
    for (const Layer &layer : layers)
      keepApart(layer);
    int64_t shortBytes = 0;
    auto supply = planFar(network, planned, *machine, weigher, shortBytes);
    if (!supply) {
      InFlightDiagnostic error = network.emitError() << supply.error;
      setShortage(error, {2, shortBytes});
      return signalPassFailure();
    }
    realise(network, layers, supply->decisions, *machine);
  }

  /// An arena ends where a cache line does: what L1 has beyond the last of them is of no use.
  static void fillLines(model::Machine &machine) {
    const int64_t room = machine.room(1).value_or(0), line = machine.lineBytes();
    if (room < line)
      return;
    const bool bounded = machine.l1->bufferBytes && machine.l1->bufferBytes->value == room;
    (bounded ? machine.l1->bufferBytes : machine.l1->bytes)->value -= line > 8 ? room % line : 0;
  }

  /// A layer of several kernels is a movement in parts: it stays as it is.
  static bool alone(plat::KernelOp kernel) {
    return llvm::count_if(kernel->getParentRegion()->getOps<plat::KernelOp>(),
                          [&](plat::KernelOp other) { return other.getLayer() == kernel.getLayer(); }) == 1;
  }

  model::SearchResult search(const Layer &layer, const Rules::Match &rule, model::SearchOptions &options) {
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
    std::string asked;
    if (model::TilingChoices choices = rule.choices; !rule.isWish && giveUpOne(choices, asked))
      found.why.misaligned = false; // tiles are asked for: it may not work whole
    return found;
  }

  /// All weights come from L3, those that stay in L2 as well.
  LogicalResult weightsFit(plat::NetworkOp network) {
    const std::optional<int64_t> room = machine->l3 ? machine->room(3) : std::nullopt;
    int64_t bytes = 0;
    for (auto constant : network.getBody().getOps<plat::ConstantOp>())
      if (constant.getRole() == plat::Role::Weights)
        bytes += llvm::alignTo(plat::imageBytes(constant), machine->l3 ? machine->l3->alignBytes : 1);
    if (!room || bytes <= *room)
      return success();
    InFlightDiagnostic error = network.emitError()
                               << "does not fit L3: weights take " << bytes << " bytes; " << machine->name
                               << " has " << std::max<int64_t>(0, *room) << " for them in its "
                               << machine->l3->memory << ", " << bytes - *room << " too few";
    setShortage(error, {3, bytes - *room});
    return failure();
  }

  /// Stacks alone may be more than L1 has: then the layer that needs most beside them speaks for all.
  LogicalResult allFit(plat::NetworkOp network, llvm::ArrayRef<std::pair<Layer, model::NoFit>> misfits) {
    const int64_t room = *machine->room(1);
    auto less = [](const auto &a, const auto &b) { return a.second.shortBytes < b.second.shortBytes; };
    if (room <= 0 && !misfits.empty())
      misfits = llvm::ArrayRef(llvm::max_element(misfits, less), 1);
    for (const auto &[layer, why] : misfits)
      explain(layer, why);
    if (room >= 0 || !misfits.empty())
      return success(misfits.empty());
    InFlightDiagnostic error = network.emitOpError()
                               << "does not fit L1: stacks and what is reserved take " << -room
                               << " bytes more than " << machine->name << " has, before any buffer";
    setShortage(error, {1, -room});
    return failure();
  }

  static void explain(const Layer &layer, const model::NoFit &why) {
    InFlightDiagnostic error = layer.op->emitError() << "'" << layer.problem.name << "' " << why.message;
    if (why.shortBytes > 0)
      setShortage(error, {1, why.shortBytes});
    else
      setVerdict(error, Verdict::DoesNotFit);
    for (const model::NoFit::Term &term : why.terms)
      error.attachNote() << term.what << ": " << term.bytes << " bytes";
    for (const std::string &fix : why.fixes)
      error.attachNote() << "would fit with " << fix;
  }
};

} // namespace

std::unique_ptr<Pass> createTile(const model::Machine &machine, const std::vector<model::TileRule> &rules,
                                 std::function<std::optional<double>(plat::NetworkOp)> weigher,
                                 std::shared_ptr<tile::Searches> searches) {
  return std::make_unique<Tile>(machine, rules, std::move(weigher), std::move(searches));
}

} // namespace dyadic
