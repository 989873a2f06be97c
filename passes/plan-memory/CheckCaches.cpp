// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks the network line by line of the cache through which the cores see L2.
#include "dialects/plat/Traffic.h"
#include "passes/plan-memory/CheckTiles.h"

using namespace mlir;
namespace dyadic::check_plat {
namespace {

struct Lines {
  explicit Lines(plat::NetworkOp network)
      : network(network), size(static_cast<int64_t>(*network.getCacheLineBytes())),
        dirty((*network.getArenaBytes() + size - 1) / size), stale(dirty.size()) {}

  plat::NetworkOp network;
  int64_t size;
  std::vector<bool> dirty; ///< a core has written there; at first none, as loading cleans the arena
  std::vector<bool> stale; ///< an engine has written past a line that may be in the cache
  llvm::DenseMap<Operation *, int64_t> users;
  bool good = true;

  template <class F> void each(Value what, F visit) {
    plat::BufferOp home = plat::homeOf(what);
    int64_t begin = home.getUser() ? placeOf(home) : static_cast<int64_t>(*home.getOffset()),
            bytes = home.getSizeBytes();
    if (auto view = what.getDefiningOp<plat::ViewOp>()) {
      begin += view.getBegin();
      bytes = plat::packedBytes(cast<plat::ViewType>(what.getType()).getTensor());
    }
    for (int64_t line = begin / size; line * size < begin + bytes; ++line)
      visit(static_cast<size_t>(line));
  }
  /// Memory of the user's is taken to lie behind the arena.
  int64_t placeOf(plat::BufferOp user) {
    auto [it, fresh] = users.try_emplace(user, static_cast<int64_t>(dirty.size()) * size);
    if (fresh) {
      dirty.resize(dirty.size() + (user.getSizeBytes() + size - 1) / size, true);
      stale.resize(dirty.size());
    }
    return it->second;
  }
  bool any(const std::vector<bool> &set, Value what) {
    bool found = false;
    each(what, [&](size_t line) { found |= set[line]; });
    return found;
  }
  void fail(Operation *op, Value what, const char *fault, const char *why) {
    good = false;
    op->emitOpError() << why << " '" << plat::homeOf(what).getName() << "': missing " << fault;
  }

  void touch(Operation *op, plat::Access access, Value what) {
    switch (access) {
    case plat::Access::EngineReads:
      if (any(dirty, what))
        fail(op, what, "clean", "has a transfer read what the cores wrote in their cache to");
      return;
    case plat::Access::EngineWrites:
      if (any(dirty, what))
        fail(op, what, "clean", "has a transfer write where lines of the cores' cache may follow, in");
      return each(what, [&](size_t line) { stale[line] = true; });
    case plat::Access::CoreReads:
      if (any(stale, what))
        fail(op, what, "invalidate", "has the cores read through their cache what a transfer wrote to");
      return;
    case plat::Access::CoreWrites:
      return each(what, [&](size_t line) { dirty[line] = true, stale[line] = false; });
    }
  }

  /// The user has been at memory of the user's.
  void begin() {
    for (auto [user, place] : users)
      std::fill(dirty.begin() + place / size, dirty.end(), true);
  }

  void step(Operation *op, bool first) {
    if (auto stage = dyn_cast<plat::StageOp>(op); stage && stage.getResident() && first)
      return each(stage, [&](size_t line) { dirty[line] = false, stale[line] = true; });
    auto resident = [](Value what) {
      auto stage = what.getDefiningOp<plat::StageOp>();
      return stage && stage.getResident();
    };
    if (auto clean = dyn_cast<plat::CleanOp>(op)) {
      each(clean.getWhat(), [&](size_t line) { dirty[line] = false; });
    } else if (auto forget = dyn_cast<plat::InvalidateOp>(op)) {
      if (resident(forget.getWhat()) && !first)
        return; // done when it was loaded
      if (any(dirty, forget.getWhat()))
        fail(op, forget.getWhat(), "clean", "would lose what the cores wrote in their cache to");
      each(forget.getWhat(), [&](size_t line) { stale[line] = false; });
    } else {
      plat::traffic(op, [&](plat::Access access, Value what) { touch(op, access, what); });
    }
  }
};

} // namespace

bool checkCaches(plat::NetworkOp network) {
  if (!network.getCacheLineBytes())
    return true;
  auto line = *network.getCacheLineBytes();
  bool good = true;
  for (auto buffer : network.getBody().getOps<plat::BufferOp>())
    if (buffer.getLevel() == plat::Level::L2 && buffer.getAlign() % line != 0) {
      buffer.emitOpError() << "'" << buffer.getName() << "' is aligned to " << buffer.getAlign()
                           << " bytes and may share a cache line of " << line << " with another owner's";
      good = false;
    }
  if (!good)
    return false;
  Lines lines(network);
  // Twice: what the first inference leaves in the cache meets the second.
  for (bool first : {true, false}) {
    lines.begin();
    for (Operation &op : network.getBody().front()) {
      if (lines.good)
        lines.step(&op, first);
    }
  }
  return lines.good;
}

} // namespace dyadic::check_plat
