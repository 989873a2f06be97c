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

/// Where call number `call` of `calls` begins, each with a run of so many segments.
constexpr int64_t firstOfCall(int64_t segments, int64_t call, int64_t calls) {
  return segments * call / calls;
}

/// Requires segments, slots and cores that fit the layer, and engines for every operand with slots.
LayerTime timeLayer(const Machine &machine, const LayerProblem &layer, const Tiling &tiling,
                    bool detailed = false);
/// The same for several calls, each with its channel segments only: nothing of one overlaps with another.
LayerTime timeCalls(const Machine &machine, const LayerProblem &layer, const Tiling &tiling, int64_t calls);

} // namespace dyadic::model
