// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One kernel of the flat network as the tile search sees it, and the way back to the IR.
#pragma once

#include "dialects/plat/Catalogue.h"
#include "dialects/plat/Plat.h"
#include "passes/model/tiling/Layer.h"

namespace dyadic::tile {

/// What an operand of the search is in the IR: a view, or a constant.
struct Source {
  mlir::Value view;
  mutable plat::ConstantOp constant;
};

/// A kernel at work on a whole layer, tiled or not.
struct Work {
  mlir::Operation *op;
  llvm::StringRef kernel, node;
  mlir::DictionaryAttr params, lut;
  plat::StepOp step;
  mlir::FlatSymbolRefAttr weights;
  llvm::SmallVector<mlir::Value> ins; ///< views
  mlir::Value output;
};
Work workOf(plat::KernelOp kernel);
Work workOf(plat::TiledOp tiled);

struct Layer {
  mlir::Operation *op = nullptr; ///< the kernel or the tiled layer
  model::LayerProblem problem;
  llvm::SmallVector<Source> sources; ///< one for each operand of the problem
};

/// The work as a problem of the search; none where it has no form that works on tiles: then it stays whole
/// and works on L2.
std::optional<Layer> layerOf(Work work, const model::Machine &machine);

/// The catalogue's params with the block, and the channels that a tile has.
mlir::DictionaryAttr withBlock(mlir::DictionaryAttr params, int64_t block);

} // namespace dyadic::tile
