// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The way down the ladder as one list: which pass follows which, and where each level begins.
#pragma once
#include "compiler/Options.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "passes/model/tiling/Search.h"

namespace dyadic::tile {
class Searches;
}

namespace dyadic {

/// What the passes need to know beyond the module.
struct PipelineOptions {
  std::vector<ImplementationRule> implementations; ///< empty: mac everywhere
  int64_t mulCycles = 1;                           ///< of the target, for `auto`
  std::optional<model::Machine> machine;           ///< its L1 is what layers are tiled for; none: no tiles
  std::vector<model::TileRule> tiles;              ///< what of the tiles is decided already
  /// Kept from one machine to the next, as tile::Searches allows; or null.
  std::shared_ptr<tile::Searches> searches = nullptr;
  bool checked = false;   ///< the module of level qint comes from this pipeline, which has checked it
  bool asWritten = false; ///< the ops the network has, none rearranged or removed for the machine's sake
};

/// The level a module stands on: Plat, Qint or Qonnx.
Level levelOf(mlir::ModuleOp module);

/// Appends the passes that lead from `from` down to `to` (Qonnx, Qint or Plat).
void addPipeline(mlir::PassManager &passes, Level from, Level to, const PipelineOptions &options);

/// Runs them, verifying after each; diagnostics say what failed.
mlir::LogicalResult lowerTo(mlir::ModuleOp module, Level to, const PipelineOptions &options);

} // namespace dyadic
