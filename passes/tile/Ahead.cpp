// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chooses by bytes alive in each layer, lets the planner confirm it, then moves the starts.
#include "passes/tile/Ahead.h"

#include "mlir/IR/Builders.h"
#include "passes/tile/Near.h"

using namespace mlir;
namespace dyadic::tile {
namespace {
using plat::Moment;

struct Early {
  plat::TiledOp during;
  size_t owner; ///< the layer that it is for
  plat::StreamOp stream;
  plat::BufferOp near;
};

/// The layer whose first run follows this layer's last; null where something else comes between.
plat::TiledOp follower(const Tiled &layer) {
  plat::RunOp last = layer.runs.back();
  for (Operation *op = last->getNextNode(); op; op = op->getNextNode()) {
    if (auto run = dyn_cast<plat::RunOp>(op))
      return SymbolTable::lookupNearestSymbolFrom<plat::TiledOp>(run, run.getTiledAttr());
    if (isa<plat::KernelOp>(op))
      return {};
  }
  return {};
}

bool changes(plat::StreamOp stream, plat::GridAttr grid) {
  for (plat::Axis axis : grid.loops())
    if (stream.getBox().follows(axis) && grid.count(axis) > 1)
      return true;
  return false;
}

/// Chunk by chunk from L3: the first must have come before any of it is fetched.
bool isStreamed(plat::StreamOp stream) {
  auto stage = stream.getSource() ? stream.getSource().getDefiningOp<plat::StageOp>() : plat::StageOp();
  return stage && !stage.getResident();
}

/// Lies in time where it can be fetched from, and its first part has a start that can come earlier.
bool mayComeEarly(plat::StreamOp stream, const Tiled &layer) {
  plat::GridAttr grid = plat::TiledOp(layer.op).getGrid();
  bool there = !stream.getSource() || isa<plat::StageType>(stream.getSource().getType());
  return there && (!isStreamed(stream) || layer.early) && stream.getVia() &&
         (stream.getSlots() > 1 || !changes(stream, grid));
}

struct Planner {
  Planner(const std::vector<Layer> &layers, MutableArrayRef<Tiled> made, plat::NetworkOp network,
          const model::Machine &machine)
      : layers(layers), made(made), machine(machine), near(network) {}

  const std::vector<Layer> &layers;
  MutableArrayRef<Tiled> made;
  const model::Machine &machine;
  Near near;
  std::vector<Early> chosen;

  bool flies(const model::Operand &operand) const {
    const model::TransferEngine *engine = machine.engine(operand.level, 1);
    return engine && !engine->blocking;
  }

  void choose(int64_t room) {
    llvm::DenseMap<Operation *, size_t> numbers;
    for (auto [i, layer] : llvm::enumerate(made))
      numbers[layer.op] = i;
    for (Tiled layer : made) {
      plat::TiledOp next = follower(layer);
      auto found = next ? numbers.find(next) : numbers.end();
      if (found == numbers.end() || next == layer.op)
        continue;
      int64_t free = room;
      for (auto t = static_cast<int64_t>(layer.op.getLayer()); t < static_cast<int64_t>(next.getLayer()); ++t)
        free = std::min(free, room - near.used(t));
      const std::vector<model::Operand> &operands = layers[found->second].problem.operands;
      for (plat::StreamOp stream : next.streams()) {
        auto operand =
            llvm::find_if(operands, [&](const model::Operand &o) { return o.name == stream.getName(); });
        if (operand == operands.end() || operand->isOutput() || !mayComeEarly(stream, made[found->second]) ||
            !flies(*operand))
          continue;
        auto buffer = stream.getVia().getDefiningOp<plat::BufferOp>();
        auto bytes = static_cast<int64_t>(llvm::alignTo(buffer.getSizeBytes(), 8));
        if (bytes > free)
          continue;
        free -= bytes;
        near.live[buffer].first = layer.op.getLayer();
        chosen.push_back({layer.op, found->second, stream, buffer});
      }
    }
  }

  /// Gaps between buffers may cost what the sums do not show: then the last choices are taken back.
  void confirm(int64_t room) {
    while (!chosen.empty() && near.placed() > room) {
      size_t keep = chosen.size() - std::max<size_t>(1, chosen.size() / 8);
      for (; chosen.size() > keep; chosen.pop_back())
        near.live[chosen.back().near].first = near.live[chosen.back().near].last;
    }
  }

  void apply() {
    for (Early &early : chosen) {
      // Named before the layer that fetches it.
      early.near->moveBefore(early.during);
      early.stream->moveBefore(early.during);
      Operation *before = nullptr;
      for (Operation &op : early.during.getEach().getOps())
        if (!isa<plat::StartOp>(op) && !before)
          before = &op;
      OpBuilder b(before);
      plat::StartOp::create(b, early.stream.getLoc(), early.stream, Moment::Last);
      startFirst(early.stream);
      if (isStreamed(early.stream))
        made[early.owner].awaitedBy =
            llvm::find_if(made, [&](const Tiled &t) { return t.op == early.during; })->runs.back();
    }
  }

  /// What never changes is started `first`: that is left to the layer before, `this` would not be.
  static void startFirst(plat::StreamOp stream) {
    for (Operation *user : llvm::make_early_inc_range(stream.getResult().getUsers())) {
      auto start = dyn_cast<plat::StartOp>(user);
      if (!start || start.getMoment() != Moment::This)
        continue;
      Region &before = start->getParentOfType<plat::TiledOp>().getBefore();
      start->moveBefore(&before.front(), before.front().end());
      start.setMoment(Moment::First);
    }
  }
};

} // namespace

void fetchAhead(const std::vector<Layer> &layers, MutableArrayRef<Tiled> made, plat::NetworkOp network,
                const model::Machine &machine) {
  if (!machine.l1 || !machine.l1->doubleBuffering || !machine.room(1))
    return;
  Planner planner(layers, made, network, machine);
  planner.choose(*machine.room(1));
  planner.confirm(*machine.room(1));
  planner.apply();
}

} // namespace dyadic::tile
