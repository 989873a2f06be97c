// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// In which layers each buffer must keep its bytes.
#pragma once

#include "dialects/plat/Plat.h"
#include "llvm/ADT/MapVector.h"

namespace dyadic::plat {

struct Interval {
  int64_t first, last; ///< layers, both included
};

/// From the first layer that writes a buffer (0 for inputs) to the last one that reads it (one after the last
/// layer for outputs). Buffers that nobody uses, and those of the user, are absent.
llvm::MapVector<BufferOp, Interval> liveIntervals(NetworkOp network);

} // namespace dyadic::plat
