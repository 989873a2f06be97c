// Why nothing fits, and what would.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Search.h"

namespace dyadic::model {

/// The search without an explanation.
std::optional<LayerPlan> findTiling(const Machine &machine, const LayerProblem &layer,
                                    const SearchOptions &options);

/// Requires that findTiling found nothing. Each fix was tried by a search of its own.
NoFit explainNoFit(const Machine &machine, const LayerProblem &layer, const SearchOptions &options);

} // namespace dyadic::model
