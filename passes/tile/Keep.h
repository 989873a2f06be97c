// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Activations that stay in L1 between the layer that makes them and those that take them.
#pragma once

#include "passes/tile/Rewrite.h"

namespace dyadic::tile {

/// An activation that only tiled layers touch, each of whose tiles is one run of bytes in every one of them,
/// moves to L1 where there is room: its layers work on it where it lies, and its transfers fall away. Tilings
/// stay as they are.
void keepNear(const std::vector<Layer> &layers, const std::vector<Decision> &decisions,
              llvm::ArrayRef<Tiled> made, plat::NetworkOp network, const model::Machine &machine);

} // namespace dyadic::tile
