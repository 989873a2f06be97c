// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole plan of a network written into its IR, or into a copy of it that is weighed.
#pragma once

#include "passes/tile/Apart.h"
#include "passes/tile/Supply.h"

#include <functional>

namespace dyadic::tile {

/// Moves the buffers to L3; of what was taken apart comes together what is joined.
void settle(llvm::ArrayRef<Apart> apart, const FarChoice &choice, const model::Machine &machine);

/// Rewrites all layers, then lets activations stay in L1 and first weights come ahead, where L1 has room.
void realise(plat::NetworkOp network, const std::vector<Layer> &layers,
             const std::vector<Decision> &decisions, const model::Machine &machine);

/// The cycles that a whole network takes; none where it cannot tell.
using Weigher = std::function<std::optional<double>(plat::NetworkOp)>;

/// What became of a copy of the network.
struct Trial {
  std::optional<double> cycles;
  /// Of the network itself: activations of L2 that came to stay in L1.
  Kept near;
};

/// Realises these decisions on a copy; the network stays as it is.
Trial tryOut(plat::NetworkOp network, const Planned &planned, llvm::ArrayRef<Apart> apart,
             const FarChoice &choice, const std::vector<Decision> &decisions, const model::Machine &machine,
             const Weigher &weigher);

} // namespace dyadic::tile
