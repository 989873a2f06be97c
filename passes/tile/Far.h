// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which activations lie in L3, where L2 does not hold them or holds more weights without them.
#pragma once

#include "passes/tile/Realise.h"

namespace dyadic::tile {

/// planSupply with everything in L2, or with activations in L3 where that fails or is slower: sets of
/// FarSets, with bands of several sizes, then of the best one buffer more or less. The few best are weighed
/// as whole networks. The buffers are moved to L3; layers that write over an input that is to go have got a
/// buffer of their own for it.
model::Result<SupplyPlan> planFar(plat::NetworkOp network, const Planned &planned,
                                  const model::Machine &machine, const Weigher &weigher, int64_t &shortBytes);

} // namespace dyadic::tile
