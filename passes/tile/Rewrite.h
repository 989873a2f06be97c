// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A decision of the search written into the IR.
#pragma once

#include "passes/model/tiling/Bands.h"
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
  /// Streamed: each chunk is started before this call of a layer: its number, and the chunk that it works on.
  llvm::SmallVector<std::pair<int64_t, int64_t>> starts;
  bool early = false; ///< streamed: the first chunk has come when the last call of the layer before begins
};

struct Decision {
  model::Tiling tiling;
  Supply supply;
  std::optional<model::BandOption> bands; ///< where operands lie in L3
};

/// What the layers of a network are made of once they are tiled.
struct Tiled {
  plat::TiledOp op;
  llvm::SmallVector<plat::RunOp> runs;                   ///< one for each chunk
  llvm::SmallVector<plat::BandsOp> bands;                ///< of operands in L3
  plat::StageOp stage;                                   ///< of streamed weights, or null
  llvm::SmallVector<std::pair<int64_t, int64_t>> starts; ///< of its chunks, as in Supply
  bool early = false;                                    ///< of the first one, as in Supply
  plat::RunOp awaitedBy; ///< of an earlier layer: the first chunk is there for it; or null
};

/// Replaces the kernel by buffers, streams, the tiled layer and its runs.
Tiled rewrite(plat::KernelOp kernel, const Layer &layer, const Decision &decision,
              const model::Machine &machine);

/// Starts each chunk before the call that its supply names, and waits for it before its own.
void supplyChunks(llvm::ArrayRef<Tiled> layers, plat::NetworkOp network);

} // namespace dyadic::tile
