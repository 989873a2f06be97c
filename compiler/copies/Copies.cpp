// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lists the copies of a network op by op.
#include "compiler/copies/Copies.h"
#include "dialects/plat/Catalogue.h"
#include "passes/model/tiling/Shares.h"
#include "passes/plan-memory/CheckTiles.h"
#include "passes/predict/Running.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
namespace dyadic::copies {
namespace {

struct Lister {
  plat::NetworkOp network;
  const model::Machine &machine;
  std::string name;
  std::vector<Copy> list;

  /// A kernel that only moves, element by element.
  std::optional<double> moving(int64_t elements) const {
    const model::KernelCosts &costs = machine.kernel(model::KernelClass::Move);
    if (!costs.element)
      return std::nullopt;
    return costs.element->value * static_cast<double>(elements) + (costs.call ? costs.call->value : 0);
  }
  static RankedTensorType tensorOf(Value view) { return cast<plat::ViewType>(view.getType()).getTensor(); }
  static std::string bits(Type element) { return std::to_string(element.getIntOrFloatBitWidth()) + "-bit"; }

  template <class EdgeOp> void edge(EdgeOp op, bool input) {
    RankedTensorType tensor = tensorOf(op.getView());
    std::string number = std::to_string(op.getIndex()), port = (input ? "input_" : "output_") + number;
    auto axes = op.getCopy().template getAs<ArrayAttr>("axis");
    bool packed = plat::storedBits(tensor.getElementType()) != op.getContainer().getIntOrFloatBitWidth();
    bool turned = axes && axes.size() > 1;
    Copy copy{
        input ? "input" : "output", name + (input ? "_set_" : "_get_") + port, {}, 0, 0, 1, {}, false, false};
    copy.why = packed && turned ? "another order of axes and " + bits(tensor.getElementType()) + " packing"
               : packed         ? bits(tensor.getElementType()) + " packing"
               : turned         ? "another order of axes"
                                : "the same bytes, in memory of the network";
    if (plat::BufferOp home = plat::bufferOf(op.getView()); home && home.getUser()) {
      copy.why += "; only if it is called, " + name + "_bind_" + port + " does without";
      copy.times = 0;
    } else
      copy.why += "; " + name + "_" + (input ? "input" : "output") + "_slot_" + number + " does without";
    copy.bytes = plat::packedBytes(tensor);
    copy.cycles = moving(tensor.getNumElements());
    list.push_back(std::move(copy));
  }

  void kernel(plat::KernelOp op) {
    if (op.getKernel() != "gather")
      return;
    DictionaryAttr params = op.getParams();
    RankedTensorType from = tensorOf(op.getIns().front()), to = tensorOf(op.getOuts().front());
    int64_t elements = 1;
    bool picks = false, fills = false;
    for (Attribute a : params.getAs<ArrayAttr>("axis")) {
      auto axis = cast<DictionaryAttr>(a);
      elements *= plat::numberAt(axis, "extent");
      picks |= axis.contains("map");
      fills |=
          plat::numberAt(axis, "first") != 0 || plat::numberAt(axis, "end") != plat::numberAt(axis, "extent");
    }
    Copy copy{"move", op.getNode().empty() ? "no ONNX node" : op.getNode().str(), {}, 0, 0, 1, {}, false,
              false};
    copy.layer = op.getLayer();
    copy.why = picks                              ? "picks elements by a list"
               : fills                            ? "puts padding around a tensor"
               : elements < to.getNumElements()   ? "joins tensors: one part of the result"
               : elements < from.getNumElements() ? "takes a part of a tensor"
                                                  : "another order of axes";
    copy.why += "; no kernel reads it so";
    copy.bytes = (elements * plat::storedBits(to.getElementType()) + 7) / 8;
    copy.cycles = moving(elements);
    list.push_back(std::move(copy));
  }

  /// What the kernels widen and gather for their inner loop, of `parts` of pixels and how often each.
  void columns(const model::LayerProblem &problem, int64_t layer, llvm::StringRef node, int64_t pixels,
               int64_t times) {
    if (problem.gatherBytesPerPixel == 0)
      return;
    Copy copy{"columns", node.str(), {}, 0, 0, 1, {}, false, false};
    copy.layer = layer;
    copy.why = "inputs of a pixel side by side, 16 bits each, for the inner loop";
    copy.bytes = pixels * problem.gatherBytesPerPixel;
    copy.times = times;
    if (const auto &byte = machine.kernel(problem.kind).im2colByte)
      copy.cycles = byte->value * static_cast<double>(copy.bytes);
    list.push_back(std::move(copy));
  }
  void columns(plat::TiledOp op) {
    auto known = tile::layerOf(tile::workOf(op), machine);
    if (!known)
      return;
    const model::Tiling tiling = predict::tilingOf(op, known->problem);
    int64_t pixels = 0;
    for (int64_t t = 0; t < tiling.tiles(); ++t) {
      const model::Tile tile = tiling.tile(op.getGrid().tile(t));
      const int64_t here = tile[0]->outCount * tile[1]->outCount * tile[2]->outCount;
      for (int64_t core = 0; core < tiling.cores; ++core) {
        const model::Share share = model::shareOf(tiling.spread, here, tile[3]->outCount,
                                                  static_cast<int64_t>(op.getGrain()), core, tiling.cores);
        // A segment of input channels takes its part of a pixel's.
        pixels += share.outputs() > 0 ? (share.pixelEnd - share.pixelFirst) * tile[4]->inCount : 0;
      }
    }
    columns(known->problem, static_cast<int64_t>(op.getLayer()), op.getNode(), pixels / known->problem.inputs,
            tiling.tiles());
  }
  void columns(plat::KernelOp op) {
    if (auto known = tile::layerOf(tile::workOf(op), machine))
      columns(known->problem, static_cast<int64_t>(op.getLayer()), op.getNode(),
              known->problem.outputs() / known->problem.extents[at(model::Axis::Channels)], 1);
  }

  /// One transfer of a box, in lines.
  static std::optional<double> transfer(const model::TransferEngine *engine, int64_t bytes, int64_t lines,
                                        bool in) {
    if (!engine || (!in && !engine->bytesPerCycleOut))
      return std::nullopt;
    return engine->cycles(bytes, lines, in);
  }

  void stage(plat::StageOp op) {
    Copy copy{op.getResident() ? "load" : "chunk", op.getConstant().str(), {}, 0, 0, 0, 0.0, true, false};
    copy.once = op.getResident();
    copy.why = copy.once ? "weights that stay in l2" : "weights for which l2 has no room to stay";
    auto come = [&](int64_t bytes) {
      ++copy.times;
      copy.bytes += bytes;
      auto cycles = transfer(machine.engine(3, 2), bytes, 1, true);
      copy.cycles = copy.cycles && cycles ? std::optional(*copy.cycles + *cycles) : std::nullopt;
    };
    if (copy.once)
      come(op.getBounds().back());
    for (Operation *user : op.getResult().getUsers()) // a chunk may come for each of several bands
      if (auto start = dyn_cast<plat::StartChunkOp>(user))
        come(start.bytes());
    list.push_back(std::move(copy));
  }

  void bands(plat::BandsOp op) {
    Copy copy{op.getOut() ? "store" : "fetch",
              plat::bufferOf(op.getView()).getName().str(),
              {},
              0,
              0,
              0,
              0.0,
              true,
              false};
    copy.why = "rows of an activation for which l2 has no room";
    for (int64_t k = 0; k < op.count(); ++k) {
      ++copy.times;
      copy.bytes += op.end(k) - op.begin(k);
      auto cycles = transfer(machine.engine(3, 2), op.end(k) - op.begin(k), 1, !op.getOut());
      copy.cycles = copy.cycles && cycles ? std::optional(*copy.cycles + *cycles) : std::nullopt;
    }
    list.push_back(std::move(copy));
  }

  /// What comes to L1 and leaves it, part by part.
  void tiled(plat::TiledOp op) {
    for (plat::StreamOp stream : op.streams()) {
      if (!stream.getVia())
        continue;
      bool out = stream.getResult() == op.getOutput();
      Copy copy{out ? "store" : "fetch", stream.getName().str(), {}, 0, 0, 0, 0.0, true, false};
      copy.layer = op.getLayer();
      copy.why = out ? "made in l1, tile by tile" : "read in l1, tile by tile";
      bool constant = !stream.getSource();
      const model::TransferEngine *engine = machine.engine(2, 1);
      if (constant && machine.engine(3, 1))
        engine = machine.engine(3, 1);
      int64_t bits = check_plat::elementBits(stream);
      check_plat::Part last;
      for (int64_t t = 0; t < op.getGrid().tiles(); ++t) {
        check_plat::Part part = check_plat::partOf(stream.getBox(), op.getGrid(), op.getGrid().tile(t));
        if (part.elements() == 0 || (t > 0 && part.first == last.first && part.count == last.count))
          continue;
        int64_t bytes = (part.elements() * bits + 7) / 8;
        auto cycles = transfer(engine, bytes, part.elements() / part.line(), !out);
        copy.cycles = copy.cycles && cycles ? std::optional(*copy.cycles + *cycles) : std::nullopt;
        copy.bytes += bytes;
        ++copy.times;
        last = std::move(part);
      }
      list.push_back(std::move(copy));
    }
  }
};

std::string cyclesText(const Copy &copy) {
  return copy.cycles ? std::to_string(std::llround(*copy.cycles)) : "not stated";
}

} // namespace

std::vector<Copy> copiesOf(plat::NetworkOp network, const model::Machine &machine, llvm::StringRef name) {
  Lister lister{network, machine, name.str(), {}};
  for (auto stage : network.getBody().getOps<plat::StageOp>())
    if (stage.getResident())
      lister.stage(stage);
  for (auto input : network.getBody().getOps<plat::InputOp>())
    lister.edge(input, true);
  for (Operation &op : network.getBody().front()) {
    if (auto kernel = dyn_cast<plat::KernelOp>(op))
      lister.kernel(kernel), lister.columns(kernel);
    else if (auto tiled = dyn_cast<plat::TiledOp>(op))
      lister.tiled(tiled), lister.columns(tiled);
    else if (auto stage = dyn_cast<plat::StageOp>(op); stage && !stage.getResident())
      lister.stage(stage);
    else if (auto bands = dyn_cast<plat::BandsOp>(op))
      lister.bands(bands);
  }
  for (auto output : network.getBody().getOps<plat::OutputOp>())
    lister.edge(output, false);
  return std::move(lister.list);
}

void print(const std::vector<Copy> &copies, llvm::raw_ostream &os) {
  os << "copies: cycles are estimates, of the core that copies or of the engine while cores may work\n";
  os << llvm::formatv("  {0,-7} {1,5}  {2,-28} {3,9} {4,6} {5,11} {6,-7} {7}\n", "kind", "layer", "of",
                      "bytes", "times", "cycles", "by", "why");
  int64_t bytes = 0;
  double core = 0, engine = 0;
  for (const Copy &c : copies) {
    std::string of;
    for (char ch : llvm::StringRef(c.of).take_front(28)) // names come from the model
      of += llvm::isPrint(ch) ? ch : '?';
    os << llvm::formatv("  {0,-7} {1,5}  {2,-28} {3,9} {4,6} {5,11} {6,-7} {7}\n", c.kind,
                        c.layer ? std::to_string(c.layer) : "-", of, c.bytes, c.times, cyclesText(c),
                        c.engine ? "engine" : "core", c.why + (c.once ? "; once" : ""));
    bytes += c.once ? 0 : c.bytes;
    (c.engine ? engine : core) += c.once ? 0 : c.cycles.value_or(0);
  }
  os << llvm::formatv("  in an inference {0} bytes, {1} cycles of a core, {2} of the engine\n", bytes,
                      std::llround(core), std::llround(engine));
}

llvm::json::Array toJson(const std::vector<Copy> &copies) {
  llvm::json::Array array;
  for (const Copy &c : copies) {
    llvm::json::Object o{{"kind", c.kind},
                         {"of", llvm::json::fixUTF8(c.of)},
                         {"why", llvm::json::fixUTF8(c.why)},
                         {"bytes", c.bytes},
                         {"times", c.times},
                         {"by", c.engine ? "engine" : "core"},
                         {"once", c.once}};
    if (c.layer)
      o["layer"] = c.layer;
    if (c.cycles)
      o["cycles"] =
          llvm::json::Object{{"value", static_cast<int64_t>(std::llround(*c.cycles))}, {"kind", "estimate"}};
    array.push_back(std::move(o));
  }
  return array;
}

} // namespace dyadic::copies
