// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants of a layer that come to L1 while the layer before it computes its last tile.
#pragma once

#include "passes/tile/Rewrite.h"

namespace dyadic::tile {

/// Starts the first parts of a layer's weights and arrays during the last tile of the layer before, where
/// both layers' buffers find room in L1 and an engine brings them while the cores work. `made` are the tiled
/// forms of `layers`.
void fetchAhead(const std::vector<Layer> &layers, llvm::MutableArrayRef<Tiled> made, plat::NetworkOp network,
                const model::Machine &machine);

} // namespace dyadic::tile
