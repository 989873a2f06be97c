// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME.c of a tiled network: the order of chunks and layers.
#include "codegen/TiledWriters.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

/// Returns from the sequence after a failure.
void leaveIf(CWriter &w, const std::string &condition, const std::string &status) {
  w.block("if (" + condition + ")", [&] { w.line("return " + status + ";"); });
}

/// "conv2d Conv_0 -> 1x16x16x32 ui8".
std::string whatText(const Work &work) {
  std::string node = commentText(work.node);
  return work.kernel.str() + (node.empty() ? "" : " " + node) + " -> " +
         describe(cast<plat::ViewType>(work.outs.front().getType()).getTensor());
}

class Sequence {
public:
  Sequence(CWriter &w, const Model &model) : w(w), model(model), error(model.upper + "_ERR_TRANSFER") {}

  void write() {
    writeTapCalls(w, model, model.inputTaps);
    for (Operation &op : model.network.getBody().front())
      if (auto start = dyn_cast<plat::StartChunkOp>(op))
        chunk("start_chunk", start.getStage(), start.getChunk());
      else if (auto await = dyn_cast<plat::AwaitChunkOp>(op))
        chunk("await_chunk", await.getStage(), await.getChunk());
      else if (auto start = dyn_cast<plat::StartBandOp>(op))
        band(start.getBands(), start.getBand(), false);
      else if (auto await = dyn_cast<plat::AwaitBandOp>(op))
        band(await.getBands(), await.getBand(), true);
      else if (auto run = dyn_cast<plat::RunOp>(op))
        tiled(run);
      else if (auto kernel = dyn_cast<plat::KernelOp>(op))
        whole(kernel);
      else if (std::string rule = cacheRule(model, op, false); !rule.empty())
        w.line(rule);
  }

private:
  void chunk(const std::string &function, Value what, int64_t k) {
    leaveIf(w, function + "(ctx, &" + model.stage(what).id + ", " + std::to_string(k) + "u) != 0", error);
  }

  void band(Value what, int64_t k, bool ends) {
    const Bands &bands =
        *llvm::find_if(model.bands, [&](const Bands &b) { return b.op.getResult() == what; });
    const bool out = bands.op.getOut();
    const char *function = ends ? (out ? "await_stored" : "await_band") : out ? "store_band" : "fetch_band";
    leaveIf(w, std::string(function) + "(ctx, &" + bands.id + ", " + std::to_string(k) + "u) != 0", error);
    if (out && ends && k + 1 == bands.op.count())
      for (const Layer &layer : model.layers)
        if (layer.number == bands.layer)
          writeTapCalls(w, model, layer.taps);
  }
  /// It is whole when its last band is stored.
  static bool leavesInBands(const TiledLayer &layer) {
    return llvm::any_of(layer.streams, [](const Stream &s) { return s.output && s.bands; });
  }

  void tiled(plat::RunOp run) {
    for (const Layer &layer : model.layers) {
      if (!layer.tiled)
        continue;
      const TiledLayer &mine = model.tiledLayer(layer.tiled);
      if (mine.op.getSymName() != run.getTiled())
        continue;
      w.line("status = " + layerCall(model, mine, run) + "; // " + whatText(layer.works.front()));
      leaveIf(w, "status != " + model.upper + "_OK", "status");
      if (run == mine.runs.back() && !leavesInBands(mine))
        writeTapCalls(w, model, layer.taps);
    }
  }

  void whole(plat::KernelOp kernel) {
    for (const Layer &layer : model.layers) {
      if (layer.kernels.empty() || layer.kernels.front() != kernel)
        continue;
      w.line(wholeCall(model, layer) + "; // " + whatText(layer.works.front()));
      writeTapCalls(w, model, layer.taps);
    }
  }

  CWriter &w;
  const Model &model;
  std::string error;
};

} // namespace

std::string cacheRule(const Model &model, Operation &op, bool loading) {
  if (!isa<plat::CleanOp, plat::InvalidateOp>(op))
    return {};
  Value what = op.getOperand(0);
  auto stage = what.getDefiningOp<plat::StageOp>();
  if (loading != (stage && stage.getResident()))
    return {};
  auto buffer = stage ? stage.getBuffer().getDefiningOp<plat::BufferOp>() : plat::bufferOf(what);
  std::string where = stage ? model.pointer(buffer) : model.reach(what);
  int64_t bytes = stage ? static_cast<int64_t>(buffer.getSizeBytes())
                        : plat::packedBytes(cast<plat::ViewType>(what.getType()).getTensor());
  return std::string("dyadic_cache_") + (isa<plat::CleanOp>(op) ? "clean(" : "invalidate(") + where + ", " +
         std::to_string(bytes) + "u); // " + commentText(buffer.getName());
}

void writeTiledRun(CWriter &w, const Model &model) {
  const std::string &n = model.name, &u = model.upper;
  w.comment("Chunks and layers in their order.");
  w.block("static " + n + "_status layers(" + n + "_ctx *ctx)", [&] {
    w.line(n + "_status status = " + u + "_OK;");
    bool usesArena = llvm::any_of(model.layers, [](const Layer &l) { return !l.kernels.empty(); });
    w.line("uint8_t *const arena = ctx->arena;");
    if (!usesArena)
      w.line("(void)arena; // of use with taps");
    Sequence(w, model).write();
    w.line("return status;");
  });
  w.line();
  w.block(n + "_status " + n + "_run(" + n + "_ctx *ctx)", [&] {
    leaveIf(w, "ctx == NULL", u + "_ERR_ARG");
    std::string missing = "ctx->arena == NULL";
    for (const Port &input : model.inputs)
      missing += " || ctx->input_set[" + std::to_string(input.index) + "] == 0u";
    for (const Port *port : model.ports())
      if (port->user)
        missing += " || " + model.bound(*port) + " == NULL";
    leaveIf(w, missing, u + "_ERR_STATE");
    for (const Port &input : model.inputs)
      if (input.overwritten)
        w.line("ctx->input_set[" + std::to_string(input.index) +
               "] = 0u; // its slot will hold other tensors");
    w.line("ctx->has_output = 0u;");
    w.line("#if " + u + "_DEBUG");
    w.line(n + "_layer_done(ctx, 0u); // all slots are free");
    w.line("ctx->fault = NULL;");
    w.line("ctx->layer = 0;");
    w.line("#endif");
    w.line("const " + n + "_status status = layers(ctx);");
    w.block("if (status != " + u + "_OK)", [&] {
      w.line("settle(ctx);");
      w.line("return status;");
    });
    w.line("#if " + u + "_DEBUG");
    leaveIf(w, "ctx->fault != NULL", u + "_ERR_STATE");
    w.line("#endif");
    w.line("ctx->has_output = 1u;");
    w.line("return " + u + "_OK;");
  });
  w.line();
}

} // namespace dyadic::codegen
