// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The function of a tiled layer: before the first tile, for each, behind the last, op by op as the IR has
// them.
#include "codegen/TiledWriters.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

class Writer {
public:
  Writer(CWriter &w, const Model &model, const TiledLayer &layer)
      : w(w), model(model), layer(layer), tiles(layer.tiles()), perSegment(layer.period(layer.runAxis())) {}

  void function() {
    w.block(layerSignature(model, layer), [&] {
      w.line("int failed = 0;");
      w.line(model.upper + "_TIME(layer_begin);");
      w.line(model.upper + "_LAYER(ctx, " + llvm::Twine(layer.number) + ");");
      if (layer.inParts() && !layer.byTiles()) {
        w.line("const uint32_t begin = first" + times() + ";");
        w.line("const uint32_t end = past" + times() + ";");
      }
      stages("READY", "IN_USE");
      bands(true);
      region(layer.op.getBefore());
      if (tiles > 1)
        w.block("for (uint32_t t = " + begin() + "; t < " + end() + "; ++t)",
                [&] { region(layer.op.getEach()); });
      else
        region(layer.op.getEach());
      region(layer.op.getBehind());
      stages("IN_USE", "READY");
      bands(false);
      w.line(model.upper + "_LAYER_DONE(ctx);");
      w.line(model.upper + "_EVENT(ctx->trace, DYADIC_TRACE_LAYER, " + llvm::Twine(layer.number) +
             "u, 0u, 0u, layer_begin, 0u);");
      w.line("return failed == 0 ? " + model.upper + "_OK : " + model.upper + "_ERR_TRANSFER;");
    });
  }

private:
  std::string times() const { return perSegment > 1 ? " * " + std::to_string(perSegment) + "u" : ""; }
  std::string begin() const { return layer.inParts() ? "begin" : "0u"; }
  std::string end() const { return layer.inParts() ? "end" : std::to_string(tiles) + "u"; }

  void region(Region &region) {
    for (Operation &op : region.getOps())
      if (auto start = dyn_cast<plat::StartOp>(op))
        this->start(start);
      else if (auto await = dyn_cast<plat::AwaitOp>(op))
        this->await(await);
      else
        team();
    flush();
  }

  /// Neighbours under one condition share a block.
  void when(const std::string &condition, const std::string &line) {
    if (condition != pendingCondition)
      flush();
    pendingCondition = condition;
    pending.push_back(line);
  }
  void flush() {
    auto print = [&] {
      for (const std::string &line : pending)
        w.line(line);
    };
    if (pendingCondition.empty())
      print();
    else
      w.block("if (" + pendingCondition + ")", print);
    pending.clear();
    pendingCondition.clear();
  }

  static std::string both(const std::string &a, const std::string &b) {
    return a.empty() || b.empty() ? a + b : a + " && " + b;
  }

  std::string call(const Stream &s, const std::string &t) {
    return "failed |= " + std::string(s.output ? "store_" : "fetch_") + s.id + "(ctx" +
           parameters(layer, s, false, t) + ");";
  }

  void start(plat::StartOp op) {
    auto [owner, stream] = model.stream(op.getStream());
    const Stream &s = *stream;
    bool fixed = s.fixed(tiles);
    std::string every = std::to_string(s.period) + "u";
    switch (op.getMoment()) {
    case plat::Moment::First: // what an earlier layer has started is started here by later calls alone
      if (!s.early)
        when("", call(s, begin()));
      else if (layer.inParts())
        when(layer.byTiles() ? "begin != 0u" : "first != 0u", call(s, begin()));
      return;
    case plat::Moment::Next:
      if (!fixed)
        when(both("t + 1u < " + end(), s.period > 1 ? "(t + 1u) % " + every + " == 0u" : ""),
             call(s, "t + 1u"));
      return;
    case plat::Moment::Last:
      when(tiles > 1 ? "t + 1u == " + std::to_string(tiles) + "u" : "",
           "failed |= " + earlyFetch(model, *owner, s) + "(ctx);");
      return;
    default:
      if (s.output)
        when(s.period > 1 && tiles > 1 ? "(t + 1u) % " + every + " == 0u" : "", call(s, "t"));
      else if (fixed)
        when(tiles > 1 ? "t == " + begin() : "", call(s, "t"));
      else
        when(s.period == 1     ? ""
             : layer.byTiles() ? "t == begin || t % " + every + " == 0u" // a call may begin within its part
                               : "t % " + every + " == 0u",
             call(s, "t"));
    }
  }

  std::string waiting(const Stream &s, const std::string &slot) {
    return "failed |= " + model.name + (s.output ? "_stored" : "_arrived") + "(ctx, " + placeMacro(s) +
           (slot == "0u" ? "" : " + " + slot) + ");";
  }

  void await(plat::AwaitOp op) {
    const Stream &s = *model.stream(op.getStream()).second;
    if (op.getMoment() != plat::Moment::All) {
      bool once = s.output && s.period > 1; // a slot is free for the first segment of input channels
      std::string line = waiting(s, layer.slot(s, "t"));
      if (once)
        return when("t % " + std::to_string(s.period) + "u == 0u", line);
      flush();
      return static_cast<void>(w.line(line));
    }
    flush();
    for (int64_t slot = 0; slot < s.slots; ++slot)
      w.line(waiting(s, std::to_string(slot) + "u"));
  }

  void team() {
    flush();
    w.block("if (failed != 0)", [&] { w.line("return " + model.upper + "_ERR_TRANSFER;"); });
    std::string arguments = std::string(tiles > 1 ? ", t" : "") +
                            (computeTakesChunk(layer) ? ", chunk" : "") +
                            (computeTakesBand(layer) ? ", band" : "");
    w.block("if (compute(ctx" + arguments + ") != 0)",
            [&] { w.line("return " + model.upper + "_ERR_STATE; // too few cores"); });
  }

  /// Stages that come and go: the layer has their chunk in hand.
  void stages(StringRef from, StringRef to) {
    SmallVector<const Stage *> seen;
    for (const Stream &s : layer.streams) {
      if (!s.stage || s.stage->resident() || llvm::is_contained(seen, s.stage))
        continue;
      seen.push_back(s.stage);
      int64_t slots = s.stage->op.getSlots();
      bool many = s.stage->chunks() > 1;
      writeHandOver(w, model,
                    std::to_string(s.stage->transfer) + "u" +
                        (many && slots > 1 ? " + chunk % " + std::to_string(slots) + "u" : ""),
                    from, to, many ? "chunk" : "0u");
    }
  }

  /// The layer has a band of each tensor in L3 in hand; what it writes it keeps for the store.
  void bands(bool begin) {
    for (const Stream &s : layer.streams) {
      if (!s.bands || (s.output && !begin))
        continue;
      int64_t slots = s.bands->op.getSlots();
      bool many = s.bands->op.count() > 1;
      writeHandOver(w, model,
                    std::to_string(s.bands->transfer) + "u" +
                        (many && slots > 1 ? " + band % " + std::to_string(slots) + "u" : ""),
                    !begin            ? "IN_USE"
                    : !s.output       ? "READY"
                    : layer.byTiles() ? "FREE|IN_USE" // other channels of it are there
                                      : "FREE",
                    begin ? "IN_USE" : "READY", many ? "band" : "0u");
    }
  }

  CWriter &w;
  const Model &model;
  const TiledLayer &layer;
  int64_t tiles, perSegment;
  std::string pendingCondition;
  std::vector<std::string> pending;
};

} // namespace

std::string layerSignature(const Model &model, const TiledLayer &layer) {
  return model.name + "_status " + model.name + "_" + layer.tag + "(" + model.name + "_ctx *ctx" +
         (layer.byTiles()   ? ", uint32_t begin, uint32_t end"
          : layer.inParts() ? ", uint32_t first, uint32_t past"
                            : "") +
         (layer.takesChunk() ? ", uint32_t chunk" : "") + (layer.takesBand() ? ", uint32_t band" : "") + ")";
}

std::string layerCall(const Model &model, const TiledLayer &layer, plat::RunOp run) {
  auto number = [](int64_t n) { return ", " + std::to_string(n) + "u"; };
  auto [first, past] = layer.byTiles() ? run.tiles() : run.segments(run.getAxis());
  return model.name + "_" + layer.tag + "(ctx" + (layer.inParts() ? number(first) + number(past) : "") +
         (layer.takesChunk() ? number(run.getChunk()) : "") +
         (layer.takesBand() ? number(*run.getBand()) : "") + ")";
}

void writeSchedule(CWriter &w, const Model &model, const TiledLayer &layer) {
  w.line();
  if (layer.inParts())
    w.comment(layer.byTiles() ? "Tiles begin .. end - 1: channels of a chunk, " +
                                    stringifyAxis(layer.runAxis()).str() + " of a band."
              : layer.runAxis() == plat::Axis::Channels
                  ? "Channel segments first .. past - 1."
                  : "Segments first .. past - 1 of the " + stringifyAxis(layer.runAxis()).str() + ".");
  Writer(w, model, layer).function();
}

} // namespace dyadic::codegen
