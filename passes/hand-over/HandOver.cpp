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

/// What the cache may hold, line by line. Loading cleans the arena, so nothing is dirty before the first
/// inference.
struct Lines {
  Lines(plat::NetworkOp network, int64_t size)
      : size(size), arena((static_cast<int64_t>(*network.getArenaBytes()) + size - 1) / size),
        dirty(static_cast<size_t>(arena)), stale(dirty.size()) {}

  int64_t size, arena;
  std::vector<bool> dirty; ///< a core may have written to a line that is still in the cache
  std::vector<bool> stale; ///< an engine has written past a line that may be in the cache
  llvm::DenseMap<Operation *, int64_t> users; ///< memory of the user's, behind the arena

  struct Bytes {
    int64_t begin, end;
  };
  Bytes bytesOf(Value what) {
    plat::BufferOp home = plat::homeOf(what);
    int64_t begin = home.getUser() ? placeOf(home) : static_cast<int64_t>(*home.getOffset()),
            bytes = home.getSizeBytes();
    if (auto view = what.getDefiningOp<plat::ViewOp>()) {
      begin += view.getBegin();
      bytes = plat::packedBytes(cast<plat::ViewType>(what.getType()).getTensor());
    }
    return {begin, begin + bytes};
  }
  int64_t placeOf(plat::BufferOp user) {
    auto [it, fresh] = users.try_emplace(user, static_cast<int64_t>(dirty.size()) * size);
    if (fresh) {
      dirty.resize(dirty.size() + (user.getSizeBytes() + static_cast<uint64_t>(size) - 1) / size, true);
      stale.resize(dirty.size());
    }
    return it->second;
  }
  bool any(const std::vector<bool> &set, Bytes b) const {
    for (int64_t line = b.begin / size; line * size < b.end; ++line)
      if (set[static_cast<size_t>(line)])
        return true;
    return false;
  }
  void put(std::vector<bool> &set, Bytes b, bool value) const {
    for (int64_t line = b.begin / size; line * size < b.end; ++line)
      set[static_cast<size_t>(line)] = value;
  }
  /// Of lines that are written as a whole nothing is left that was there before.
  void overwrite(Bytes b, Bytes home) {
    put(dirty, b, true);
    for (int64_t line = (b.begin + size - 1) / size; line * size < b.end; ++line)
      if ((line + 1) * size <= b.end || b.end >= home.end)
        stale[static_cast<size_t>(line)] = false;
  }
  /// The next inference: the user has been at memory of the user's.
  void again() { std::fill(dirty.begin() + arena, dirty.end(), true); }
};

struct HandOver : impl::HandOverBase<HandOver> {
  using HandOverBase::HandOverBase;

  void runOnOperation() override {
    plat::NetworkOp network = plat::networkOf(getOperation());
    if (!network) {
      getOperation().emitError("hand-over needs a module with one plat.network");
      return signalPassFailure();
    }
    if (lineBytes < 4 || (lineBytes & (lineBytes - 1)) != 0) {
      network.emitOpError() << "line-bytes must be a power of two, found " << lineBytes.getValue();
      return signalPassFailure();
    }
    if (network.getBody().getOps<plat::RunOp>().empty())
      return; // nothing is transferred
    if (!network.getArenaBytes())
      return align(network);
    if (network.getCacheLineBytes() != static_cast<uint64_t>(lineBytes)) {
      network.emitOpError() << "is placed, and not on lines of " << lineBytes.getValue() << " bytes";
      return signalPassFailure();
    }
    for (auto stage : network.getBody().getOps<plat::StageOp>())
      if (stage.getResident())
        load(stage);
    // What one inference leaves in the cache meets the next.
    Lines lines(network, lineBytes);
    walk(network, lines, /*writes=*/false);
    lines.again();
    walk(network, lines, /*writes=*/true);
  }

private:
  /// Before places are chosen: no line belongs to two.
  void align(plat::NetworkOp network) {
    network.setCacheLineBytes(lineBytes);
    network.setArenaAlign(std::max<uint64_t>(network.getArenaAlign(), lineBytes));
    for (auto buffer : network.getBody().getOps<plat::BufferOp>())
      if (buffer.getLevel() == plat::Level::L2)
        buffer.setAlign(std::max<uint64_t>(buffer.getAlign(), lineBytes));
  }

  /// Loaded before the first inference, into lines that are clean.
  static void load(plat::StageOp stage) {
    OpBuilder b(stage->getContext());
    b.setInsertionPointAfter(stage);
    bool readThere = llvm::any_of(stage.getResult().getUsers(), [](Operation *user) {
      auto stream = dyn_cast<plat::StreamOp>(user);
      return stream && !stream.getVia();
    });
    if (readThere)
      plat::InvalidateOp::create(b, stage.getLoc(), stage);
  }

  static void walk(plat::NetworkOp network, Lines &lines, bool writes) {
    plat::KernelOp begin;
    for (Operation &op : llvm::make_early_inc_range(network.getBody().front())) {
      auto kernel = dyn_cast<plat::KernelOp>(op);
      if (!kernel || !begin || begin.getLayer() != kernel.getLayer())
        begin = kernel; // the kernels of a layer stay together
      Operation *at = begin ? begin.getOperation() : &op;
      plat::traffic(&op, [&](plat::Access access, Value what) { touch(at, access, what, lines, writes); });
    }
  }

  static void touch(Operation *op, plat::Access access, Value what, Lines &lines, bool writes) {
    if (auto stage = what.getDefiningOp<plat::StageOp>(); stage && stage.getResident())
      return;
    const Lines::Bytes bytes = lines.bytesOf(what);
    OpBuilder b(op);
    const bool engine = access == plat::Access::EngineReads || access == plat::Access::EngineWrites;
    const bool forget = access == plat::Access::CoreReads && lines.any(lines.stale, bytes);
    if ((engine || forget) && lines.any(lines.dirty, bytes)) {
      if (writes)
        plat::CleanOp::create(b, op->getLoc(), what);
      lines.put(lines.dirty, bytes, false);
    }
    if (forget) {
      if (writes)
        plat::InvalidateOp::create(b, op->getLoc(), what);
      lines.put(lines.stale, bytes, false);
    }
    if (access == plat::Access::CoreWrites)
      lines.overwrite(bytes, lines.bytesOf(plat::homeOf(what)));
    if (access == plat::Access::EngineWrites)
      lines.put(lines.stale, bytes, true);
  }
};

} // namespace
} // namespace dyadic
