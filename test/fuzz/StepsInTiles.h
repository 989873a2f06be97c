// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which forms of steps a placed network has in layers that work tile by tile, and how they are taken apart.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include <set>
#include <string>
#include <vector>

namespace dyadic::fuzz {

/// A row for each form, a column for each way in which a tile or a core comes to its channels' numbers.
const std::vector<std::string> &stepRows();
const std::vector<std::string> &stepColumns();

/// (row, column) of what occurs.
using StepCell = std::pair<unsigned, unsigned>;
std::set<StepCell> stepsInTiles(mlir::ModuleOp placed);

} // namespace dyadic::fuzz
