// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a placed network will take on a machine, played event by event from the very IR that becomes the C.
#pragma once

#include "dialects/plat/Plat.h"
#include "passes/model/tiling/Timeline.h"

#include <optional>

namespace dyadic::predict {

/// Between L3 and L2 in every inference: weights that come, rows of activations that come and go.
struct Fetch {
  int64_t bytes = 0;
  int64_t activations = 0;     ///< of these, not weights
  double cycles = 0;           ///< the engine is busy with them
  double exposed = 0;          ///< of these, the cores wait
  std::vector<int64_t> behind; ///< the layers whose work hides the rest
};

/// Cycles are estimates from the machine's figures; bytes and multiply-accumulates are exact.
struct LayerPrediction {
  int64_t number = 0;
  std::string node, kernel;
  bool tiled = false; ///< false: one core works on L2
  int64_t tiles = 1;
  std::string shape = "whole"; ///< of the largest tile, "8 rows x 16 channels"
  std::string order, spread;   ///< of the loops; what the cores share
  int64_t cores = 1;
  int64_t macs = 0;
  std::vector<int64_t> workPerCore; ///< of a tiled layer: multiply-accumulates, or outputs where it has none
  std::vector<std::string> buffered, doubleBuffered; ///< operands with buffers in L1; of these, with two
  int64_t l1Bytes = 0, l2Bytes = 0;                  ///< alive while it runs
  int64_t transfers = 0;                             ///< started between L2 and L1 in each inference
  int64_t bytesIn = 0, bytesOut = 0;                 ///< moved by these
  int64_t residentBytes = 0;                         ///< of its weights in L2, loaded once
  int64_t cacheLines = 0;                            ///< cleaned and forgotten before it
  Fetch fetch;
  double begin = 0, end = 0; ///< from the end of the layer before to its own
  model::TimeTotals time;    ///< of these, by kind; transfers whether hidden or not

  /// What its cost is made of; none: a movement.
  std::optional<model::KernelClass> kind;
  unsigned weightBits = 0, activationBits = 0;
  bool gathers = false;

  double cycles() const { return end - begin; }
};

struct Prediction {
  std::vector<LayerPrediction> layers;
  model::TimeTotals time; ///< of an inference in the steady state: what is resident was loaded before
  double cycles = 0;      ///< equals time.cycles()
  double loadCycles = 0;  ///< loading what is resident, once
  int64_t residentBytes = 0;
  int64_t macs = 0;
  int64_t l1Bytes = 0, l2Bytes = 0; ///< the arenas
  int64_t l3Bytes = 0;              ///< activations in L3
  int64_t l2LeastBytes = 0;         ///< no plan of these buffers takes less
  int64_t parameterBytes = 0;       ///< constants that are no weights: they lie in L2 with the program
};

/// Requires a placed network; fails only where the IR asks for a transfer that the machine cannot do.
mlir::FailureOr<Prediction> predict(plat::NetworkOp network, const model::Machine &machine);

} // namespace dyadic::predict
