// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One tile in C: its struct, the share of a core, the fork.
#include "codegen/TiledWriters.h"
#include "llvm/Support/Regex.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

using A = plat::Argument;

const plat::Kernel &kernelOf(const TiledLayer &layer) { return *plat::findKernel(layer.op.getKernel()); }

/// Its parts are of elements instead of pixels and channels.
bool countsElements(const plat::Kernel &kernel) {
  return llvm::any_of(kernel.tileFields,
                      [](const plat::TileField &f) { return f.number == plat::TileNumber::elements; });
}

void writeStruct(CWriter &w, const Model &model, const TiledLayer &layer) {
  const plat::Kernel &kernel = kernelOf(layer);
  w.line();
  w.comment("One tile, as the cores share it.");
  w.block(
      "struct tile",
      [&] {
        writeTileMembers(w, model, layer);
        if (layer.sumsUp())
          w.line("dyadic_sums sums;");
        if (kernel.takes(A::inputs))
          w.line("const void *inputs[" + llvm::Twine(layer.op.getIns().size()) + "];");
        if (kernel.takes(A::input))
          w.line("const void *input;");
        if (kernel.takes(A::weights))
          w.line("const void *weights;");
        w.line("void *output;");
        if (kernel.takes(A::scratch))
          w.line("uint8_t *scratch;");
        w.line("uint32_t pixels;");
        w.line("uint32_t channels;");
        w.line("#if " + model.upper + "_TRACE");
        w.line("const dyadic_trace *trace;");
        w.line("uint32_t number;");
        w.line("#endif");
      },
      ";");
}

/// Bytes of one core's part of the scratch.
std::string scratchText(const TiledLayer &layer) {
  auto buffer = layer.op.getScratch().getDefiningOp<plat::BufferOp>();
  return std::to_string(buffer.getSizeBytes() / layer.op.getCores()) + "u";
}

/// Multiply-accumulates of one element of the output, from the layer's struct where a tile has some of them.
std::string macsPerOutput(const TiledLayer &layer, const std::string &tile) {
  int64_t outputs = 1;
  for (auto axis : {plat::Axis::Images, plat::Axis::Rows, plat::Axis::Columns, plat::Axis::Channels})
    outputs *= layer.extent(axis);
  int64_t each = static_cast<int64_t>(layer.op.getMacs()) / outputs;
  if (!layer.sumsUp())
    return std::to_string(each) + "u";
  for (const plat::TileField &field : kernelOf(layer).tileFields)
    if (field.axis == plat::TileAxis::inputs)
      return std::to_string(each / layer.extent(plat::Axis::Inputs)) + "u * " + tile + "layer." +
             field.path.str();
  return std::to_string(each) + "u";
}

void writeWork(CWriter &w, const Model &model, const TiledLayer &layer) {
  const plat::Kernel &kernel = kernelOf(layer);
  std::string cores = std::to_string(layer.op.getCores()) + "u";
  bool pixels = layer.op.getSpread() == plat::Spread::Pixels;
  w.line();
  w.comment("The share of one core: " + std::string(pixels ? "pixels" : "channels") + " in units of " +
            std::to_string(layer.op.getGrain()) + ".");
  w.block("static void work(void *argument, uint32_t core)", [&] {
    w.line("const struct tile *const mine = (const struct tile *)argument;");
    w.line(std::string(countsElements(kernel) ? "" : "const ") + "dyadic_part part =");
    w.line("    dyadic_share(mine->pixels, mine->channels, DYADIC_SPREAD_" +
           std::string(pixels ? "PIXELS" : "CHANNELS") + ", " + std::to_string(layer.op.getGrain()) +
           "u, core, " + cores + ");");
    if (countsElements(kernel)) {
      w.line("part.first *= mine->channels; // elements");
      w.line("part.end *= mine->channels;");
    }
    std::string call = (layer.sumsUp() ? kernel.segment : kernel.part).str() + "(";
    for (plat::Argument argument : kernel.arguments)
      switch (argument) {
      case A::layer:
        call += layer.sumsUp() ? "&mine->layer, &part, &mine->sums" : "&mine->layer, &part";
        break;
      case A::lut:
        call += copiesLut(model, layer) ? ", &mine->lut" : ", &" + layer.tag + "_lut";
        break;
      case A::input:
        call += ", mine->input";
        break;
      case A::inputs:
        call += ", mine->inputs";
        break;
      case A::weights:
        call += ", mine->weights";
        break;
      case A::output:
        call += ", mine->output";
        break;
      case A::scratch:
        call += layer.op.getScratch() ? ", mine->scratch + core * " + scratchText(layer) : ", mine->scratch";
        break;
      }
    w.line(model.upper + "_TIME(begin);");
    w.statement(call + ");");
    w.statement(model.upper + "_EVENT(mine->trace, DYADIC_TRACE_WORK, " + std::to_string(layer.number) +
                "u, mine->number, core, begin, " +
                "(part.end - part.first) * (part.c_end - part.c_first) * " + macsPerOutput(layer, "mine->") +
                ");");
  });
}

/// Slots that the cores have in hand while they compute.
void handOver(CWriter &w, const Model &model, const TiledLayer &layer, bool begin) {
  for (const Stream &s : layer.streams) {
    if (!s.via)
      continue;
    std::string slot = layer.slot(s, "t");
    slot = placeMacro(s) + (slot == "0u" ? "" : " + " + slot);
    // An output is there from its first segment of input channels to the last.
    StringRef from = !begin ? "IN_USE" : !s.output ? "READY" : layer.sumsUp() ? "FREE|READY" : "FREE";
    writeHandOver(w, model, slot, from, begin ? "IN_USE" : "READY", layer.version(s, "t"));
  }
}

void writeCompute(CWriter &w, const Model &model, const TiledLayer &layer) {
  const plat::Kernel &kernel = kernelOf(layer);
  std::vector<std::string> lines = tileLines(model, layer);
  bool many = kernel.takes(A::inputs);
  for (const Stream &s : layer.streams) {
    std::string place = " = " + placeInTile(model, layer, s) + ";";
    auto in = llvm::find(layer.op.getIns(), s.op.getResult());
    if (in != layer.op.getIns().end())
      lines.push_back(
          (many ? "tile.inputs[" + std::to_string(in - layer.op.getIns().begin()) + "]" : "tile.input") +
          place);
    else if (s.op.getResult() == layer.op.getWeights())
      lines.push_back("tile.weights" + place);
    else if (s.output)
      lines.push_back("tile.output" + place);
  }
  if (kernel.takes(A::scratch))
    lines.push_back("tile.scratch = " +
                    (layer.op.getScratch()
                         ? model.pointer(layer.op.getScratch().getDefiningOp<plat::BufferOp>())
                         : std::string("NULL")) +
                    ";");
  using X = plat::Axis;
  if (layer.sumsUp()) {
    std::string first = layer.text(X::Inputs, Part::inFirst), count = layer.text(X::Inputs, Part::inCount),
                all = std::to_string(layer.extent(X::Inputs)) + "u";
    lines.push_back("tile.sums.values = (int32_t *)(void *)(" +
                    model.pointer(layer.op.getSums().getDefiningOp<plat::BufferOp>()) + ");");
    lines.push_back("tile.sums.first = " + first + " == 0u;");
    lines.push_back("tile.sums.last = " + first + " + " + count + " == " + all + ";");
  }
  lines.push_back("tile.pixels = " + layer.product({X::Images, X::Rows, X::Columns}) + ";");
  lines.push_back("tile.channels = " + layer.text(X::Channels, Part::outCount) + ";");
  bool chunk = computeTakesChunk(layer), band = computeTakesBand(layer);
  w.line();
  w.comment("All cores on tile t; comes back when the last one is done.");
  w.block("static int compute(" + model.name + "_ctx *ctx" + (layer.tiles() > 1 ? ", uint32_t t" : "") +
              (chunk ? ", uint32_t chunk" : "") + (band ? ", uint32_t band" : "") + ")",
          [&] {
            std::vector<std::string> segments = layer.segmentLines(model.name, lines);
            for (const std::string &line : segments)
              w.line(line);
            // Tiles of one shape that pass through one slot differ for traces only.
            static const llvm::Regex number("(^|[^A-Za-z0-9_])t([^A-Za-z0-9_]|$)");
            auto names = [&](const std::string &line) { return number.match(line); };
            if (layer.tiles() > 1 && llvm::none_of(segments, names) && llvm::none_of(lines, names))
              w.line("(void)t;");
            w.line("struct tile tile;");
            for (const std::string &line : lines)
              w.statement(line);
            w.line("#if " + model.upper + "_TRACE");
            w.line("tile.trace = ctx->trace;");
            w.line("tile.number = " + std::string(layer.tiles() > 1 ? "t" : "0u") + ";");
            w.line("#endif");
            handOver(w, model, layer, true);
            w.line(model.upper + "_TIME(begin);");
            w.line("const int status = dyadic_team_fork(" + llvm::Twine(layer.op.getCores()) +
                   "u, work, &tile);");
            w.statement(model.upper + "_EVENT(ctx->trace, DYADIC_TRACE_TILE, " +
                        std::to_string(layer.number) + "u, " + (layer.tiles() > 1 ? "t" : "0u") +
                        ", 0u, begin, tile.pixels * tile.channels * " + macsPerOutput(layer, "tile.") + ");");
            handOver(w, model, layer, false);
            w.line("return status;");
          });
}

} // namespace

bool computeTakesChunk(const TiledLayer &layer) {
  return llvm::any_of(layer.streams,
                      [](const Stream &s) { return !s.via && s.stage && s.stage->chunks() > 1; });
}

bool computeTakesBand(const TiledLayer &layer) {
  return llvm::any_of(layer.streams,
                      [](const Stream &s) { return !s.via && s.bands && s.bands->op.count() > 1; });
}

void writeTeam(CWriter &w, const Model &model, const TiledLayer &layer) {
  writeStruct(w, model, layer);
  writeWork(w, model, layer);
  writeCompute(w, model, layer);
}

} // namespace dyadic::codegen
