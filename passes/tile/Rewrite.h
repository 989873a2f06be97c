// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A decision of the search written into the IR.
#pragma once

#include "passes/tile/Layer.h"

namespace dyadic::tile {

/// How the weights of a layer come to L2.
struct Supply {
  enum {
    InPlace,
    Resident,
    Streamed
  } kind = InPlace;                     ///< in place: the layer reads them where the linker puts them
  llvm::SmallVector<int64_t> chunkEnds; ///< streamed: the channel segment behind each chunk
  int64_t slots = 1;                    ///< streamed: chunks in L2 at a time
};

struct Decision {
  model::Tiling tiling;
  Supply supply;
};

/// What the layers of a network are made of once they are tiled.
struct Tiled {
  plat::TiledOp op;
  llvm::SmallVector<plat::RunOp> runs; ///< one for each chunk
  plat::StageOp stage;                 ///< of streamed weights, or null
};

/// Replaces the kernel by buffers, streams, the tiled layer and its runs.
Tiled rewrite(plat::KernelOp kernel, const Layer &layer, const Decision &decision,
              const model::Machine &machine);

/// Starts each chunk one run ahead of its use, or one layer ahead, and waits for it before its run.
void supplyChunks(llvm::ArrayRef<Tiled> layers, plat::NetworkOp network);

} // namespace dyadic::tile
