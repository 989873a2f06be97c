// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bands of tensors in L3: whether they hold what a call works on, and who owns their slots when.
#include "passes/plan-memory/CheckTiles.h"

#include <map>
#include <set>

using namespace mlir;
namespace dyadic::check_plat {
namespace {

plat::BandsOp bandsOf(plat::StreamOp stream) {
  return stream.getThrough() ? stream.getThrough().getDefiningOp<plat::BandsOp>() : plat::BandsOp();
}

/// Who a slot belongs to: nobody, the engine that fills it, the cores, the engine that empties it.
enum class Owner { Nobody, Arriving, Cores, Leaving };
struct Slot {
  Owner owner = Owner::Nobody;
  int64_t band = -1;
  int64_t made = 0; ///< of what is written: its segments of channels, where calls make some at a time
};

struct Walk {
  std::map<std::pair<Operation *, int64_t>, Slot> slots;
  std::map<Operation *, std::pair<Operation *, std::set<int64_t>>>
      stored; ///< of a buffer in L3: what writes it, and the bands that have got there
  bool good = true;

  InFlightDiagnostic fail(Operation *op) {
    good = false;
    return op->emitOpError();
  }
  static std::string nameOf(plat::BandsOp bands, int64_t k) {
    return "band " + std::to_string(k) + " of '" + plat::bufferOf(bands.getView()).getName().str() + "'";
  }
  Slot &slotOf(plat::BandsOp bands, int64_t k) {
    return slots[{bands, k % static_cast<int64_t>(bands.getSlots())}];
  }

  void start(plat::StartBandOp op) {
    auto bands = op.getBands().getDefiningOp<plat::BandsOp>();
    auto k = static_cast<int64_t>(op.getBand());
    Slot &slot = slotOf(bands, k);
    auto &[writer, there] = stored[plat::bufferOf(bands.getView())];
    if (bands.getOut()) {
      if (slot.owner != Owner::Cores || slot.band != k || slot.made != INT64_MAX)
        fail(op) << "stores " << nameOf(bands, k) << ", which is not computed yet: wrong owner";
      for (auto &[other, state] : slots)
        if (auto reader = dyn_cast<plat::BandsOp>(other.first);
            reader && !reader.getOut() &&
            plat::bufferOf(reader.getView()) == plat::bufferOf(bands.getView()) &&
            state.owner == Owner::Arriving)
          fail(op) << "stores " << nameOf(bands, k) << " over what still arrives from there: early reuse";
      if (writer != bands.getOperation() || there.contains(k))
        writer = bands, there.clear();
      slot = {Owner::Leaving, k};
      return;
    }
    if (slot.owner == Owner::Arriving)
      fail(op) << "starts " << nameOf(bands, k) << " while band " << slot.band
               << " still arrives in its slot: missing wait";
    else if (slot.owner == Owner::Cores)
      fail(op) << "starts " << nameOf(bands, k) << " while band " << slot.band
               << ", which is still to be used, lies in its slot: early reuse";
    if (!writer || static_cast<int64_t>(there.size()) < cast<plat::BandsOp>(writer).count())
      fail(op) << "starts " << nameOf(bands, k) << ", of which not all has been stored yet: missing wait";
    slot = {Owner::Arriving, k};
  }

  void await(plat::AwaitBandOp op) {
    auto bands = op.getBands().getDefiningOp<plat::BandsOp>();
    auto k = static_cast<int64_t>(op.getBand());
    Slot &slot = slotOf(bands, k);
    Owner flying = bands.getOut() ? Owner::Leaving : Owner::Arriving;
    if (slot.owner != flying || slot.band != k) {
      fail(op) << "waits for " << nameOf(bands, k) << ", which was never started: missing transfer";
      return;
    }
    slot = {bands.getOut() ? Owner::Nobody : Owner::Cores, k};
    if (bands.getOut())
      stored[plat::bufferOf(bands.getView())].second.insert(k);
  }

  void run(plat::RunOp op) {
    for (auto &[place, slot] : slots)
      if (auto bands = cast<plat::BandsOp>(place.first); bands.getOut() && !belongs(bands, op)) {
        if (slot.owner == Owner::Cores)
          fail(op) << "comes before " << nameOf(bands, slot.band) << " was stored: uncovered output";
        else if (slot.owner == Owner::Leaving)
          fail(op) << "comes while " << nameOf(bands, slot.band) << " is in flight: missing wait";
      }
    for (plat::StreamOp stream : op.layer().streams()) {
      plat::BandsOp bands = bandsOf(stream);
      if (!bands)
        continue;
      auto k = static_cast<int64_t>(*op.getBand());
      Slot &slot = slotOf(bands, k);
      if (!bands.getOut()) {
        if (slot.owner != Owner::Cores || slot.band != k)
          fail(op) << "runs before " << nameOf(bands, k) << " has arrived: missing wait";
        if (op.isLastOfBand())
          used.push_back(&slot);
      } else if (auto [first, end] = op.segments(plat::Axis::Channels);
                 slot.owner == Owner::Cores && slot.band == k && slot.made == first) {
        slot.made = op.isLastOfBand() ? INT64_MAX : end;
      } else if (slot.owner == Owner::Cores) {
        fail(op) << "writes " << nameOf(bands, k) << " over band " << slot.band
                 << ", which was never stored: uncovered output";
      } else if (slot.owner == Owner::Leaving) {
        fail(op) << "writes " << nameOf(bands, k) << " into a slot that a store still reads: missing wait";
      } else if (first != 0) {
        fail(op) << "writes " << nameOf(bands, k) << " from segment " << first
                 << " of the channels on, the one before is not computed: uncovered output";
      } else {
        slot = {Owner::Cores, k, op.isLastOfBand() ? INT64_MAX : end};
      }
    }
    for (Slot *slot : used) // several operands may share one
      slot->owner = Owner::Nobody;
    used.clear();
  }
  std::vector<Slot *> used;

  static bool belongs(plat::BandsOp bands, plat::RunOp run) {
    return llvm::any_of(run.layer().streams(), [&](plat::StreamOp s) { return bandsOf(s) == bands; });
  }

  void end() {
    for (auto &[place, slot] : slots) {
      auto bands = cast<plat::BandsOp>(place.first);
      if (slot.owner == Owner::Cores)
        fail(bands) << nameOf(bands, slot.band) << " was never "
                    << (bands.getOut() ? "stored: uncovered output" : "used: missing run");
      else if (slot.owner != Owner::Nobody)
        fail(bands) << nameOf(bands, slot.band) << " is in flight when the inference ends: missing wait";
    }
  }
};

} // namespace

bool checkBand(plat::RunOp run) {
  bool good = true;
  plat::TiledOp tiled = run.layer();
  for (plat::StreamOp stream : tiled.streams()) {
    plat::BandsOp bands = bandsOf(stream);
    if (!bands)
      continue;
    auto k = static_cast<int64_t>(*run.getBand());
    int64_t bits = elementBits(stream);
    for (auto [t, past] = run.tiles(); t < past && good; ++t) {
      Part part = partOf(stream.getBox(), tiled.getGrid(), tiled.getGrid().tile(t));
      if (part.elements() == 0)
        continue;
      auto [first, end] = part.range();
      if (first * bits / 8 < bands.begin(k) || (end * bits + 7) / 8 > bands.end(k)) {
        run.emitOpError() << (bands.getOut() ? "writes" : "reads") << " bytes " << first * bits / 8 << " to "
                          << (end * bits + 7) / 8 << " of '" << stream.getName() << "', which band " << k
                          << " does not hold";
        good = false;
      }
    }
  }
  return good;
}

bool checkBands(plat::NetworkOp network) {
  Walk walk;
  for (Operation &op : network.getBody().front()) {
    if (auto bands = dyn_cast<plat::BandsOp>(op); bands && network.getCacheLineBytes())
      walk.fail(bands) << "passes the cores' cache, and no rule cleans or invalidates a band: missing clean";
    else if (auto start = dyn_cast<plat::StartBandOp>(op))
      walk.start(start);
    else if (auto await = dyn_cast<plat::AwaitBandOp>(op))
      walk.await(await);
    else if (auto run = dyn_cast<plat::RunOp>(op))
      walk.run(run);
    if (!walk.good)
      return false;
  }
  walk.end();
  return walk.good;
}

} // namespace dyadic::check_plat
