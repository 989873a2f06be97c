// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Looks at each activation with its streams, and lets sums and the planner say whether L1 holds it.
#include "passes/tile/Keep.h"

#include "passes/tile/Near.h"

using namespace mlir;
namespace dyadic::tile {
namespace {

struct Keeper {
  const std::vector<Layer> &layers;
  const std::vector<Decision> &decisions;
  ArrayRef<Tiled> made;
  Near near;
  int64_t room;

  /// All streams of the buffer; none where somebody else touches it.
  static std::optional<SmallVector<plat::StreamOp>> streamsOf(plat::BufferOp buffer) {
    SmallVector<plat::StreamOp> streams;
    for (Operation *user : buffer.getResult().getUsers()) {
      auto view = dyn_cast<plat::ViewOp>(user);
      if (!view)
        return std::nullopt;
      for (Operation *reader : view.getResult().getUsers())
        if (auto stream = dyn_cast<plat::StreamOp>(reader))
          streams.push_back(stream);
        else if (!isa<plat::TapOp>(reader))
          return std::nullopt;
    }
    return streams;
  }

  static plat::TiledOp ownerOf(plat::StreamOp stream) {
    for (Operation *user : stream.getResult().getUsers())
      if (auto tiled = dyn_cast<plat::TiledOp>(user))
        return tiled;
    return {};
  }

  /// Every tile's part is one run of bytes.
  bool isOneRun(plat::StreamOp stream) const {
    auto layer = llvm::find_if(made, [&](const Tiled &t) { return t.op == ownerOf(stream); });
    if (layer == made.end())
      return false;
    size_t i = layer - made.begin();
    const model::Tiling &tiling = decisions[i].tiling;
    for (const model::Operand &operand : layers[i].problem.operands) {
      if (operand.name != stream.getName())
        continue;
      for (int64_t t = 0; t < tiling.tiles(); ++t) {
        std::optional<model::Box> box = operand.box(tiling.tile(t));
        if (!box || box->planes * box->lines != 1)
          return false;
      }
      return true;
    }
    return false;
  }

  bool mayStay(ArrayRef<plat::StreamOp> streams) const {
    llvm::SmallPtrSet<Operation *, 4> owners;
    bool made = false;
    for (plat::StreamOp stream : streams) {
      plat::TiledOp owner = ownerOf(stream);
      // A layer that works in place may write what another core has yet to read.
      if (!owner || !stream.getVia() || !owners.insert(owner).second || !isOneRun(stream))
        return false;
      made |= owner.getOutput() == stream.getResult();
    }
    return made && streams.size() > 1;
  }

  bool keep(plat::BufferOp buffer) {
    auto streams = streamsOf(buffer);
    if (!streams || !mayStay(*streams))
      return false;
    auto before = near.live;
    plat::Interval all = {INT64_MAX, 0};
    for (plat::StreamOp stream : *streams) {
      auto layer = static_cast<int64_t>(ownerOf(stream).getLayer());
      all = {std::min(all.first, layer), std::max(all.last, layer)};
      near.live.erase(stream.getVia().getDefiningOp<plat::BufferOp>());
    }
    near.live.insert({buffer, all});
    bool fits = true;
    for (int64_t t = all.first; t <= all.last; ++t)
      fits &= near.used(t) <= room;
    if (fits && near.placed() <= room) {
      apply(buffer, *streams);
      return true;
    }
    near.live = std::move(before);
    return false;
  }

  static void apply(plat::BufferOp buffer, ArrayRef<plat::StreamOp> streams) {
    buffer.setLevel(plat::Level::L1);
    for (plat::StreamOp stream : streams) {
      for (Operation *user : llvm::make_early_inc_range(stream.getResult().getUsers()))
        if (isa<plat::StartOp, plat::AwaitOp>(user))
          user->erase();
      auto via = stream.getVia().getDefiningOp<plat::BufferOp>();
      stream.getViaMutable().clear();
      stream.setSlots(1);
      via.erase();
    }
  }
};

} // namespace

void keepNear(const std::vector<Layer> &layers, const std::vector<Decision> &decisions, ArrayRef<Tiled> made,
              plat::NetworkOp network, const model::Machine &machine) {
  if (!machine.l1 || !machine.room(1))
    return;
  Keeper keeper{layers, decisions, made, Near(network), *machine.room(1)};
  SmallVector<plat::BufferOp> far; // those in L1 go as others come
  for (auto buffer : network.getBody().getOps<plat::BufferOp>())
    if (buffer.getLevel() == plat::Level::L2)
      far.push_back(buffer);
  for (plat::BufferOp buffer : far)
    keeper.keep(buffer);
}

} // namespace dyadic::tile
