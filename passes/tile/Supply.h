// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which weights stay in L2 and which come from L3 in every inference.
#pragma once

#include "passes/model/Result.h"
#include "passes/model/tiling/Search.h"
#include "passes/tile/Rewrite.h"
#include "passes/tile/Searches.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace dyadic::tile {

/// The layers of a network as the search has planned them, each by itself.
struct Planned {
  std::vector<Layer> layers;
  std::vector<model::LayerPlan> plans;
  std::vector<model::SearchOptions> options;
  Searches::OfMachine &known; ///< kept, as many choices of bands are weighed
};

/// What lies in L3 instead of L2, and how its layers work on it: of each layer, by number, its bands.
struct FarChoice {
  llvm::SmallPtrSet<mlir::Operation *, 4> buffers;
  llvm::DenseMap<size_t, const model::BandOption *> bands;
};

struct SupplyPlan {
  std::vector<Decision> decisions;
  double cycles = 0; ///< as they are weighed here
};

/// The plans with their supplies; tilings change where chunks of channels need another order. An error says
/// why L2 does not hold what it must; `shortBytes` is what it lacks then.
model::Result<SupplyPlan> planSupply(plat::NetworkOp network, const Planned &planned,
                                     const model::Machine &machine, const FarChoice &far,
                                     int64_t &shortBytes);

} // namespace dyadic::tile
