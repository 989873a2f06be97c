// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Refuses a placed network whose buffers do not keep their bytes long enough or share bytes while both are
// needed.
#include "dialects/plat/Liveness.h"
#include "passes/Passes.h"

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
      if (end > arena)
        fail(buffer) << "'" << buffer.getName() << "' ends at byte " << end << " of an arena of " << arena;
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
        if (together && !apart)
          fail(b) << "'" << b.getName() << "' overlaps '" << a.getName() << "' while both are alive";
      }
    if (!good)
      signalPassFailure();
  }
};

} // namespace
} // namespace dyadic
