// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constructors of all passes, and registerDyadicPasses() for command lines.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace dyadic::model {
struct Machine;
struct TileRule;
} // namespace dyadic::model

namespace dyadic::plat {
class NetworkOp;
}

namespace dyadic::tile {
class Searches;
}

namespace dyadic {
#define GEN_PASS_DECL
#include "passes/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

/// The pass `tile` for a machine; without L1 it leaves the network as it is. Of the rules that match a layer
/// the last counts. `weigher` tells what a network takes once it is tiled, as `predict` does: where sums are
/// too coarse several plans are weighed with it. `searches`: kept from other machines for this network, or
/// null.
std::unique_ptr<mlir::Pass> createTile(const model::Machine &machine,
                                       const std::vector<model::TileRule> &rules,
                                       std::function<std::optional<double>(plat::NetworkOp)> weigher,
                                       std::shared_ptr<tile::Searches> searches = nullptr);
} // namespace dyadic
