// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which bytes of an operand a tile takes, and whether grid and shares are what the layer needs.
#pragma once
#include "compiler/judge/Memory.h"

namespace dyadic::judge {

/// Bytes of the operand's tensor that a tile takes, in the order in which they are packed. A part that leaves
/// its tensor or cuts a byte is a fault.
Runs partOf(const Stream &stream, const Tiled &layer, int64_t tile, Memory &memory);

/// Tiles until the part of an operand changes, counted from the first: of each tile.
std::vector<int64_t> versionsOf(const Stream &stream, const Tiled &layer);

/// The tiles of a call, from first to second; below 0 where they do not follow each other.
std::pair<int64_t, int64_t> tilesOf(const Tiled &layer, const Event &event);

/// Windows read what their definition says, and no two cores write one byte.
void checkTiles(const Plan &plan, const Tiled &layer, Memory &memory);

} // namespace dyadic::judge
