// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a placed network costs, read from the same module as the code.
#pragma once

#include "codegen/Work.h"
#include "llvm/Support/JSON.h"

#include <string>
#include <vector>

namespace dyadic::codegen {

struct LayerFigures {
  int64_t number = 0;
  std::string node;          ///< ONNX node of the linear op, window or movement; may be empty
  std::string step;          ///< ONNX node of the quantiser behind it, or empty
  std::string kernel;        ///< catalogue entry
  std::string why;           ///< why products are multiplied or read from a table, or empty
  std::string input, output; ///< such as "1x32x32x3 ui8"
  int64_t macs = 0, weightBytes = 0, paramBytes = 0, tableBytes = 0, scratchBytes = 0;
  int64_t liveBytes = 0; ///< arena bytes in use while it runs

  // Of layers that work tile by tile; 0 tiles: works whole.
  int64_t tiles = 0, cores = 0, l1Bytes = 0;
  std::string tile, order, spread; ///< "1x8x16x32", "channels rows columns images", "pixels"
  struct Stream {
    std::string name;
    int64_t slots = 0;                               ///< buffers in L1; 0: used where it lies
    int64_t slotBytes = 0, transfers = 0, bytes = 0; ///< transfers and bytes of one inference
  };
  std::vector<Stream> streams;
};

struct Figures {
  std::vector<LayerFigures> layers;
  int64_t macs = 0, weightBytes = 0, paramBytes = 0, tableBytes = 0; ///< shared constants count once
  int64_t arenaBytes = 0, arenaBoundBytes = 0, boundLayer = 0;
  int64_t stackBytes = 0; ///< bound of net_run's stack on a 32-bit machine
  int64_t removedChannels = 0;
  bool tiled = false;
  int64_t l1Bytes = 0, l2Bytes = 0;             ///< of tiled networks
  int64_t residentBytes = 0, streamedBytes = 0; ///< from L3 to L2: once, and in each inference
  int64_t l3Bytes = 0, bandBytes = 0; ///< activations in L3, and what of them moves in each inference
};

Figures figuresOf(mlir::ModuleOp placed);

/// The figures as manifest and command line give them in JSON.
llvm::json::Object toJson(const Figures &figures);

/// "1x32x32x3 ui8".
std::string describe(mlir::RankedTensorType type);

} // namespace dyadic::codegen
