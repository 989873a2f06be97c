// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Refuses a placed network whose buffers do not keep their bytes long enough or share bytes while both are
// needed.
#include "dialects/plat/Liveness.h"
#include "dialects/plat/Traffic.h"
#include "passes/Passes.h"
#include "passes/plan-memory/CheckTiles.h"

namespace dyadic {
#define GEN_PASS_DEF_CHECKPLAT
#include "passes/Passes.h.inc"
} // namespace dyadic

using namespace mlir;
namespace dyadic {
namespace {

struct CheckPlat : impl::CheckPlatBase<CheckPlat> {
  void runOnOperation() override {
    plat::NetworkOp network = plat::networkOf(getOperation());
    if (!network || !network.getArenaBytes()) {
      getOperation().emitError(
          "check-plat needs a module with one placed plat.network; run plan-memory first");
      return signalPassFailure();
    }
    bool good = true;
    auto fail = [&](Operation *op) {
      good = false;
      return op->emitOpError();
    };
    int64_t arena = *network.getArenaBytes();
    SmallVector<plat::BufferOp> buffers;
    for (auto [buffer, need] : plat::liveIntervals(network)) {
      int64_t first = *buffer.getFirst(), last = *buffer.getLast(),
              end = *buffer.getOffset() + buffer.getSizeBytes();
      if (first > need.first || last < need.last)
        fail(buffer) << "'" << buffer.getName() << "' is alive in layers " << first << ".." << last
                     << " but used in " << need.first << ".." << need.last;
      int64_t room = buffer.getLevel() == plat::Level::L1   ? network.getL1Bytes().value_or(0)
                     : buffer.getLevel() == plat::Level::L3 ? network.getL3Bytes().value_or(0)
                                                            : arena;
      if (end > room)
        fail(buffer) << "'" << buffer.getName() << "' ends at byte " << end << " of an arena of " << room;
      if (buffer.getAlign() > network.getArenaAlign())
        fail(buffer) << "'" << buffer.getName() << "' needs an alignment of " << buffer.getAlign()
                     << ", the arena has " << network.getArenaAlign();
      buffers.push_back(buffer);
    }
    for (auto [i, a] : llvm::enumerate(buffers))
      for (plat::BufferOp b : ArrayRef(buffers).drop_front(i + 1)) {
        bool together = *a.getFirst() <= *b.getLast() && *b.getFirst() <= *a.getLast();
        bool apart = *a.getOffset() + a.getSizeBytes() <= *b.getOffset() ||
                     *b.getOffset() + b.getSizeBytes() <= *a.getOffset();
        if (a.getLevel() == b.getLevel() && together && !apart)
          fail(b) << "'" << b.getName() << "' overlaps '" << a.getName() << "' while both are alive";
      }
    llvm::SmallPtrSet<Operation *, 4> readOnly;
    for (auto input : network.getBody().getOps<plat::InputOp>())
      if (plat::BufferOp home = plat::bufferOf(input.getView()); home && home.getUser())
        readOnly.insert(home);
    for (Operation &op : network.getBody().front())
      if (!isa<plat::InputOp>(op))
        plat::traffic(&op, [&](plat::Access access, Value what) {
          bool writes = access == plat::Access::CoreWrites || access == plat::Access::EngineWrites;
          if (writes && readOnly.contains(plat::homeOf(what)))
            fail(&op) << "writes '" << plat::homeOf(what).getName()
                      << "', the user's memory that is only read: wrong owner";
        });
    good = good && check_plat::checkGeometry(network) && check_plat::checkSchedule(network) &&
           check_plat::checkBands(network) && check_plat::checkCaches(network);
    if (!good)
      signalPassFailure();
  }
};

} // namespace
} // namespace dyadic
