// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts cleaning and forgetting of cache lines where a tensor goes over between cores and engine.
#include "dialects/plat/Traffic.h"
#include "mlir/IR/Builders.h"
#include "passes/Passes.h"

namespace dyadic {
#define GEN_PASS_DEF_HANDOVER
#include "passes/Passes.h.inc"
} // namespace dyadic

using namespace mlir;
namespace dyadic {
namespace {

struct HandOver : impl::HandOverBase<HandOver> {
  using HandOverBase::HandOverBase;

  void runOnOperation() override {
    plat::NetworkOp network = plat::networkOf(getOperation());
    if (!network || network.getArenaBytes()) {
      getOperation().emitError("hand-over needs a module with one plat.network that is not placed yet");
      return signalPassFailure();
    }
    if (lineBytes < 4 || (lineBytes & (lineBytes - 1)) != 0) {
      network.emitOpError() << "line-bytes must be a power of two, found " << lineBytes.getValue();
      return signalPassFailure();
    }
    plat::KernelOp begin;
    Block &body = network.getBody().front();
    if (body.getOps<plat::RunOp>().empty())
      return; // nothing is transferred
    network.setCacheLineBytes(lineBytes);
    network.setArenaAlign(std::max<uint64_t>(network.getArenaAlign(), lineBytes));
    for (auto buffer : network.getBody().getOps<plat::BufferOp>())
      if (buffer.getLevel() == plat::Level::L2)
        buffer.setAlign(std::max<uint64_t>(buffer.getAlign(), lineBytes));
    for (Operation &op : llvm::make_early_inc_range(body)) {
      if (auto stage = dyn_cast<plat::StageOp>(op); stage && stage.getResident())
        load(stage);
      auto kernel = dyn_cast<plat::KernelOp>(op);
      if (!kernel || !begin || begin.getLayer() != kernel.getLayer())
        begin = kernel; // the kernels of a layer stay together
      Operation *at = begin ? begin.getOperation() : &op;
      plat::traffic(&op, [&](plat::Access access, Value what) { touch(at, access, what); });
    }
  }

private:
  /// Of a buffer: a core may have written to lines that are still in the cache, as other tensors did that lay
  /// there before; an engine has written past lines that may be there.
  struct State {
    bool dirty = true, stale = false;
  };
  llvm::DenseMap<Operation *, State> states;

  /// Loaded before the first inference.
  static void load(plat::StageOp stage) {
    OpBuilder b(stage->getContext());
    b.setInsertionPointAfter(stage);
    plat::CleanOp::create(b, stage.getLoc(), stage);
    bool readThere = llvm::any_of(stage.getResult().getUsers(), [](Operation *user) {
      auto stream = dyn_cast<plat::StreamOp>(user);
      return stream && !stream.getVia();
    });
    if (readThere)
      plat::InvalidateOp::create(b, stage.getLoc(), stage);
  }

  void touch(Operation *op, plat::Access access, Value what) {
    if (auto stage = what.getDefiningOp<plat::StageOp>(); stage && stage.getResident())
      return;
    State &state = states[plat::homeOf(what)];
    OpBuilder b(op);
    bool engine = access == plat::Access::EngineReads || access == plat::Access::EngineWrites;
    if (state.dirty && (engine || (access == plat::Access::CoreReads && state.stale))) {
      plat::CleanOp::create(b, op->getLoc(), what);
      state.dirty = false;
    }
    if (access == plat::Access::CoreReads && state.stale) {
      plat::InvalidateOp::create(b, op->getLoc(), what);
      state.stale = false;
    }
    state.dirty |= access == plat::Access::CoreWrites;
    state.stale |= access == plat::Access::EngineWrites;
  }
};

} // namespace
} // namespace dyadic
