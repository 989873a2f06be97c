// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Buffers, streams, schedule and runs of one tiled layer.
#include "passes/tile/Rewrite.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"

#include <map>
#include <numeric>

using namespace mlir;
namespace dyadic::tile {
namespace {
using model::Role;
using plat::Moment;

plat::Axis axisOf(model::Axis axis) { return static_cast<plat::Axis>(axis); }

plat::GridAttr gridOf(MLIRContext *context, const model::Tiling &tiling) {
  SmallVector<plat::Axis> order;
  for (model::Axis axis : tiling.order)
    order.push_back(axisOf(axis));
  std::array<SmallVector<int64_t>, 5> axes;
  axes[at(model::Axis::Inputs)] = {0, 1, 0, 1, 0}; // not cut: no stream asks how many there are
  for (model::Axis axis : model::allAxes) {
    if (axis == model::Axis::Inputs && !tiling.sumsUp())
      continue;
    axes[at(axis)].clear();
    for (const model::Segment &s : tiling.segments[at(axis)])
      axes[at(axis)].append({s.outFirst, s.outCount, s.inFirst, s.inCount, s.pad});
  }
  return plat::GridAttr::make([&] { return emitError(UnknownLoc::get(context)); }, context, order, axes);
}

plat::BoxAttr boxOf(MLIRContext *context, const model::Operand &operand, bool sumsUp) {
  SmallVector<int64_t> dims;
  for (const model::Dim &dim : operand.dims) {
    bool whole = dim.use == model::Use::Whole || (dim.axis == model::Axis::Inputs && !sumsUp);
    // Of weights, what a filter takes whole is one dimension.
    if (whole && operand.role == Role::Weights && dims.size() > 3 && dims[dims.size() - 2] == 0)
      dims[dims.size() - 3] *= dim.extent;
    else
      dims.append({dim.extent, whole ? 0 : static_cast<int64_t>(dim.use),
                   whole ? 0 : static_cast<int64_t>(dim.axis)});
  }
  return plat::BoxAttr::make([&] { return emitError(UnknownLoc::get(context)); }, context, dims);
}

/// Pixels or channels that together fill whole bytes of the output.
int64_t grainOf(const model::LayerProblem &problem, const model::Tiling &tiling) {
  int64_t bits = problem.outputBits();
  if (tiling.spread == model::Spread::Channels)
    return 8 / std::gcd<int64_t>(8, bits);
  int64_t grain = 1;
  for (const model::Segment &s : tiling.segments[at(model::Axis::Channels)])
    grain = std::max<int64_t>(grain, 8 / std::gcd<int64_t>(8, s.outCount * bits));
  return grain;
}

struct Writer {
  const Layer &layer;
  const Decision &decision;
  plat::KernelOp kernel;
  OpBuilder b = OpBuilder(kernel);
  Location loc = kernel.getLoc();
  std::string tag = {};
  Tiled made = {};
  SmallVector<Value> arrays = {}, ins = {};
  Value weights = {}, output = {};
  SmallVector<std::pair<Value, int64_t>> arriving = {}; ///< streams that come to L1, with their slots
  bool leaves = false;                                  ///< the output goes through L1

  Value buffer(const Twine &name, plat::Level level, int64_t bytes, int64_t align) {
    return plat::BufferOp::create(b, loc, plat::BufferType::get(b.getContext()), b.getStringAttr(name), level,
                                  bytes, align, plat::Owner::Core, IntegerAttr(), IntegerAttr(),
                                  IntegerAttr());
  }

  /// Where a constant is fetched from: itself, or its stage in L2.
  /// The bands through which an operand in L3 comes or goes; null of one in L2.
  Value bandsOf(const Source &source, const model::Operand &operand) {
    if (!decision.bands)
      return {};
    auto own = llvm::find_if(decision.bands->operands, [&](const model::OperandBands &bands) {
      return &layer.problem.operands[bands.operand] == &operand;
    });
    if (own == decision.bands->operands.end())
      return {};
    SmallVector<int64_t> bounds;
    for (auto [begin, end] : own->bytes)
      bounds.append({begin, end});
    Value home = buffer(tag + "_bands_" + operand.name, plat::Level::L2, own->slots * own->slotBytes, 8);
    auto bands = plat::BandsOp::create(b, loc, plat::BandsType::get(b.getContext()), source.view, home,
                                       own->slots, bounds, operand.isOutput());
    made.bands.push_back(bands);
    return bands;
  }

  Value stageOf(const Source &source, const model::Operand &operand) {
    const Supply &supply = decision.supply;
    if (operand.role != Role::Weights || supply.kind == Supply::InPlace)
      return {};
    int64_t all = plat::imageBytes(source.constant), slot = all;
    SmallVector<int64_t> bounds = {0};
    if (supply.kind == Supply::Streamed) {
      const auto &segments = decision.tiling.segments[at(model::Axis::Channels)];
      int64_t channels = layer.problem.extents[at(model::Axis::Channels)];
      slot = 0;
      for (int64_t end : supply.chunkEnds) {
        const model::Segment &last = segments[static_cast<size_t>(end - 1)];
        bounds.push_back(all * (last.outFirst + last.outCount) / channels);
        slot = std::max(slot, bounds.back() - bounds[bounds.size() - 2]);
      }
    } else {
      bounds.push_back(all);
    }
    slot = llvm::alignTo(slot, 8);
    bool resident = supply.kind == Supply::Resident;
    // At the front: chunks are fetched before their layer's turn.
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(kernel->getBlock());
    Value home = buffer(tag + (resident ? "_resident" : "_stage"), plat::Level::L2, slot * supply.slots, 8);
    auto stage = plat::StageOp::create(b, loc, plat::StageType::get(b.getContext()),
                                       source.constant.getSymName(), home, supply.slots, bounds, resident);
    if (!resident)
      made.stage = stage;
    return stage;
  }

  /// A constant's name without its own layer's; one that layers share keeps what tells them apart.
  StringRef nearName(StringRef operand) const {
    operand.consume_front(tag + "_");
    return operand;
  }

  void stream(const Source &source, const model::Operand &operand, int64_t slots, int64_t slotBytes) {
    Value from = source.view ? source.view : stageOf(source, operand);
    FlatSymbolRefAttr constant =
        from ? FlatSymbolRefAttr() : FlatSymbolRefAttr::get(source.constant.getSymNameAttr());
    Value via;
    if (slots > 0)
      via = buffer(tag + "_near_" + nearName(operand.name), plat::Level::L1,
                   slots * std::max<int64_t>(1, slotBytes),
                   8); // a window may lie in the padding alone, and read nothing
    Value made =
        plat::StreamOp::create(b, loc, plat::StreamType::get(b.getContext()), b.getStringAttr(operand.name),
                               constant, from, bandsOf(source, operand), via, std::max<int64_t>(1, slots),
                               boxOf(b.getContext(), operand, decision.tiling.sumsUp()));
    if (operand.role == Role::Output) {
      output = made;
      leaves = slots > 0;
      return;
    }
    if (slots > 0)
      arriving.push_back({made, slots});
    if (operand.role == Role::Input)
      ins.push_back(made);
    else if (operand.role == Role::Weights)
      weights = made;
    else
      arrays.push_back(made);
  }

  void start(Value what, Moment m) { plat::StartOp::create(b, loc, what, m); }
  void await(Value what, Moment m) { plat::AwaitOp::create(b, loc, what, m); }

  /// What must be there now is started first; then what the next tile needs, so that it flies while this one
  /// is computed.
  void schedule(plat::TiledOp op) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&op.getBefore().emplaceBlock());
    for (auto [what, slots] : arriving)
      if (slots > 1)
        start(what, Moment::First);
    b.setInsertionPointToStart(&op.getEach().emplaceBlock());
    for (auto [what, slots] : arriving)
      if (slots == 1)
        start(what, Moment::This);
    for (auto [what, slots] : arriving)
      if (slots > 1)
        start(what, Moment::Next);
    for (auto [what, slots] : arriving)
      await(what, Moment::This);
    if (leaves)
      await(output, Moment::Free);
    plat::TeamOp::create(b, loc);
    if (leaves)
      start(output, Moment::This);
    b.setInsertionPointToStart(&op.getBehind().emplaceBlock());
    if (leaves)
      await(output, Moment::All);
  }

  /// All that is computed on a band: at once, or chunk by chunk of the weights.
  void runChunks(plat::TiledOp op, int64_t first, int64_t end, int64_t band) {
    const ArrayRef<int64_t> ends = decision.supply.chunkEnds;
    const bool parts = ends.size() > 1;
    for (int64_t chunk = 0; chunk == 0 || chunk < static_cast<int64_t>(ends.size()); ++chunk) {
      auto number = [&](int64_t n) { return parts ? b.getI64IntegerAttr(n) : IntegerAttr(); };
      made.runs.push_back(plat::RunOp::create(
          b, loc, op.getSymName(), axisOf(decision.bands->axis), first, end,
          number(chunk == 0 ? 0 : ends[static_cast<size_t>(chunk - 1)]),
          number(parts ? ends[static_cast<size_t>(chunk)] : 0), chunk, b.getI64IntegerAttr(band)));
    }
  }

  /// Band k + 1 comes while band k is computed and the one before leaves, where there are two slots.
  void runBands(plat::TiledOp op) {
    auto count = static_cast<int64_t>(decision.bands->ends.size());
    auto each = [&](bool out, llvm::function_ref<void(plat::BandsOp, int64_t)> visit) {
      for (plat::BandsOp bands : made.bands)
        if (bands.getOut() == out)
          visit(bands, bands.getSlots());
    };
    auto begin = [&](plat::BandsOp bands, int64_t k) { plat::StartBandOp::create(b, loc, bands, k); };
    auto wait = [&](plat::BandsOp bands, int64_t k) { plat::AwaitBandOp::create(b, loc, bands, k); };
    each(false, [&](plat::BandsOp bands, int64_t) { begin(bands, 0); });
    int64_t first = 0;
    for (int64_t k = 0; k < count; ++k) {
      each(false, [&](plat::BandsOp bands, int64_t slots) {
        if (slots > 1 && k + 1 < count)
          begin(bands, k + 1);
      });
      each(false, [&](plat::BandsOp bands, int64_t) { wait(bands, k); });
      each(true, [&](plat::BandsOp bands, int64_t slots) {
        if (k >= slots)
          wait(bands, k - slots);
      });
      int64_t end = decision.bands->ends[static_cast<size_t>(k)];
      runChunks(op, first, end, k);
      first = end;
      each(true, [&](plat::BandsOp bands, int64_t) { begin(bands, k); });
      each(false, [&](plat::BandsOp bands, int64_t slots) {
        if (slots == 1 && k + 1 < count)
          begin(bands, k + 1);
      });
    }
    each(true, [&](plat::BandsOp bands, int64_t slots) {
      for (int64_t k = std::max<int64_t>(0, count - slots); k < count; ++k)
        wait(bands, k);
    });
  }

  Tiled write(const model::Machine &machine) {
    const model::Tiling &tiling = decision.tiling;
    llvm::raw_string_ostream(tag) << "layer_" << llvm::format("%02d", static_cast<int>(kernel.getLayer()));
    model::Footprint print = footprint(layer.problem, tiling, 8);
    for (size_t i = 0; i < layer.sources.size(); ++i)
      stream(layer.sources[i], layer.problem.operands[i], tiling.slots[i], print.slotBytes[i]);
    Value scratch;
    if (print.scratchBytes > 0)
      scratch = buffer(tag + "_near_scratch", machine.l1 ? plat::Level::L1 : plat::Level::L2,
                       print.scratchBytes, 8);
    Value sums;
    if (print.sumBytes > 0)
      sums = buffer(tag + "_near_sums", plat::Level::L1, print.sumBytes, 8);
    auto spread = tiling.spread == model::Spread::Channels ? plat::Spread::Channels : plat::Spread::Pixels;
    auto op = plat::TiledOp::create(
        b, loc, b.getStringAttr(tag), kernel.getKernelAttr(), kernel.getNodeAttr(), kernel.getLayerAttr(),
        gridOf(b.getContext(), tiling), b.getI64IntegerAttr(tiling.cores),
        plat::SpreadAttr::get(b.getContext(), spread), b.getI64IntegerAttr(grainOf(layer.problem, tiling)),
        ins, output, weights, arrays, scratch, sums, withBlock(kernel.getParams(), tiling.block),
        kernel.getLutAttr(), kernel.getMacsAttr());
    if (Attribute why = kernel->getAttr("impl_why"))
      op->setAttr("impl_why", why);
    schedule(op);
    made.op = op;
    made.starts = decision.supply.starts;
    made.early = decision.supply.early;
    SmallVector<int64_t> ends(decision.supply.chunkEnds);
    if (decision.supply.kind != Supply::Streamed)
      ends = {tiling.count(model::Axis::Channels)};
    if (decision.bands) {
      runBands(op);
      return std::move(made);
    }
    int64_t first = 0;
    for (auto [chunk, end] : llvm::enumerate(ends)) {
      made.runs.push_back(plat::RunOp::create(b, loc, op.getSymName(), plat::Axis::Channels, first, end,
                                              IntegerAttr(), IntegerAttr(), static_cast<int64_t>(chunk),
                                              IntegerAttr()));
      first = end;
    }
    return std::move(made);
  }
};

} // namespace

Tiled rewrite(plat::KernelOp kernel, const Layer &layer, const Decision &decision,
              const model::Machine &machine) {
  Writer writer{layer, decision, kernel};
  Tiled made = writer.write(machine);
  kernel.erase(); // its scratch in L2 is dropped by plan-memory: nobody touches it
  return made;
}

void supplyChunks(ArrayRef<Tiled> layers, plat::NetworkOp network) {
  std::map<std::pair<int64_t, int64_t>, Operation *>
      calls; // by layer and number of the chunk in all rounds, the first op of each
  auto isAtHand = [](const Tiled &layer, size_t i) {
    return i > 0 && plat::RunOp(layer.runs[i - 1]).getChunk() == plat::RunOp(layer.runs[i]).getChunk();
  };
  for (auto kernel : network.getBody().getOps<plat::KernelOp>())
    calls.try_emplace({kernel.getLayer(), 0}, kernel);
  for (const Tiled &layer : layers) {
    int64_t number = 0;
    for (auto [i, run] : llvm::enumerate(layer.runs))
      if (!isAtHand(layer, i))
        calls.try_emplace({plat::TiledOp(layer.op).getLayer(), number++}, plat::RunOp(run));
  }
  OpBuilder b(network.getContext());
  for (Tiled layer : layers)
    if (layer.stage)
      for (auto [i, run] : llvm::enumerate(layer.runs)) {
        if (isAtHand(layer, i))
          continue;
        b.setInsertionPoint(i == 0 && layer.awaitedBy ? layer.awaitedBy : run);
        plat::AwaitChunkOp::create(b, run.getLoc(), layer.stage, run.getChunk());
      }
  // Begun before what the call waits for, so that it queues at once.
  for (Tiled layer : layers)
    for (auto [chunk, call] : llvm::enumerate(layer.starts)) {
      Operation *before = calls.lower_bound(call)->second; // the chunk's own call at the latest
      while (isa_and_nonnull<plat::AwaitChunkOp, plat::AwaitBandOp>(before->getPrevNode()))
        before = before->getPrevNode();
      b.setInsertionPoint(before);
      plat::StartChunkOp::create(b, layer.op.getLoc(), layer.stage,
                                 static_cast<int64_t>(chunk) % (layer.stage.getBounds().size() - 1));
    }
}

} // namespace dyadic::tile
