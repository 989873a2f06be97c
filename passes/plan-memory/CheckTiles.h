// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What check-plat demands of tiled layers, recomputed from the kernels' own parameters.
#pragma once

#include "dialects/plat/Plat.h"

namespace dyadic::check_plat {

/// Segments cover the output once and read what their windows need; parts fit their slots, lie on byte
/// borders and in the chunk at hand; no two cores write one byte.
bool checkGeometry(plat::NetworkOp network);

/// Walks the network as it will run and refuses a part that is read before it came, overwritten while it is
/// needed, or still in flight when its layer ends.
bool checkSchedule(plat::NetworkOp network);

/// Bands of tensors in L3: none is read before it has come, written while it leaves, or left behind.
bool checkBands(plat::NetworkOp network);
/// What a call works on lies in its bands.
bool checkBand(plat::RunOp run);

/// Where the cores see L2 through a cache: what a core wrote is cleaned before a transfer touches it, and
/// what a transfer wrote is invalidated before a core reads it; no line belongs to two buffers.
bool checkCaches(plat::NetworkOp network);

/// A tile's part of an operand: elements [first, first + count) of each dimension.
struct Part {
  llvm::SmallVector<int64_t> first, count, extent;
  int64_t elements() const;
  /// First element and the one behind the last, as they lie in the whole tensor.
  std::pair<int64_t, int64_t> range() const;
  /// Elements in a row: the longest run of neighbours.
  int64_t line() const;
};
Part partOf(plat::BoxAttr box, plat::GridAttr grid, const std::array<int64_t, 5> &tile);

/// Bits of an element of the operand's tensor or constant.
int64_t elementBits(plat::StreamOp stream);

} // namespace dyadic::check_plat
