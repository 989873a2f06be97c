// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Places every buffer of the network in the arena.
#include "dialects/plat/Liveness.h"
#include "passes/Passes.h"

namespace dyadic {
#define GEN_PASS_DEF_PLANMEMORY
#include "passes/Passes.h.inc"
} // namespace dyadic

using namespace mlir;
namespace dyadic {
namespace {

struct Item {
  plat::BufferOp buffer;
  plat::Interval live;
  int64_t offset = -1;
};

/// Largest first, each at the lowest offset that is free during its life.
int64_t place(std::vector<Item> &items) {
  std::vector<Item *> order;
  for (Item &item : items)
    order.push_back(&item);
  llvm::sort(order, [](Item *a, Item *b) {
    return std::pair(b->buffer.getSizeBytes(), a) < std::pair(a->buffer.getSizeBytes(), b);
  });
  int64_t top = 0;
  std::vector<Item *> placed;
  for (Item *item : order) {
    int64_t at = 0, size = item->buffer.getSizeBytes(), align = item->buffer.getAlign();
    std::vector<Item *> near;
    for (Item *p : placed)
      if (p->live.first <= item->live.last && item->live.first <= p->live.last)
        near.push_back(p);
    llvm::sort(near, [](Item *a, Item *b) { return a->offset < b->offset; });
    for (Item *p : near) {
      if (at + size <= p->offset)
        break;
      at = std::max<int64_t>(at, llvm::alignTo(p->offset + p->buffer.getSizeBytes(), align));
    }
    item->offset = at;
    top = std::max(top, at + size);
    placed.push_back(item);
  }
  return top;
}

struct PlanMemory : impl::PlanMemoryBase<PlanMemory> {
  void runOnOperation() override {
    plat::NetworkOp network = plat::networkOf(getOperation());
    if (!network) {
      getOperation().emitError("plan-memory needs a module with one plat.network");
      return signalPassFailure();
    }
    std::vector<Item> items;
    for (auto [buffer, live] : plat::liveIntervals(network))
      items.push_back({buffer, live});
    Builder b(&getContext());
    int64_t top = place(items), bound = 0, boundLayer = 0;
    for (int64_t t = 0, end = plat::layerCount(network) + 1; t <= end; ++t) {
      int64_t live = 0;
      for (Item &item : items)
        if (item.live.first <= t && t <= item.live.last)
          live += item.buffer.getSizeBytes();
      if (live > bound) {
        bound = live;
        boundLayer = t;
      }
    }
    for (Item &item : items) {
      item.buffer.setFirst(item.live.first);
      item.buffer.setLast(item.live.last);
      item.buffer.setOffset(item.offset);
    }
    for (auto buffer : llvm::make_early_inc_range(network.getBody().getOps<plat::BufferOp>()))
      if (!buffer.getOffset()) {
        for (Operation *user : llvm::make_early_inc_range(buffer.getResult().getUsers()))
          user->erase();
        buffer.erase();
      }
    network.setArenaBytes(llvm::alignTo(top, network.getArenaAlign()));
    network.setArenaBoundBytes(bound);
    network.setBoundLayer(boundLayer);
  }
};

} // namespace
} // namespace dyadic
