// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is alive in L1, layer by layer, while buffers are still moved about.
#pragma once

#include "dialects/plat/Liveness.h"

namespace dyadic::tile {

class Near {
public:
  explicit Near(plat::NetworkOp network);

  /// Intervals of the buffers in L1; the caller changes them as it plans.
  llvm::MapVector<plat::BufferOp, plat::Interval> live;
  /// Bytes in use while a layer runs.
  int64_t used(int64_t layer) const;
  /// Bytes that a plan takes, gaps included.
  int64_t placed() const;
};

} // namespace dyadic::tile
