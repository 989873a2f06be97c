// The tiling of one layer that takes the fewest predicted cycles and fits into L1.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Choices.h"
#include "passes/model/tiling/LayerTime.h"

namespace dyadic::model {

struct SearchOptions {
  int64_t maxSlots = 2;          ///< 1: no double buffering; nor is there any where the machine has none
  std::optional<Axis> outermost; ///< where it is cut: as runs of channels, or of rows, need it
  bool cutInputs = false;        ///< into segments, and not otherwise
  int64_t calls = 1;             ///< with a run of channel segments each: their cycles count
  bool evenCalls = false;        ///< all of as many segments, of which none could be smaller
  bool channelCalls = false;     ///< each segment of channels is called for itself: nothing comes ahead of it
  TilingChoices fixed;
};

struct LayerPlan {
  Tiling tiling;
  Footprint footprint;
  LayerTime time;
  int64_t timed = 0; ///< tilings that the search played on a timeline
};

/// Why a layer has no tiling, term by term.
struct NoFit {
  struct Term {
    std::string what; ///< "input", "scratch of 8 cores", "stacks of 8 cores"
    int64_t bytes = 0;
  };
  std::vector<Term> terms;        ///< of the smallest tiling
  std::string shape;              ///< of its tile
  int64_t roomBytes = 0;          ///< for buffers
  int64_t shortBytes = 0;         ///< 0: memory is not what is missing, `message` tells
  std::vector<std::string> fixes; ///< choices to leave open, each alone makes the layer fit, cheapest first
  bool misaligned = false; ///< no tile, not even the whole layer, falls on bytes: it can only work whole
  std::string message;     ///< one sentence, fit to follow the name of the node
};

struct SearchResult {
  std::optional<LayerPlan> plan;
  NoFit why; ///< without a plan
};

/// Tilings are compared by predicted cycles to the thousandth (a tenth more where there are fewer pixels
/// than cores and some core has much less to do than others, or nothing), of several calls then by what may
/// come before the first, then by fewer bytes of L1, then by fewer tiles, then by the order of the
/// enumeration; so the same problem gives the same tiling everywhere. Exhaustive over the candidates of
/// Candidates.h; what a lower bound excludes is not played. Sums over segments of input channels are looked
/// at where they may win, or nothing else fits. Requires machine.hasTiles().
SearchResult searchTiling(const Machine &machine, const LayerProblem &layer,
                          const SearchOptions &options = {});

} // namespace dyadic::model
