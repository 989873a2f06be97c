// What one tiled layer takes, by the timeline of its schedule.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Shares.h"
#include "passes/model/tiling/Timeline.h"

namespace dyadic::model {

struct TileTime {
  double begin = 0, end = 0; ///< of the team's work
  double exposed = 0;        ///< waited before it
};

struct LayerTime {
  TimeTotals totals;
  double cycles = 0;                ///< until the last store is complete; equals totals.cycles()
  std::vector<TileTime> tiles;      ///< where asked for
  std::vector<int64_t> macsPerCore; ///< where asked for; outputs where the layer multiplies nothing
};

/// Requires segments, slots and cores that fit the layer, and engines for every operand with slots.
LayerTime timeLayer(const Machine &machine, const LayerProblem &layer, const Tiling &tiling,
                    bool detailed = false);

} // namespace dyadic::model
