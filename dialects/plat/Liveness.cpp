// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads live intervals off the order of the kernels.
#include "dialects/plat/Liveness.h"

using namespace mlir;
namespace dyadic::plat {

llvm::MapVector<BufferOp, Interval> liveIntervals(NetworkOp network) {
  llvm::MapVector<BufferOp, Interval> intervals;
  auto touch = [&](BufferOp buffer, int64_t layer) {
    if (!buffer)
      return;
    auto [it, fresh] = intervals.try_emplace(buffer, Interval{layer, layer});
    it->second = {std::min(it->second.first, layer), std::max(it->second.last, layer)};
  };
  int64_t end = layerCount(network) + 1;
  for (Operation &op : network.getBody().front()) {
    if (auto kernel = dyn_cast<KernelOp>(op)) {
      for (Value v : llvm::concat<Value>(kernel.getIns(), kernel.getOuts()))
        touch(bufferOf(v), kernel.getLayer());
      if (kernel.getScratch())
        touch(kernel.getScratch().getDefiningOp<BufferOp>(), kernel.getLayer());
    } else if (auto input = dyn_cast<InputOp>(op)) {
      touch(bufferOf(input.getView()), 0);
    } else if (auto output = dyn_cast<OutputOp>(op)) {
      touch(bufferOf(output.getView()), end);
    }
  }
  return intervals;
}

} // namespace dyadic::plat
