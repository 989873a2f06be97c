// How a layer's weights can pass through a stage in L2, by runs of channel segments.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Search.h"

namespace dyadic::model {

/// Channel segments whose weights are loaded together and computed in one call of the layer.
struct Chunk {
  int64_t firstSegment = 0, segments = 0;
  int64_t bytes = 0;     ///< of all its operands, each rounded up to the alignment of L2
  double loadCycles = 0; ///< L3 to L2
  double runCycles = 0;  ///< of the call, without waiting for the load
};

/// One way to stream a layer. Chunk k + 1 is started before chunk k runs, into the other slot; with one slot,
/// after it. The next streamed layer's first chunk is started before this layer's last call.
struct StreamOption {
  LayerPlan plan;            ///< of the whole layer, channels outermost
  std::vector<Chunk> chunks; ///< in the order of their use, all rounds
  int64_t rounds = 1;        ///< times that the list of chunks is gone through: once for each band
  int64_t slots = 1;
  int64_t slotBytes = 0; ///< of the largest chunk
  double partCycles = 0; ///< of the first tile's weights, which the layer before can bring to L1
  bool blocking = false; ///< the core copies, or L2 takes nothing ahead of its turn: nothing hides a load

  /// Chunks of one round. Number k of all rounds is this round's k modulo chunksPerRound(), and lies in the
  /// slot of that number modulo slots.
  int64_t chunksPerRound() const { return static_cast<int64_t>(chunks.size()) / rounds; }
  double runCycles() const;
  /// Cycles that the layer waits for its chunks but the first.
  double innerWait() const;
  /// The same for the first, started `ahead` cycles before it is needed.
  double firstWait(double ahead) const;
};

/// Cycles from L2 to L1 for what the first tile takes of the weights; 0 where they must wait for a slot.
double firstPartCycles(const Machine &machine, const LayerProblem &layer, const Tiling &tiling);

/// Bytes of all operands that may be streamed, as they lie in L2.
int64_t streamableBytes(const Machine &machine, const LayerProblem &layer);
/// Cycles to load them once from L3.
double loadCycles(const Machine &machine, const LayerProblem &layer);

/// Tells the chunk what its channel segments take of the operands that are streamed, and how long that is on
/// its way. Fails where a part does not lie on whole bytes, or in several places.
bool measureLoad(const Machine &machine, const LayerProblem &layer, const Tiling &tiling, Chunk &chunk);

/// For each number of chunks the tiling with which their calls take the fewest cycles, fewest chunks first;
/// none where the machine cannot load from L3 to L2 or the layer has nothing to stream. `resident` is the
/// layer's plan with its weights in L2: it serves one chunk. Chunks whose load would be setup for the most
/// part are not considered.
std::vector<StreamOption> streamOptions(const Machine &machine, const LayerProblem &layer,
                                        const LayerPlan &resident, const SearchOptions &options = {},
                                        int64_t mostChunks = INT64_MAX);

} // namespace dyadic::model
