// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much work area each kernel gets: as much as helps, as long as the network's peak does not grow.
#include "dialects/plat/Liveness.h"
#include "passes/lower-to-plat/Context.h"

#include "llvm/Support/Format.h"

using namespace mlir;
namespace dyadic::lower_to_plat {
namespace {

constexpr int64_t floorBytes = 2048; // networks this small may spend memory on speed

/// Larger blocks first; 4 columns suit the product's inner loop, channels are worked on 32 at a time.
ArrayRef<int64_t> blocksOf(StringRef kernel) {
  static const int64_t columns[] = {4, 2, 1}, channels[] = {32, 16, 8, 4, 1};
  return kernel.starts_with("depthwise") || kernel.starts_with("pool") ? ArrayRef<int64_t>(channels)
                                                                       : ArrayRef<int64_t>(columns);
}

/// Columns or channels there are; a larger block would only take memory.
int64_t blockLimit(plat::KernelOp kernel) {
  DictionaryAttr p = kernel.getParams();
  if (kernel.getKernel().starts_with("matmul"))
    return plat::numberAt(p, "rows");
  if (kernel.getKernel().starts_with("conv2d"))
    return plat::numberAt(p, "batch") * plat::numberAt(p, "h.out") * plat::numberAt(p, "w.out");
  return INT64_MAX;
}

DictionaryAttr withBlock(DictionaryAttr params, int64_t block) {
  NamedAttrList fields(params);
  fields.set("block", Builder(params.getContext()).getI64IntegerAttr(block));
  return fields.getDictionary(params.getContext());
}

} // namespace

void chooseScratch(plat::NetworkOp network) {
  int64_t layers = plat::layerCount(network);
  SmallVector<int64_t> live(layers + 2, 0);
  for (auto [buffer, interval] : plat::liveIntervals(network))
    for (int64_t t = interval.first; t <= interval.last; ++t)
      live[t] += buffer.getSizeBytes();
  int64_t peak = std::max(floorBytes, *llvm::max_element(live));
  for (auto kernel : network.getBody().getOps<plat::KernelOp>())
    if (auto scratch = plat::findKernel(kernel.getKernel())->scratchBytes)
      peak = std::max<int64_t>(peak, live[kernel.getLayer()] + scratch(withBlock(kernel.getParams(), 1)));

  OpBuilder b(network.getContext());
  for (auto kernel : llvm::make_early_inc_range(network.getBody().getOps<plat::KernelOp>())) {
    auto scratch = plat::findKernel(kernel.getKernel())->scratchBytes;
    if (!scratch)
      continue;
    for (int64_t block : blocksOf(kernel.getKernel())) {
      if (block > 1 && block > blockLimit(kernel))
        continue;
      DictionaryAttr params = withBlock(kernel.getParams(), block);
      int64_t bytes = scratch(params);
      if (block > 1 && live[kernel.getLayer()] + bytes > peak)
        continue;
      kernel.setParamsAttr(params);
      if (bytes > 0) {
        std::string name;
        llvm::raw_string_ostream(name)
            << "layer_" << llvm::format("%02d", static_cast<int>(kernel.getLayer())) << "_scratch";
        b.setInsertionPoint(kernel);
        kernel.getScratchMutable().assign(plat::BufferOp::create(
            b, kernel.getLoc(), plat::BufferType::get(b.getContext()), name, plat::Level::L2, bytes, 8,
            plat::Owner::Core, IntegerAttr(), IntegerAttr(), IntegerAttr()));
      }
      break;
    }
  }
}

} // namespace dyadic::lower_to_plat
