// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Charges chunks and buffers to layers.
#include "passes/predict/Parts.h"
#include "dialects/plat/Liveness.h"

namespace dyadic::predict {

void Fetches::settle(std::vector<LayerPrediction> &layers) const {
  for (const Chunk &chunk : chunks) {
    auto owner = llvm::find_if(layers, [&](auto &l) { return l.number == chunk.layer; });
    if (owner == layers.end())
      continue;
    owner->fetch.cycles += chunk.end - chunk.begin;
    owner->fetch.exposed += chunk.exposed;
    for (const LayerPrediction &l : layers) {
      double both = std::min(l.end, chunk.end) - std::max(l.begin, chunk.begin);
      if (l.number == chunk.layer) // its own waiting hides nothing
        both -= chunk.exposed;
      if (both > 0.5 && !llvm::is_contained(owner->fetch.behind, l.number))
        owner->fetch.behind.push_back(l.number);
    }
  }
}

void addMemory(plat::NetworkOp network, Prediction &prediction) {
  for (auto [op, live] : plat::liveIntervals(network)) {
    plat::BufferOp buffer = op;
    for (LayerPrediction &l : prediction.layers)
      if (l.number >= live.first && l.number <= live.last && buffer.getLevel() != plat::Level::L3)
        (buffer.getLevel() == plat::Level::L1 ? l.l1Bytes : l.l2Bytes) +=
            static_cast<int64_t>(buffer.getSizeBytes());
  }
  for (auto constant : network.getBody().getOps<plat::ConstantOp>())
    if (constant.getRole() != plat::Role::Weights)
      prediction.parameterBytes += static_cast<int64_t>(llvm::alignTo(plat::imageBytes(constant), 8));
  prediction.l1Bytes = static_cast<int64_t>(network.getL1Bytes().value_or(0));
  prediction.l3Bytes = static_cast<int64_t>(network.getL3Bytes().value_or(0));
  prediction.l2Bytes = static_cast<int64_t>(network.getArenaBytes().value_or(0));
  prediction.l2LeastBytes = static_cast<int64_t>(network.getArenaBoundBytes().value_or(0));
}

} // namespace dyadic::predict
