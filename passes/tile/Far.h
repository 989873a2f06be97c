// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which activations lie in L3, where L2 does not hold them.
#pragma once

#include "passes/tile/Supply.h"

namespace dyadic::tile {

/// planSupply with everything in L2, and where that fails with as few activations in L3 as will do: the
/// largest one of the layer that takes most, then of what still is too much. Of their bands those with which
/// the network takes the fewest cycles. Then large ones more, each with which L2 holds so much more of the
/// weights that the network is faster. The buffers are moved to L3.
/// Layers that write over an input that is to go give their output a buffer of its own, as long as one of the
/// two goes.
model::Result<SupplyPlan> planFar(plat::NetworkOp network, const Planned &planned,
                                  const model::Machine &machine, int64_t &shortBytes);

} // namespace dyadic::tile
