// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which weights stay in L2 and which come from L3 in every inference.
#pragma once

#include "passes/model/Result.h"
#include "passes/model/tiling/Search.h"
#include "passes/tile/Rewrite.h"

namespace dyadic::tile {

/// `options`: of each layer. The plans with their supplies; tilings change where chunks of channels need
/// another order. An error says why L2 does not hold what it must; `shortBytes` is what it lacks then.
model::Result<std::vector<Decision>> planSupply(plat::NetworkOp network, const std::vector<Layer> &layers,
                                                const std::vector<model::LayerPlan> &plans,
                                                const model::Machine &machine,
                                                const std::vector<model::SearchOptions> &options,
                                                int64_t &shortBytes);

} // namespace dyadic::tile
