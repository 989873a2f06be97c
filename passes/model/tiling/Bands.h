// How a layer can work on tensors in L3, of which L2 holds some rows at a time.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Search.h"
#include <map>
#include <utility>

namespace dyadic::model {

/// Of one operand whose tensor lies in L3: band k has the bytes first to second of it.
struct OperandBands {
  size_t operand = 0; ///< of the problem
  std::vector<std::pair<int64_t, int64_t>> bytes;
  int64_t slots = 1, slotBytes = 0;
};

/// One way to work band by band. With two slots band k + 1 comes while band k is computed and band k - 1
/// leaves; with one, everything waits.
struct BandOption {
  LayerPlan plan; ///< of the whole layer, `axis` outermost
  Axis axis = Axis::Rows;
  std::vector<int64_t> ends; ///< the segment of the axis behind each band
  std::vector<OperandBands> operands;
  int64_t bytes = 0; ///< of L2
  double cycles = 0; ///< with all that L3 makes it wait
};

/// Of a layer, by rows of its tiles or 0: kept from one choice of operands to the next.
using BandPlans = std::map<int64_t, std::optional<LayerPlan>>;

/// Bands are runs of rows, or of images where there are several. The options that no other beats in bytes and
/// in cycles, fewest bytes first; none where `far` operands cannot be parted so, or the machine does not move
/// them between L3 and L2. `whole` is the layer's plan with everything in L2: it serves one band.
std::vector<BandOption> bandOptions(const Machine &machine, const LayerProblem &layer,
                                    const std::vector<size_t> &far, const LayerPlan &whole,
                                    const SearchOptions &options, BandPlans &kept);

} // namespace dyadic::model
