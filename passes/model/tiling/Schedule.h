// The order of transfers and works in which a tiled layer runs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Layer.h"

namespace dyadic::model {

/// Receives a layer's schedule, event by event. `version` numbers the tiles of an operand in the order of
/// their use; its L1 buffer is version modulo slots.
class ScheduleVisitor {
public:
  virtual ~ScheduleVisitor() = default;
  virtual void load(size_t operand, int64_t version, const Tile &tile) = 0;
  virtual void awaitLoad(size_t operand, int64_t version) = 0;
  /// The store that last left this version's buffer is complete. Not called for versions below `slots`.
  virtual void awaitFree(size_t operand, int64_t version) = 0;
  virtual void work(int64_t tileNumber, const Tile &tile) = 0;
  virtual void store(size_t operand, int64_t version, const Tile &tile) = 0;
  virtual void awaitStore(size_t operand, int64_t version) = 0;
};

/// Prologue: the first tiles of double-buffered operands are started. Each tile: single-buffered operands
/// that changed are started, then the next tile's double-buffered ones (so that nothing awaited queues behind
/// something that is not); the tile's loads are awaited, then the output buffers it overwrites; the team
/// works; complete output tiles are stored. Epilogue: the last stores are awaited. Operands without slots are
/// in no event but `work`.
void walkSchedule(const LayerProblem &layer, const Tiling &tiling, ScheduleVisitor &visitor);

} // namespace dyadic::model
