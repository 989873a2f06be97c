// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A machine with little room, so that small networks work tile by tile.
#pragma once
#include "compiler/targets/Targets.h"

namespace dyadic::fuzz {

/// What a network is compiled for: figures of a shipped target, and tiles.
struct Tiles {
  std::string target;
  std::vector<std::string> set;     ///< as --set has them
  std::string tile;                 ///< a rule as --tile has it, or empty
  int64_t l1Bytes = 0, l2Bytes = 0; ///< room for buffers

  bool operator==(const Tiles &) const = default;
};

/// Drawn by seed: the target, its cores, whether it buffers twice, wishes for the tiles, and bytes so few
/// that often nothing fits.
Tiles drawTiles(uint64_t seed);
/// More room in the level that `complaint` of a refusal names; false: it tells of something else.
bool makeRoom(Tiles &tiles, llvm::StringRef complaint);

/// "gap8 cluster.cores=3 l1.buffer_bytes=512", for people, files and back.
std::string toString(const Tiles &tiles);
llvm::Expected<Tiles> parseTiles(llvm::StringRef text);

llvm::Expected<model::Machine> machineOf(const Tiles &tiles);

} // namespace dyadic::fuzz
