// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks the network in the order in which it runs, keeping of every slot who owns it.
#include "passes/plan-memory/CheckTiles.h"

#include <map>

using namespace mlir;
namespace dyadic::check_plat {
namespace {
using plat::Axis;
using plat::Moment;

/// Who a slot belongs to: nobody, the engine that fills it, the cores, the engine that empties it.
enum class Owner { Nobody, Arriving, Cores, Leaving };
struct Slot {
  Owner owner = Owner::Nobody;
  int64_t version = -1; ///< which part lies or arrives in it
};

struct Walk {
  explicit Walk(plat::NetworkOp network) : network(network) {}

  plat::NetworkOp network;
  std::map<std::pair<void *, int64_t>, Slot> slots; ///< of a stream or stage by number
  llvm::MapVector<Operation *, Operation *>
      ahead; ///< streams whose first part an earlier layer started, by what
  bool good = true;

  InFlightDiagnostic fail(Operation *op) {
    good = false;
    return op->emitOpError();
  }
  Slot &slotOf(Operation *what, int64_t version, int64_t count) { return slots[{what, version % count}]; }

  //===-- between layers --------------------------------------------------------------------------===//

  void startChunk(plat::StartChunkOp op) {
    auto stage = op.getStage().getDefiningOp<plat::StageOp>();
    int64_t chunk = op.getChunk();
    Slot &slot = slotOf(stage, chunk, stage.getSlots());
    if (slot.owner == Owner::Arriving)
      fail(op) << "starts chunk " << chunk << " of '" << stage.getConstant() << "' while chunk "
               << slot.version << " still arrives in its slot: missing wait";
    else if (slot.owner == Owner::Cores)
      fail(op) << "starts chunk " << chunk << " of '" << stage.getConstant() << "' while chunk "
               << slot.version << ", which is still to be used, lies in its slot: early reuse";
    slot = {Owner::Arriving, chunk};
  }
  void awaitChunk(plat::AwaitChunkOp op) {
    auto stage = op.getStage().getDefiningOp<plat::StageOp>();
    int64_t chunk = op.getChunk();
    Slot &slot = slotOf(stage, chunk, stage.getSlots());
    if (slot.owner != Owner::Arriving || slot.version != chunk)
      fail(op) << "waits for chunk " << chunk << " of '" << stage.getConstant()
               << "', which was never started: missing transfer";
    slot = {Owner::Cores, chunk};
  }

  //===-- in a layer --------------------------------------------------------------------------------===//

  struct Tile {
    mutable plat::TiledOp layer;
    SmallVector<std::array<int64_t, 5>> all; ///< tiles of this run in order
    size_t now = 0;
    bool lastRun = false;
    llvm::SmallPtrSet<Operation *, 4>
        startedAhead; ///< streams that an earlier layer has started for this run
    bool isLast() const { return lastRun && now + 1 == all.size(); }
    bool differs(plat::StreamOp stream, size_t a, size_t b) const {
      for (Axis axis : layer.getGrid().loops())
        if (stream.getBox().follows(axis) &&
            all[a][static_cast<size_t>(axis)] != all[b][static_cast<size_t>(axis)])
          return true;
      return false;
    }
  };
  llvm::DenseMap<Operation *, SmallVector<int64_t>> versions; ///< of each stream by tile of this run

  void begin(plat::StartOp op, plat::StreamOp stream, int64_t version, int64_t stillNeeded) {
    Slot &slot = slotOf(stream, version, stream.getSlots());
    if (slot.owner == Owner::Arriving || slot.owner == Owner::Leaving)
      fail(op) << "of '" << stream.getName() << "' begins while its slot is still in flight: missing wait";
    else if (slot.owner == Owner::Cores && slot.version == stillNeeded)
      fail(op) << "of '" << stream.getName()
               << "' overwrites the part that this tile has yet to read: early reuse";
    slot = {Owner::Arriving, version};
  }

  /// The first part of a later layer's stream.
  void startAhead(plat::StartOp op, plat::StreamOp stream, const Tile &tile) {
    if (llvm::is_contained(tile.layer.streams(), stream))
      fail(op) << "ahead of its time is of a later layer's stream: wrong owner";
    if (stream.getSource() && isa<plat::ViewType>(stream.getSource().getType()))
      fail(op) << "of '" << stream.getName() << "' fetches what a layer has yet to compute";
    if (!tile.isLast())
      return;
    if (auto stage = stream.getSource() ? stream.getSource().getDefiningOp<plat::StageOp>() : plat::StageOp();
        stage && !stage.getResident()) {
      Slot &slot = slotOf(stage, 0, stage.getSlots());
      if (slot.owner != Owner::Cores || slot.version != 0)
        fail(op) << "of '" << stream.getName() << "' reads chunk 0 of '" << stage.getConstant()
                 << "' before it has arrived: missing wait";
    }
    begin(op, stream, 0, -1);
    ahead[stream] = op;
  }

  void start(plat::StartOp op, const Tile &tile, bool done) {
    auto stream = op.getStream().getDefiningOp<plat::StreamOp>();
    bool own = llvm::is_contained(tile.layer.streams(), stream);
    bool isOutput = own && tile.layer.getOutput().getDefiningOp() == stream.getOperation();
    if (!stream.getVia()) {
      fail(op) << "of '" << stream.getName() << "', which is used where it lies";
      return;
    }
    Moment moment = op.getMoment();
    if (moment == Moment::Last)
      return startAhead(op, stream, tile);
    if (!own) {
      fail(op) << "of '" << stream.getName() << "', which is no operand of this layer: wrong owner";
      return;
    }
    ArrayRef<int64_t> v = versions[stream];
    if (isOutput) {
      if (tile.now + 1 < tile.all.size() && v[tile.now + 1] == v[tile.now])
        return; // its sums are not complete
      Slot &slot = slotOf(stream, v[tile.now], stream.getSlots());
      if (slot.owner != Owner::Cores || slot.version != v[tile.now] || !done)
        fail(op) << "stores a tile that is not computed yet: wrong owner";
      slot.owner = Owner::Leaving;
      return;
    }
    int64_t needed = done ? -1 : v[tile.now];
    if (moment == Moment::First && !tile.startedAhead.contains(stream))
      begin(op, stream, 0, -1);
    else if (moment == Moment::This && (tile.now == 0 || v[tile.now] != v[tile.now - 1]))
      begin(op, stream, v[tile.now], -1);
    else if (moment == Moment::Next && tile.now + 1 < tile.all.size() && v[tile.now + 1] != v[tile.now])
      begin(op, stream, v[tile.now + 1], needed);
  }

  void await(plat::AwaitOp op, const Tile &tile) {
    auto stream = op.getStream().getDefiningOp<plat::StreamOp>();
    if (!llvm::is_contained(tile.layer.streams(), stream) || !stream.getVia()) {
      fail(op) << "of '" << stream.getName() << "', which does not come to this layer";
      return;
    }
    ArrayRef<int64_t> v = versions[stream];
    Moment moment = op.getMoment();
    if (moment == Moment::This) {
      Slot &slot = slotOf(stream, v[tile.now], stream.getSlots());
      if (slot.version != v[tile.now] || (slot.owner != Owner::Arriving && slot.owner != Owner::Cores))
        fail(op) << "of '" << stream.getName()
                 << "' waits for a part that was never started: missing transfer";
      slot = {Owner::Cores, v[tile.now]};
      return;
    }
    for (int64_t s = 0; s < static_cast<int64_t>(stream.getSlots()); ++s)
      if (moment == Moment::All || s == v[tile.now] % static_cast<int64_t>(stream.getSlots()))
        if (Slot &slot = slots[{stream, s}]; slot.owner == Owner::Leaving)
          slot.owner = Owner::Nobody;
  }

  void team(plat::TeamOp op, const Tile &tile) {
    for (plat::StreamOp stream : tile.layer.streams()) {
      if (!stream.getVia())
        continue;
      int64_t version = versions[stream][tile.now];
      Slot &slot = slotOf(stream, version, stream.getSlots());
      if (tile.layer.getOutput().getDefiningOp() == stream.getOperation()) {
        if (slot.owner == Owner::Leaving)
          fail(op) << "writes '" << stream.getName()
                   << "' into a slot that a store still reads: missing wait";
        slot = {Owner::Cores, version};
      } else if (slot.owner != Owner::Cores || slot.version != version) {
        fail(op) << "reads '" << stream.getName() << "' of tile " << tile.now
                 << " before it has arrived: missing wait";
      }
    }
  }

  void run(plat::RunOp op) {
    plat::TiledOp layer = op.layer();
    Tile tile{layer, {}, 0, op.isLast(), {}};
    for (auto [t, end] = op.tiles(); t < end; ++t)
      tile.all.push_back(layer.getGrid().tile(t));
    for (plat::StreamOp stream : layer.streams()) {
      SmallVector<int64_t> &v = versions[stream];
      v.assign(1, 0);
      for (size_t t = 1; t < tile.all.size(); ++t)
        v.push_back(v.back() + tile.differs(stream, t - 1, t));
      if (ahead.erase(stream))
        tile.startedAhead.insert(stream);
      else
        for (int64_t s = 0; s < static_cast<int64_t>(stream.getSlots()); ++s)
          slots[{stream, s}] = {};
      if (stream.getSource())
        if (auto stage = stream.getSource().getDefiningOp<plat::StageOp>(); stage && !stage.getResident()) {
          Slot &slot = slotOf(stage, op.getChunk(), stage.getSlots());
          if (slot.owner != Owner::Cores || slot.version != static_cast<int64_t>(op.getChunk()))
            fail(op) << "runs before chunk " << op.getChunk() << " of '" << stage.getConstant()
                     << "' has arrived: missing wait";
        }
    }
    auto walk = [&](Region &region, bool &done) {
      for (Operation &each : region.getOps()) {
        if (!good)
          return; // the first fault of a layer says enough
        if (auto s = dyn_cast<plat::StartOp>(each))
          start(s, tile, done);
        else if (auto a = dyn_cast<plat::AwaitOp>(each))
          await(a, tile);
        else if (auto t = dyn_cast<plat::TeamOp>(each)) {
          team(t, tile);
          done = true;
        }
      }
    };
    bool done = false;
    walk(layer.getBefore(), done);
    for (tile.now = 0; tile.now < tile.all.size() && good; ++tile.now)
      walk(layer.getEach(), done = false);
    if (!good)
      return;
    tile.now = tile.all.size() - 1;
    walk(layer.getBehind(), done);
    for (plat::StreamOp stream : layer.streams())
      for (int64_t s = 0; s < static_cast<int64_t>(stream.getSlots()); ++s) {
        Slot &slot = slots[{stream, s}];
        if (stream.getVia() && (slot.owner == Owner::Leaving || slot.owner == Owner::Arriving))
          fail(op) << "ends while '" << stream.getName() << "' is in flight: missing wait";
        bool isOutput = layer.getOutput().getDefiningOp() == stream.getOperation();
        if (stream.getVia() && isOutput && slot.owner == Owner::Cores)
          fail(op) << "ends with a tile of '" << stream.getName()
                   << "' that was never stored: uncovered output";
      }
    // The chunk is used up where no later run of this layer reads it: bands may share theirs.
    if (!op.usesUpChunk())
      return;
    for (plat::StreamOp stream : layer.streams())
      if (stream.getSource())
        if (auto stage = stream.getSource().getDefiningOp<plat::StageOp>(); stage && !stage.getResident())
          slotOf(stage, op.getChunk(), stage.getSlots()).owner = Owner::Nobody;
  }
};

/// While a layer runs, each buffer near the cores belongs to one of its operands, to one fetched ahead, or is
/// scratch.
bool checkOwners(plat::NetworkOp network) {
  bool good = true;
  for (auto tiled : network.getBody().getOps<plat::TiledOp>()) {
    llvm::DenseMap<Value, StringRef> owners;
    llvm::SmallPtrSet<Operation *, 16> seen;
    auto claim = [&](Value buffer, Operation *by, StringRef name) {
      if (!buffer || !seen.insert(by).second)
        return;
      auto [it, fresh] = owners.try_emplace(buffer, name);
      if (fresh)
        return;
      good = false;
      tiled.emitOpError() << "'" << tiled.getNode() << "': '"
                          << buffer.getDefiningOp<plat::BufferOp>().getName() << "' belongs to '"
                          << it->second << "' and to '" << name << "': wrong owner";
    };
    for (plat::StreamOp stream : tiled.streams())
      claim(stream.getVia(), stream, stream.getName());
    claim(tiled.getScratch(), tiled, "scratch");
    claim(tiled.getSums(), tiled.getSums() ? tiled.getSums().getDefiningOp() : nullptr, "sums");
    tiled.walk([&](plat::StartOp start) {
      if (auto stream = start.getStream().getDefiningOp<plat::StreamOp>())
        claim(stream.getVia(), stream, stream.getName());
    });
  }
  return good;
}

} // namespace

bool checkSchedule(plat::NetworkOp network) {
  if (!checkOwners(network))
    return false;
  Walk walk(network);
  for (Operation &op : network.getBody().front()) {
    if (auto start = dyn_cast<plat::StartChunkOp>(op))
      walk.startChunk(start);
    else if (auto await = dyn_cast<plat::AwaitChunkOp>(op))
      walk.awaitChunk(await);
    else if (auto run = dyn_cast<plat::RunOp>(op))
      walk.run(run);
    if (!walk.good)
      return false;
  }
  for (auto [stream, start] : walk.ahead)
    walk.fail(start) << "of '" << cast<plat::StreamOp>(stream).getName()
                     << "' is for a layer that does not run after it";
  return walk.good;
}

} // namespace dyadic::check_plat
