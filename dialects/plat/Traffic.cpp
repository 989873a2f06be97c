// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads off the ops who touches L2.
#include "dialects/plat/Traffic.h"

using namespace mlir;
namespace dyadic::plat {

BufferOp homeOf(Value what) {
  BufferOp home;
  if (isa<ViewType>(what.getType()))
    home = bufferOf(what);
  else if (auto stage = what.getDefiningOp<StageOp>())
    home = stage.getBuffer().getDefiningOp<BufferOp>();
  else
    home = what.getDefiningOp<BufferOp>();
  return home && home.getLevel() == Level::L2 ? home : BufferOp();
}

void traffic(Operation *op, llvm::function_ref<void(Access, Value)> touch) {
  auto each = [&](Access access, Value what) {
    if (what && homeOf(what))
      touch(access, what);
  };
  if (auto input = dyn_cast<InputOp>(op))
    return each(Access::CoreWrites, input.getView());
  if (auto output = dyn_cast<OutputOp>(op))
    return each(Access::CoreReads, output.getView());
  if (auto start = dyn_cast<StartChunkOp>(op))
    return each(Access::EngineWrites, start.getStage());
  if (auto kernel = dyn_cast<KernelOp>(op)) {
    for (Value in : kernel.getIns())
      each(Access::CoreReads, in);
    each(Access::CoreWrites, kernel.getScratch());
    for (Value out : kernel.getOuts())
      each(Access::CoreWrites, out);
    return;
  }
  auto run = dyn_cast<RunOp>(op);
  if (!run)
    return;
  auto tiled = SymbolTable::lookupNearestSymbolFrom<TiledOp>(run, run.getTiledAttr());
  for (StreamOp stream : tiled.streams())
    if (stream.getResult() != tiled.getOutput() && stream.getSource()) {
      bool fetched = static_cast<bool>(stream.getVia());
      each(fetched ? Access::EngineReads : Access::CoreReads, stream.getSource());
    }
  each(Access::CoreWrites, tiled.getScratch());
  each(Access::CoreWrites, tiled.getSums());
  auto output = tiled.getOutput().getDefiningOp<StreamOp>();
  each(output.getVia() ? Access::EngineWrites : Access::CoreWrites, output.getSource());
}

} // namespace dyadic::plat
