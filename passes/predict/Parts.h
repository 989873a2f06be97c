// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the walk over a placed network leaves to others: weights on their way, and bytes.
#pragma once

#include "passes/predict/Predict.h"
#include "llvm/ADT/DenseMap.h"

namespace dyadic::predict {

/// Chunks of weights from L3, each for the layer that uses it.
class Fetches {
public:
  using Key = std::pair<mlir::Value, int64_t>; ///< stage and chunk
  struct Chunk {
    double begin = 0, end = 0; ///< the engine is busy with it
    double exposed = 0;        ///< the cores waited
    int64_t layer = 0;
  };
  void started(Key key, const Chunk &chunk) {
    underway[key] = chunks.size();
    chunks.push_back(chunk);
  }
  void awaited(Key key, double exposed) {
    if (auto it = underway.find(key); it != underway.end())
      chunks[it->second].exposed += exposed;
  }
  /// Tells each layer how long its weights took, and which layers ran meanwhile.
  void settle(std::vector<LayerPrediction> &layers) const;

private:
  std::vector<Chunk> chunks;
  llvm::DenseMap<Key, size_t> underway; ///< the last flight of a chunk
};

/// Bytes alive in each layer and in all; requires the layers.
void addMemory(plat::NetworkOp network, Prediction &prediction);

} // namespace dyadic::predict
