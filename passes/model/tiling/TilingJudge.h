// Re-checks a tiling; shares nothing with the search but the problem.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Stream.h"

namespace dyadic::model {

/// One fault: the rule that is broken and a sentence with axes, tiles and bytes.
struct TilingFault {
  /// "order", "coverage", "window", "slots", "slot bytes", "alignment", "scratch", "sums", "l1 bytes",
  /// "cores", "shares", "chunks"
  std::string rule;
  std::string what;
  std::string text() const { return rule + ": " + what; }
};

/// Empty when the tiling is right: each output element is computed by exactly one tile and one core, every
/// window lies in its segment, every tile fits its buffer and begins and ends on whole bytes, no two cores
/// write one byte, and all buffers together fit into `l1Bytes`.
std::vector<TilingFault> judgeTiling(const LayerProblem &layer, const Tiling &tiling,
                                     const Footprint &footprint, int64_t l1Bytes, int64_t machineCores);

/// The chunks are runs of channel segments, in order, that hold every segment once and fit the stage's slots.
std::vector<TilingFault> judgeStream(const LayerProblem &layer, const StreamOption &option);

} // namespace dyadic::model
