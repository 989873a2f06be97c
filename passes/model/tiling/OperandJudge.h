// One operand's tiles: their bytes, their runs and where those begin and end.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/TilingJudge.h"

namespace dyadic::model {

/// Adds a fault for each tile that leaves its buffer, is no box, or does not begin and end on whole bytes.
void judgeOperand(const LayerProblem &layer, size_t operand, const Tiling &tiling, int64_t slotBytes,
                  std::vector<TilingFault> &faults);

} // namespace dyadic::model
