// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// All points of a grid as text, CSV, JSON and drawings.
#pragma once
#include "compiler/explore/Store.h"
#include "llvm/Support/raw_ostream.h"

namespace dyadic::explore {

/// Points in the grid's order, all of them.
using Points = std::vector<Point>;

void printText(const Plan &plan, const Points &points, llvm::raw_ostream &os);
std::string pointsCsv(const Plan &plan, const Points &points);
std::string layersCsv(const Plan &plan, const Points &points);
std::string exploreJson(const Plan &plan, const Points &points);

std::string layersSvg(const Plan &plan, const Points &points); ///< cycles per layer, logarithmic
std::string memorySvg(const Plan &plan, const Points &points); ///< L1 and L2
std::string cyclesSvg(const Plan &plan, const Points &points); ///< over L2 or another axis, a line for each
                                                               ///< combination of the others

/// The six files.
llvm::Error writeTables(const Store &store, const Plan &plan, const Points &points);

} // namespace dyadic::explore
