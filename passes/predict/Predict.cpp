// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks kernels, runs and their schedules in order and lets the clock of the model tell the time.
#include "passes/predict/Predict.h"
#include "passes/model/tiling/LayerTime.h"
#include "passes/predict/Parts.h"
#include "passes/predict/Running.h"

#include <numeric>

using namespace mlir;
namespace dyadic::predict {
namespace {
using plat::Axis;
using plat::Moment;

struct Player {
  Player(plat::NetworkOp network, const model::Machine &machine)
      : network(network), machine(machine), clock(machine) {}

  plat::NetworkOp network;
  const model::Machine &machine;
  model::Timeline clock;
  Prediction result;
  bool good = true;
  llvm::DenseMap<Value, std::vector<model::Timeline::Transfer>> flights; ///< of streams and stages, by slot
  model::TimeTotals before;
  Fetches fetches;
  llvm::DenseSet<Value> ahead; ///< streams whose first part is on its way before their layer runs
  llvm::DenseMap<int64_t, SmallVector<int64_t>> bytesAhead; ///< of these, by layer

  LayerPrediction &layer(int64_t number, StringRef node, StringRef kernel) {
    if (result.layers.empty() || result.layers.back().number != number) {
      result.layers.emplace_back();
      result.layers.back().number = number;
      result.layers.back().node = node.str();
      result.layers.back().kernel = kernel.str();
      // What was waited for since the layer before is its own.
      if (result.layers.size() > 1)
        result.layers.back().begin = result.layers[result.layers.size() - 2].end;
    }
    return result.layers.back();
  }
  /// What has passed since the last call belongs to this layer.
  void close(LayerPrediction &l) {
    const model::TimeTotals &now = clock.totals();
    l.end = clock.now();
    l.cacheLines += std::exchange(lines, 0);
    l.time.compute += now.compute - before.compute;
    l.time.fork += now.fork - before.fork;
    l.time.barrier += now.barrier - before.barrier;
    l.time.exposed += now.exposed - before.exposed;
    l.time.transferIn += now.transferIn - before.transferIn;
    l.time.transferOut += now.transferOut - before.transferOut;
    before = now;
  }

  model::Timeline::Transfer &flight(Value what, int64_t slot) {
    auto &list = flights[what];
    if (static_cast<int64_t>(list.size()) <= slot)
      list.resize(static_cast<size_t>(slot + 1));
    return list[static_cast<size_t>(slot)];
  }
  bool start(Operation *at, Value what, int64_t slot, unsigned outer, unsigned inner, const model::Box &box,
             bool inwards) {
    if (!model::Timeline::connects(machine, outer, inner, inwards)) {
      at->emitOpError() << "moves bytes between L" << outer << " and L" << inner << ", which " << machine.name
                        << " has no engine for";
      return good = false;
    }
    model::Timeline::Transfer begun = clock.start(outer, inner, box, inwards);
    flight(what, slot) = begun;
    return true;
  }

  //===-- whole layers ----------------------------------------------------------------------------===//

  void play(plat::KernelOp kernel) {
    LayerPrediction &l = layer(kernel.getLayer(), kernel.getNode(), kernel.getKernel());
    l.macs += kernel.getMacs();
    if (auto known = tile::layerOf(tile::workOf(kernel), machine)) {
      model::WorkCost cost(machine, known->problem);
      rests(l, known->problem);
      std::vector<int64_t> slots(known->problem.operands.size(), machine.l1 ? 0 : 1);
      auto channels = known->problem.extents[at(model::Axis::Channels)];
      clock.team(cost.cycles(known->problem.outputs() / channels, channels,
                             std::max<int64_t>(1, plat::numberAt(kernel.getParams(), "block")), slots),
                 1);
    } else {
      clock.team(moved(kernel), 1);
    }
    close(l);
  }
  static void rests(LayerPrediction &l, const model::LayerProblem &problem) {
    l.kind = problem.kind;
    l.gathers = problem.gatherBytesPerPixel > 0;
    if (problem.macsPerOutput > 0)
      l.weightBits = problem.weightBits, l.activationBits = problem.activationBits;
  }
  /// A movement: every element is read and written once.
  double moved(plat::KernelOp kernel) {
    const model::KernelCosts &costs = machine.kernel(model::KernelClass::Move);
    double element = costs.element ? costs.element->value : 2,
           penalty = model::WorkCost::accessPenalty(machine, 2).value_or(0);
    auto out = cast<plat::ViewType>(kernel.getOuts()[0].getType()).getTensor();
    return (costs.call ? costs.call->value : 0) +
           static_cast<double>(out.getNumElements()) * (element + 2 * penalty);
  }

  //===-- tiled layers ----------------------------------------------------------------------------===//

  void transfer(Running &run, plat::StartOp op, size_t tileNumber, bool out) {
    auto stream = op.getStream().getDefiningOp<plat::StreamOp>();
    const model::Operand *operand = run.operands.lookup(stream);
    auto box = operand->box(run.tiling.tile(run.tiles[tileNumber]));
    if (!box) {
      op.emitOpError() << "moves a part of '" << operand->name << "' that does not lie on whole bytes";
      good = false;
      return;
    }
    LayerPrediction &l = result.layers.back();
    (out ? l.bytesOut : l.bytesIn) += box->total();
    l.transfers += box->total() > 0;
    start(op, stream, run.versions[stream][tileNumber] % static_cast<int64_t>(stream.getSlots()),
          operand->level, 1, *box, !out);
  }

  void play(Running &run, plat::StartOp op) {
    ArrayRef<int64_t> v = run.versions[op.getStream()];
    bool out = op.getStream() == run.op.getOutput();
    size_t t = run.now;
    switch (op.getMoment()) {
    case Moment::First:
      return ahead.erase(op.getStream()) ? void() : transfer(run, op, 0, out);
    case Moment::Last:
      return run.isLast() ? fetchAhead(op) : void();
    case Moment::This:
      if (out ? t + 1 == run.tiles.size() || v[t + 1] != v[t] : t == 0 || v[t] != v[t - 1])
        transfer(run, op, t, out);
      return;
    case Moment::Next:
      if (t + 1 < run.tiles.size() && v[t + 1] != v[t])
        transfer(run, op, t + 1, out);
      return;
    default:
      return;
    }
  }
  /// The first part of a later layer's stream; its bytes are that layer's.
  void fetchAhead(plat::StartOp op) {
    auto stream = op.getStream().getDefiningOp<plat::StreamOp>();
    for (Operation *user : stream.getResult().getUsers()) {
      auto owner = dyn_cast<plat::TiledOp>(user);
      auto known = owner ? tile::layerOf(tile::workOf(owner), machine) : std::nullopt;
      if (!known)
        continue;
      model::Tiling tiling = tilingOf(owner, known->problem);
      for (const model::Operand &operand : known->problem.operands) {
        auto box = operand.box(tiling.tile(0));
        if (operand.name != stream.getName() || !box || !start(op, stream, 0, operand.level, 1, *box, true))
          continue;
        ahead.insert(stream);
        bytesAhead[static_cast<int64_t>(owner.getLayer())].push_back(box->total());
      }
    }
  }
  void play(Running &run, plat::AwaitOp op) {
    auto stream = op.getStream().getDefiningOp<plat::StreamOp>();
    int64_t slots = stream.getSlots(), slot = run.versions[op.getStream()][run.now] % slots;
    if (op.getMoment() != Moment::All)
      return clock.await(flight(stream, slot));
    for (int64_t s = 0; s < slots; ++s)
      clock.await(flight(stream, s));
  }
  void team(Running &run, const model::WorkCost &cost, const std::vector<int64_t> &slots,
            LayerPrediction &l) {
    model::Tile tile = run.tiling.tile(run.tiles[run.now]);
    int64_t pixels = tile[0]->outCount * tile[1]->outCount * tile[2]->outCount, channels = tile[3]->outCount;
    double slowest = 0;
    l.workPerCore.resize(static_cast<size_t>(run.tiling.cores));
    for (int64_t core = 0; core < run.tiling.cores; ++core) {
      model::Share share =
          model::shareOf(run.tiling.spread, pixels, channels, run.op.getGrain(), core, run.tiling.cores);
      slowest = std::max(slowest,
                         cost.cycles(share.pixelEnd - share.pixelFirst, share.channelEnd - share.channelFirst,
                                     run.tiling.block, slots, *tile[at(model::Axis::Inputs)]));
      l.workPerCore[static_cast<size_t>(core)] +=
          share.outputs() *
          std::max<int64_t>(1, run.layer.problem.macsPerOutput * tile[at(model::Axis::Inputs)]->inCount /
                                   run.layer.problem.inputs);
    }
    clock.team(slowest, run.tiling.cores);
  }

  void play(plat::RunOp op) {
    plat::TiledOp tiled = op.layer();
    auto known = tile::layerOf(tile::workOf(tiled), machine);
    if (!known) {
      tiled.emitOpError("has no cost: its kernel does not work on tiles");
      good = false;
      return;
    }
    Running run;
    run.op = tiled;
    run.layer = std::move(*known);
    run.tiling = tilingOf(tiled, run.layer.problem);
    LayerPrediction &l = layer(tiled.getLayer(), tiled.getNode(), tiled.getKernel());
    if (!l.tiled)
      describe(l, run);
    weights(l, op, tiled);
    run.begin(op);
    std::vector<int64_t> slots;
    for (const model::Operand &operand : run.layer.problem.operands) {
      int64_t through = 0;
      for (plat::StreamOp stream : tiled.streams())
        if (stream.getName() == operand.name && stream.getVia())
          through = stream.getSlots();
      slots.push_back(through);
    }
    model::WorkCost cost(machine, run.layer.problem);
    auto walk = [&](Region &region) {
      for (Operation &each : region.getOps())
        if (auto s = dyn_cast<plat::StartOp>(each))
          play(run, s);
        else if (auto a = dyn_cast<plat::AwaitOp>(each))
          play(run, a);
        else
          team(run, cost, slots, l);
    };
    walk(tiled.getBefore());
    for (run.now = 0; run.now < run.tiles.size() && good; ++run.now)
      walk(tiled.getEach());
    run.now = run.tiles.size() - 1;
    walk(tiled.getBehind());
    close(l);
  }

  void describe(LayerPrediction &l, Running &run) {
    l.tiled = true;
    l.tiles = run.tiling.tiles();
    l.shape = run.tiling.shape();
    l.cores = run.tiling.cores;
    l.macs = run.op.getMacs();
    l.spread = stringifySpread(run.op.getSpread()).str();
    for (Axis axis : run.op.getGrid().loops())
      if (run.op.getGrid().count(axis) > 1)
        l.order += (l.order.empty() ? "" : ", ") + stringifyAxis(axis).str();
    rests(l, run.layer.problem);
    for (int64_t bytes : bytesAhead[l.number]) {
      l.bytesIn += bytes;
      l.transfers += bytes > 0;
    }
    for (plat::StreamOp stream : run.op.streams())
      if (stream.getVia()) {
        l.buffered.push_back(stream.getName().str());
        if (stream.getSlots() > 1)
          l.doubleBuffered.push_back(stream.getName().str());
      }
  }
  /// The chunk that this run works on, or what stays in L2 for it.
  static void weights(LayerPrediction &l, plat::RunOp run, plat::TiledOp tiled) {
    for (plat::StreamOp stream : tiled.streams()) {
      auto stage = stream.getSource() ? stream.getSource().getDefiningOp<plat::StageOp>() : plat::StageOp();
      if (!stage)
        continue;
      if (stage.getResident())
        l.residentBytes = stage.getBounds().back();
      else if (!run.getBand() || *run.getBand() == 0 || run.getFirstChannel()) // else bands share the chunk
        l.fetch.bytes += bytesOf(stage, static_cast<int64_t>(run.getChunk()));
    }
  }

  //===-- chunks ----------------------------------------------------------------------------------===//

  static int64_t bytesOf(plat::StageOp stage, int64_t k) {
    return stage.getBounds()[k + 1] - stage.getBounds()[k];
  }
  /// The layer that works from a stage, or through bands.
  int64_t layerOf(Value stage) {
    for (auto tiled : network.getBody().getOps<plat::TiledOp>())
      for (plat::StreamOp stream : tiled.streams())
        if (stream.getSource() == stage || stream.getThrough() == stage)
          return static_cast<int64_t>(tiled.getLayer());
    return 0;
  }
  void play(plat::StartChunkOp op) {
    auto stage = op.getStage().getDefiningOp<plat::StageOp>();
    auto k = static_cast<int64_t>(op.getChunk());
    fly(op, stage, k, k % static_cast<int64_t>(stage.getSlots()), bytesOf(stage, k), true);
  }
  /// Between L3 and L2; hidden or not it is its layer's.
  void fly(Operation *op, Value what, int64_t k, int64_t slot, int64_t bytes, bool inwards) {
    model::Box box;
    box.bytes = bytes;
    double waited = clock.totals().exposed;
    if (!start(op, what, slot, 3, 2, box, inwards))
      return;
    double end = flight(what, slot).end;
    fetches.started({what, k}, {end - model::transferCycles(*machine.engine(3, 2), box, inwards), end,
                                clock.totals().exposed - waited, layerOf(what)});
  }
  void play(plat::StartBandOp op) {
    auto bands = op.getBands().getDefiningOp<plat::BandsOp>();
    auto k = static_cast<int64_t>(op.getBand());
    int64_t bytes = bands.end(k) - bands.begin(k);
    fly(op, bands, k, k % static_cast<int64_t>(bands.getSlots()), bytes, !bands.getOut());
    bandBytes[layerOf(bands)] += bytes;
  }
  void play(plat::AwaitBandOp op) {
    auto bands = op.getBands().getDefiningOp<plat::BandsOp>();
    auto k = static_cast<int64_t>(op.getBand());
    land(bands, k, k % static_cast<int64_t>(bands.getSlots()));
  }
  llvm::DenseMap<int64_t, int64_t> bandBytes; ///< moved between L3 and L2, by layer
  void play(plat::AwaitChunkOp op) {
    auto stage = op.getStage().getDefiningOp<plat::StageOp>();
    auto k = static_cast<int64_t>(op.getChunk());
    land(stage, k, k % static_cast<int64_t>(stage.getSlots()));
  }
  void land(Value what, int64_t k, int64_t slot) {
    double waited = clock.totals().exposed;
    clock.await(flight(what, slot));
    fetches.awaited({what, k}, clock.totals().exposed - waited);
  }

  /// Lines that are cleaned or forgotten before the next layer.
  int64_t lines = 0;
  void maintain(Value what) {
    auto stage = what.getDefiningOp<plat::StageOp>();
    if (!machine.cache || (stage && stage.getResident()))
      return; // or it is done before the first inference
    int64_t bytes =
                stage ? static_cast<int64_t>(stage.getBuffer().getDefiningOp<plat::BufferOp>().getSizeBytes())
                      : plat::packedBytes(cast<plat::ViewType>(what.getType()).getTensor()),
            each = machine.cache->lineBytes.value, count = (bytes + each - 1) / each;
    lines += count;
    if (machine.cache->line)
      clock.team(static_cast<double>(count) * machine.cache->line->value, 1);
  }

  /// What the resident stages take once, each after the other.
  void cold() {
    model::Timeline once(machine);
    for (auto stage : network.getBody().getOps<plat::StageOp>()) {
      if (!stage.getResident() || !model::Timeline::connects(machine, 3, 2, true))
        continue;
      model::Box box;
      box.bytes = stage.getBounds().back();
      result.residentBytes += box.bytes;
      once.await(once.start(3, 2, box, true));
    }
    result.loadCycles = once.now();
  }

  void run() {
    cold();
    for (Operation &op : network.getBody().front()) {
      if (!good)
        return;
      if (auto kernel = dyn_cast<plat::KernelOp>(op))
        play(kernel);
      else if (auto r = dyn_cast<plat::RunOp>(op))
        play(r);
      else if (auto s = dyn_cast<plat::StartChunkOp>(op))
        play(s);
      else if (auto a = dyn_cast<plat::AwaitChunkOp>(op))
        play(a);
      else if (auto b = dyn_cast<plat::StartBandOp>(op))
        play(b);
      else if (auto b = dyn_cast<plat::AwaitBandOp>(op))
        play(b);
      else if (isa<plat::CleanOp, plat::InvalidateOp>(op))
        maintain(op.getOperand(0));
    }
    if (!result.layers.empty()) // what comes after the last layer is its own
      close(result.layers.back());
    for (LayerPrediction &l : result.layers) {
      l.fetch.activations = bandBytes.lookup(l.number);
      l.fetch.bytes += l.fetch.activations;
    }
    fetches.settle(result.layers);
    result.time = clock.totals();
    result.cycles = clock.now();
    addMemory(network, result);
    for (const LayerPrediction &l : result.layers)
      result.macs += l.macs;
  }
};

} // namespace

FailureOr<Prediction> predict(plat::NetworkOp network, const model::Machine &machine) {
  Player player(network, machine);
  player.run();
  if (!player.good)
    return failure();
  return std::move(player.result);
}

} // namespace dyadic::predict
