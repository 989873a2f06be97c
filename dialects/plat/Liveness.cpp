// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads live intervals off the order of the kernels.
#include "dialects/plat/Liveness.h"

using namespace mlir;
namespace dyadic::plat {

llvm::MapVector<BufferOp, Interval> liveIntervals(NetworkOp network) {
  llvm::MapVector<BufferOp, Interval> intervals;
  auto touch = [&](BufferOp buffer, int64_t layer) {
    if (!buffer || buffer.getUser())
      return;
    auto [it, fresh] = intervals.try_emplace(buffer, Interval{layer, layer});
    it->second = {std::min(it->second.first, layer), std::max(it->second.last, layer)};
  };
  auto source = [&](StreamOp stream, int64_t layer) {
    if (!stream.getSource())
      return;
    touch(bufferOf(stream.getSource()), layer);
    if (auto bands = stream.getThrough() ? stream.getThrough().getDefiningOp<BandsOp>() : BandsOp())
      touch(bands.getBuffer().getDefiningOp<BufferOp>(), layer);
    if (auto stage = stream.getSource().getDefiningOp<StageOp>())
      touch(stage.getBuffer().getDefiningOp<BufferOp>(), layer);
  };
  auto near = [&](StreamOp stream, int64_t layer) {
    if (stream.getVia())
      touch(stream.getVia().getDefiningOp<BufferOp>(), layer);
  };
  int64_t end = layerCount(network) + 1, layer = 0;
  for (Operation &op : llvm::reverse(network.getBody().front())) {
    if (auto kernel = dyn_cast<KernelOp>(op)) {
      layer = kernel.getLayer();
      for (Value v : llvm::concat<Value>(kernel.getIns(), kernel.getOuts()))
        touch(bufferOf(v), layer);
      if (kernel.getScratch())
        touch(kernel.getScratch().getDefiningOp<BufferOp>(), layer);
    } else if (auto run = dyn_cast<RunOp>(op)) {
      layer = run.layer().getLayer();
    } else if (auto tiled = dyn_cast<TiledOp>(op)) {
      for (StreamOp stream : tiled.streams()) {
        source(stream, tiled.getLayer());
        near(stream, tiled.getLayer());
      }
      // What is fetched ahead for a later layer.
      tiled.walk([&](StartOp start) {
        auto stream = start.getStream().getDefiningOp<StreamOp>();
        source(stream, tiled.getLayer());
        near(stream, tiled.getLayer());
      });
      for (Value work : {tiled.getScratch(), tiled.getSums()})
        if (work)
          touch(work.getDefiningOp<BufferOp>(), tiled.getLayer());
    } else if (auto start = dyn_cast<StartChunkOp>(op)) {
      // In flight from the layer that runs next: walking backwards, the one met last.
      touch(start.getStage().getDefiningOp<StageOp>().getBuffer().getDefiningOp<BufferOp>(), layer);
    } else if (auto start = dyn_cast<StartBandOp>(op)) {
      // One that goes is waited for before the next layer runs.
      auto bands = start.getBands().getDefiningOp<BandsOp>();
      if (!bands.getOut())
        touch(bands.getBuffer().getDefiningOp<BufferOp>(), layer);
    } else if (auto stage = dyn_cast<StageOp>(op); stage && stage.getResident()) {
      touch(stage.getBuffer().getDefiningOp<BufferOp>(), 0);
      touch(stage.getBuffer().getDefiningOp<BufferOp>(), end);
    } else if (auto input = dyn_cast<InputOp>(op)) {
      touch(bufferOf(input.getView()), 0);
    } else if (auto output = dyn_cast<OutputOp>(op)) {
      touch(bufferOf(output.getView()), end);
    }
  }
  // In the order of their declaration, whatever the order of their uses.
  llvm::MapVector<BufferOp, Interval> sorted;
  for (auto buffer : network.getBody().getOps<BufferOp>())
    if (auto it = intervals.find(buffer); it != intervals.end())
      sorted.insert(*it);
  return sorted;
}

} // namespace dyadic::plat
