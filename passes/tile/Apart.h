// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layers that write their output over an input, and the output in a buffer of its own instead.
#pragma once

#include "passes/tile/Layer.h"

namespace dyadic::tile {

/// An output that lay in an input's buffer before it came to its own.
struct Apart {
  plat::ViewOp view;
  plat::BufferOp shared;
  int64_t begin = 0;

  plat::BufferOp own() const { return plat::bufferOf(plat::ViewOp(view).getResult()); }
  /// Takes it back there; its own buffer goes.
  void rejoin();
};

/// Gives the output of a layer that works in place a buffer of its own; none where it does not.
std::optional<Apart> takeApart(const Layer &layer);

/// The same where the output replaces an input of another width.
void keepApart(const Layer &layer);

} // namespace dyadic::tile
