// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a placed network will take on a machine, played event by event from the very IR that becomes the C.
#pragma once

#include "dialects/plat/Plat.h"
#include "passes/model/tiling/Timeline.h"

namespace dyadic::predict {

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
  std::vector<int64_t> macsPerCore; ///< of a tiled layer that multiplies
  std::vector<std::string> doubleBuffered;
  int64_t l1Bytes = 0, l2Bytes = 0;                   ///< alive while it runs
  int64_t bytesIn = 0, bytesOut = 0, bytesFromL3 = 0; ///< moved for it in each inference
  double cycles = 0;                                  ///< from the end of the layer before to its own
  model::TimeTotals time;                             ///< of these, by kind; transfers whether hidden or not
};

struct Prediction {
  std::vector<LayerPrediction> layers;
  double cycles = 0;     ///< of an inference in the steady state: what is resident was loaded before
  double coldCycles = 0; ///< loading it, once
  int64_t residentBytes = 0;
  int64_t macs = 0;
};

/// Requires a placed network; fails only where the IR asks for a transfer that the machine cannot do.
mlir::FailureOr<Prediction> predict(plat::NetworkOp network, const model::Machine &machine);

} // namespace dyadic::predict
