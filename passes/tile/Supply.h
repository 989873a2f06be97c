// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which weights stay in L2 and which come from L3 in every inference.
#pragma once

#include "dialects/plat/Liveness.h"
#include "passes/model/MemoryPlanner.h"
#include "passes/model/Result.h"
#include "passes/model/tiling/Search.h"
#include "passes/tile/Rewrite.h"
#include "passes/tile/Searches.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallPtrSet.h"

#include <limits>

namespace dyadic::tile {

/// The layers of a network as the search has planned them, each by itself.
struct Planned {
  std::vector<Layer> layers;
  std::vector<model::LayerPlan> plans;
  std::vector<model::SearchOptions> options;
  Searches::OfMachine &known; ///< kept, as many choices of bands are weighed
};

/// Activations that L1 keeps from the layer that makes them to the last that takes them.
using Kept = llvm::SmallPtrSet<mlir::Operation *, 8>;

/// What lies in L3 instead of L2, and how its layers work on it: of each layer, by number, its bands. And
/// what L1 keeps.
struct FarChoice {
  llvm::SmallPtrSet<mlir::Operation *, 4> buffers;
  llvm::DenseMap<size_t, const model::BandOption *> bands;
  llvm::DenseMap<mlir::Operation *, mlir::Operation *> joined; ///< buffers that lie in another
  Kept near; ///< L2 holds no place for them: for `keepNear` to confirm
};

using Alive = llvm::MapVector<plat::BufferOp, plat::Interval>;
/// The activations and work areas with their layers, but no work areas of layers that are tiled.
Alive activationsOf(plat::NetworkOp network, const std::vector<Layer> &layers);
/// The same where some lie in others.
Alive joinedWith(Alive live, const llvm::DenseMap<mlir::Operation *, mlir::Operation *> &joined);

/// How the weights of layer `i` may stream with these bands or none; empty where they cannot.
const std::vector<model::StreamOption> &streamsOf(const Planned &planned, const model::Machine &machine,
                                                  size_t i, const model::BandOption *bands);

/// Bytes of parameters and tables, which lie in L2 with the program.
int64_t constantBytes(plat::NetworkOp network);

struct SupplyPlan {
  std::vector<Decision> decisions;
  double cycles = 0; ///< as they are weighed here
};

/// Each layer as it was planned by itself, all weights at hand.
std::vector<Decision> ownDecisions(const Planned &planned, const model::Machine &machine);

struct SupplyEffort {
  /// Plans of more cycles are not looked for, though one may come of it.
  double slowest = std::numeric_limits<double>::max();
  /// Of the planner that says whether L2 holds a plan, gaps included.
  int64_t searchBudget = model::PlanOptions().searchBudget;
  /// Plans that are improved, each by itself, beside the first.
  size_t starts = 8;
};

/// The plans with their supplies; tilings change where chunks of channels need another order. An error says
/// why L2 does not hold what it must; `shortBytes` is what it lacks then.
model::Result<SupplyPlan> planSupply(plat::NetworkOp network, const Planned &planned,
                                     const model::Machine &machine, const FarChoice &far, int64_t &shortBytes,
                                     const SupplyEffort &effort = {});

} // namespace dyadic::tile
