// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One run of a tiled layer: its tiles in order, and which part of each stream they use.
#pragma once

#include "dialects/plat/Plat.h"
#include "passes/tile/Layer.h"
#include "llvm/ADT/DenseMap.h"

namespace dyadic::predict {

/// The tiling of a layer that the IR holds, in the words of the model; slots are left out.
model::Tiling tilingOf(plat::TiledOp tiled, const model::LayerProblem &layer);

struct Running {
  plat::TiledOp op;
  tile::Layer layer;
  model::Tiling tiling;
  std::vector<std::array<int64_t, 5>> tiles;
  size_t now = 0;
  bool lastRun = false;                                             ///< no later run of this layer
  llvm::DenseMap<mlir::Value, llvm::SmallVector<int64_t>> versions; ///< of each stream by tile
  llvm::DenseMap<mlir::Value, const model::Operand *> operands;

  /// The tiles of this run, and the versions of streams; the run must not move any more.
  void begin(plat::RunOp run);
  bool isLast() const { return lastRun && now + 1 == tiles.size(); }
};

} // namespace dyadic::predict
