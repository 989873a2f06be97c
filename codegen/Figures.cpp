// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds up what the placed module says.
#include "codegen/Figures.h"
#include "codegen/Names.h"

#include "codegen/Model.h"
#include "dialects/plat/Liveness.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

constexpr int64_t callerFrames = 96; // net_run and the layer's function
constexpr int64_t tiledFrames = 640; // the same with tiles, down to a core's work
constexpr int64_t wideFrames = 288;  // exact division below a kernel whose step needs it

/// Bytes of the constants a kernel refers to, by role; the ones in `seen` do not count again.
void addConstants(const Work &work, llvm::SetVector<Operation *> &seen, int64_t &weights, int64_t &params,
                  int64_t &tables) {
  SymbolTable symbols(work.op->getParentOp());
  auto visit = [&](auto &self, Attribute root) -> void {
    root.walk([&](FlatSymbolRefAttr ref) {
      Operation *op = symbols.lookup(ref.getValue());
      if (!op || !seen.insert(op))
        return;
      if (auto step = dyn_cast<plat::StepOp>(op))
        self(self, step.getParams());
      if (auto constant = dyn_cast<plat::ConstantOp>(op))
        (constant.getRole() == plat::Role::Weights ? weights
         : constant.getRole() == plat::Role::Param ? params
                                                   : tables) += plat::imageBytes(constant);
    });
  };
  visit(visit, work.params);
  if (work.lut)
    visit(visit, work.lut);
  if (work.weights)
    visit(visit, work.weights);
}

void addTiles(Figures &f, LayerFigures &l, const TiledLayer &layer) {
  l.tiles = layer.tiles();
  l.cores = layer.op.getCores();
  l.spread = stringifySpread(layer.op.getSpread()).str();
  for (auto axis : {plat::Axis::Images, plat::Axis::Rows, plat::Axis::Columns, plat::Axis::Channels})
    l.tile += (l.tile.empty() ? "" : "x") + std::to_string(layer.largest(axis, Part::outCount));
  for (plat::Axis axis : layer.grid().getOrder())
    l.order += (l.order.empty() ? "" : " ") + stringifyAxis(axis).str();
  for (const Stream &s : layer.streams) {
    int64_t slots = s.via ? s.slots : 0;
    l.streams.push_back({s.id, slots, s.via ? s.slotBytes() : 0, layer.transfers(s), layer.movedBytes(s)});
    l.l1Bytes += l.streams.back().slots * l.streams.back().slotBytes;
  }
  l.l1Bytes += l.scratchBytes;
  f.tiled = true;
}

void addMemories(Figures &f, plat::NetworkOp network) {
  EmitOptions options;
  Model model(network, options);
  f.tiled = model.tiled();
  if (!f.tiled)
    return;
  int64_t align = static_cast<int64_t>(network.getArenaAlign());
  f.l1Bytes = (model.l1Bytes() + align - 1) / align * align;
  f.l2Bytes = model.l2Bytes();
  f.l3Bytes = (model.l3Bytes() + align - 1) / align * align;
  f.arenaBytes = f.l1Bytes + f.l2Bytes + f.l3Bytes;
  for (const TiledLayer &layer : model.tiledLayers)
    for (LayerFigures &l : f.layers)
      if (l.number == layer.number)
        addTiles(f, l, layer);
  for (Operation &op : network.getBody().front())
    if (auto start = dyn_cast<plat::StartBandOp>(op)) {
      auto bands = start.getBands().getDefiningOp<plat::BandsOp>();
      auto k = static_cast<int64_t>(start.getBand());
      f.bandBytes += bands.end(k) - bands.begin(k);
    } else if (auto chunk = dyn_cast<plat::StartChunkOp>(op)) {
      f.streamedBytes += chunk.bytes();
    }
  for (const Stage &stage : model.stages)
    f.residentBytes += stage.resident() ? stage.op.getBounds().back() : 0;
}

/// The layers in the order they run, a tiled one once.
SmallVector<Work> worksOf(plat::NetworkOp network) {
  SmallVector<Work> works;
  for (Operation &op : network.getBody().getOps())
    if (auto kernel = dyn_cast<plat::KernelOp>(op)) {
      works.push_back(workOf(kernel));
    } else if (auto run = dyn_cast<plat::RunOp>(op)) {
      auto tiled = SymbolTable::lookupNearestSymbolFrom<plat::TiledOp>(run, run.getTiledAttr());
      if (works.empty() || works.back().op != tiled.getOperation())
        works.push_back(workOf(tiled));
    }
  return works;
}

} // namespace

std::string describe(RankedTensorType type) {
  std::string text;
  for (int64_t extent : type.getShape())
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  Type e = type.getElementType();
  return text + (e.isSignedInteger() ? " si" : " ui") + std::to_string(e.getIntOrFloatBitWidth());
}

Figures figuresOf(ModuleOp module) {
  Figures f;
  plat::NetworkOp network = plat::networkOf(module);
  if (!network)
    return f;
  llvm::SetVector<Operation *> all;
  auto intervals = plat::liveIntervals(network);
  int64_t deepest = 0;
  for (const Work &work : worksOf(network)) {
    if (f.layers.empty() || f.layers.back().number != work.layer) {
      LayerFigures l;
      l.number = work.layer;
      l.node = work.node.str();
      l.kernel = work.kernel.str();
      if (auto why = work.op->getAttrOfType<StringAttr>("impl_why"))
        l.why = why.str();
      l.output = describe(cast<plat::ViewType>(work.outs.front().getType()).getTensor());
      if (!work.ins.empty())
        l.input = describe(cast<plat::ViewType>(work.ins.front().getType()).getTensor());
      for (auto [buffer, live] : intervals)
        if (buffer.getLevel() == plat::Level::L2 && live.first <= l.number && l.number <= live.last)
          l.liveBytes += buffer.getSizeBytes();
      f.layers.push_back(std::move(l));
    }
    LayerFigures &l = f.layers.back();
    l.macs += work.macs;
    f.macs += work.macs;
    bool usesWide = false;
    if (plat::StepOp step = work.step) {
      l.step = step.getNode().str();
      auto pieces = step.getParams().getAs<DictionaryAttr>("pieces");
      usesWide = step.getParams().get("wide") || (pieces && pieces.get("wide"));
    }
    if (plat::BufferOp scratch = work.scratch)
      l.scratchBytes = std::max<int64_t>(l.scratchBytes, scratch.getSizeBytes());
    llvm::SetVector<Operation *> own;
    addConstants(work, own, l.weightBytes, l.paramBytes, l.tableBytes);
    addConstants(work, all, f.weightBytes, f.paramBytes, f.tableBytes);
    if (const plat::Kernel *contract = plat::findKernel(work.kernel))
      deepest = std::max<int64_t>(deepest, contract->stackBytes + (usesWide ? wideFrames : 0));
  }
  bool tiled = !network.getBody().getOps<plat::RunOp>().empty();
  f.stackBytes = (tiled ? tiledFrames : callerFrames) + deepest;
  f.arenaBytes = network.getArenaBytes().value_or(0);
  f.arenaBoundBytes = network.getArenaBoundBytes().value_or(0);
  f.boundLayer = network.getBoundLayer().value_or(0);
  if (network.getArenaBytes())
    addMemories(f, network);
  if (auto removed = module->getAttrOfType<IntegerAttr>("qint.removed_channels"))
    f.removedChannels = removed.getInt();
  return f;
}

/// How a layer works tile by tile.
static void addTiles(llvm::json::Object &object, const LayerFigures &l) {
  if (l.tiles == 0)
    return;
  llvm::json::Array streams;
  for (const LayerFigures::Stream &s : l.streams)
    streams.push_back(llvm::json::Object{{"name", s.name},
                                         {"buffers", s.slots},
                                         {"buffer_bytes", s.slotBytes},
                                         {"transfers", s.transfers},
                                         {"transfer_bytes", s.bytes}});
  object["tiles"] = l.tiles;
  object["tile"] = l.tile;
  object["order"] = l.order;
  object["cores"] = l.cores;
  object["spread"] = l.spread;
  object["l1_bytes"] = l.l1Bytes;
  object["streams"] = std::move(streams);
}

static llvm::json::Object toJson(const LayerFigures &l) {
  llvm::json::Object object{{"layer", l.number},
                            {"node", jsonText(l.node)},
                            {"quantiser", jsonText(l.step)},
                            {"kernel", l.kernel},
                            {"why", jsonText(l.why)},
                            {"input", l.input},
                            {"output", l.output},
                            {"macs", l.macs},
                            {"weight_bytes", l.weightBytes},
                            {"param_bytes", l.paramBytes},
                            {"table_bytes", l.tableBytes},
                            {"scratch_bytes", l.scratchBytes},
                            {"live_bytes", l.liveBytes}};
  addTiles(object, l);
  return object;
}

llvm::json::Object toJson(const Figures &f) {
  llvm::json::Array layers;
  for (const LayerFigures &l : f.layers)
    layers.push_back(toJson(l));
  llvm::json::Object object{{"arena_bytes", f.arenaBytes},           {"arena_bound_bytes", f.arenaBoundBytes},
                            {"arena_bound_layer", f.boundLayer},     {"stack_bytes", f.stackBytes},
                            {"weight_bytes", f.weightBytes},         {"param_bytes", f.paramBytes},
                            {"table_bytes", f.tableBytes},           {"macs", f.macs},
                            {"removed_channels", f.removedChannels}, {"layers", std::move(layers)}};
  if (f.tiled) {
    object["l1_bytes"] = f.l1Bytes;
    object["l2_bytes"] = f.l2Bytes;
    object["resident_bytes"] = f.residentBytes;
    object["streamed_bytes"] = f.streamedBytes;
    if (f.l3Bytes > 0) {
      object["l3_bytes"] = f.l3Bytes;
      object["band_bytes"] = f.bandBytes;
    }
  }
  return object;
}

} // namespace dyadic::codegen
