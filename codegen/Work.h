// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a layer computes, be it whole (plat.kernel) or tile by tile (plat.tiled).
#pragma once

#include "dialects/plat/Plat.h"

namespace dyadic::codegen {

struct Work {
  mlir::Operation *op = nullptr;
  int64_t layer = 0, macs = 0;
  llvm::StringRef kernel, node;
  llvm::SmallVector<mlir::Value> ins, outs; ///< views, of whole tensors
  mlir::FlatSymbolRefAttr weights;          ///< or null
  mlir::DictionaryAttr params, lut;         ///< lut: or null
  plat::StepOp step;                        ///< or null
  plat::BufferOp scratch;                   ///< or null
};

Work workOf(plat::KernelOp kernel);
Work workOf(plat::TiledOp tiled);

/// The constant that a stream brings, directly or from a stage; null for a view.
mlir::FlatSymbolRefAttr constantOf(plat::StreamOp stream);

} // namespace dyadic::codegen
