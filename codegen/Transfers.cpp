// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The transfers of a tiled layer: one small function of C for each stream.
#include "codegen/TiledWriters.h"

using namespace mlir;
namespace dyadic::codegen {

std::string placeMacro(const Stream &stream) { return "TRANSFER_" + upper(stream.id); }

std::string parameters(const TiledLayer &layer, const Stream &stream, bool types, StringRef t,
                       StringRef chunk) {
  std::string text;
  if (!stream.fixed(layer.tiles()))
    text += ", " + (types ? "uint32_t " : std::string()) + t.str();
  if (stream.stage && stream.stage->chunks() > 1)
    text += ", " + (types ? "uint32_t " : std::string()) + chunk.str();
  if (stream.bands && stream.bands->op.count() > 1)
    text += std::string(", ") + (types ? "uint32_t " : "") + "band";
  return text;
}

std::string earlyFetch(const Model &model, const TiledLayer &layer, const Stream &stream) {
  return model.name + "_" + layer.tag + "_fetch_" + stream.id;
}

/// In L2, where part of the tensor lies.
static std::string bandText(const Model &model, const TiledLayer &layer, const Stream &stream,
                            const std::string &offset) {
  plat::BandsOp op = stream.bands->op;
  std::string text = model.pointer(stream.bands->buffer), from = std::to_string(op.begin(0)) + "u";
  if (op.count() == 1)
    return text + (op.begin(0) ? " + (" + offset + " - " + from + ")" : offset.empty() ? "" : " + " + offset);
  from = layer.tag + "_" + stream.id + "_bands[band]";
  std::string slot = op.getSlots() == 1 ? ""
                                        : "band % " + std::to_string(op.getSlots()) + "u * " +
                                              std::to_string(stream.bands->slotBytes()) + "u + ";
  return text + " + (" + slot + (offset.empty() ? "0u" : offset) + " - " + from + ")";
}

std::string sourceText(const Model &model, const TiledLayer &layer, const Stream &stream,
                       const std::string &offset) {
  if (stream.bands)
    return bandText(model, layer, stream, offset);
  if (const Stage *stage = stream.stage) {
    std::string text = model.pointer(stage->buffer);
    if (stage->chunks() == 1)
      return text + (offset.empty() ? "" : " + " + offset);
    std::string from = layer.tag + "_" + stream.id + "_chunks[chunk]";
    int64_t slots = stage->op.getSlots();
    std::string slot = slots == 1 ? ""
                                  : "chunk % " + std::to_string(slots) + "u * " +
                                        std::to_string(stage->slotBytes()) + "u + ";
    return text + " + (" + slot + (offset.empty() ? "0u" : offset) + " - " + from + ")";
  }
  std::string text;
  if (stream.constant) {
    text = model.cName(stream.constant);
    if (!offset.empty() && plat::storedBits(stream.element) > 8)
      text = "(const uint8_t *)" + text;
  } else {
    text = model.pointer(stream.op.getSource());
    if (StringRef(text).starts_with("arena"))
      text = "ctx->" + text;
  }
  return text + (offset.empty() ? "" : " + " + offset);
}

std::string placeInTile(const Model &model, const TiledLayer &layer, const Stream &stream) {
  if (!stream.via)
    return sourceText(model, layer, stream, llvm::cantFail(boxOf(layer, stream)).offset);
  std::string text = model.pointer(stream.via), slot = layer.slot(stream, "t");
  if (slot != "0u")
    text += " + " + slot + " * " + std::to_string(stream.slotBytes()) + "u";
  return text;
}

void writeHandOver(CWriter &w, const Model &model, const std::string &place, StringRef from, StringRef to,
                   const std::string &version) {
  std::string text = model.upper + "_HAND_OVER(ctx, " + place + ", ";
  SmallVector<StringRef> states;
  from.split(states, '|');
  for (auto [i, state] : llvm::enumerate(states))
    text += (i ? " | " : "") + model.upper + "_" + state.str();
  w.statement(text + ", " + model.upper + "_" + to + ", " + version + ");");
}

namespace {

/// "64 out channels x 144".
std::string extentText(const TiledLayer &layer, const Stream &stream) {
  std::string text;
  for (plat::BoxAttr::Dim dim : stream.op.getBox().list()) {
    text += text.empty() ? "" : " x ";
    if (dim.use == plat::BoxAttr::whole)
      text += std::to_string(dim.extent);
    else
      text += std::to_string(
                  layer.largest(dim.axis, dim.use == plat::BoxAttr::in ? Part::inCount : Part::outCount)) +
              (dim.use == plat::BoxAttr::in ? " input " : " ") + stringifyAxis(dim.axis).str();
  }
  return text;
}

void writeTransfer(CWriter &w, const Model &model, const TiledLayer &layer, const Stream &stream) {
  BoxText box = llvm::cantFail(boxOf(layer, stream));
  std::string slot = layer.slot(stream, "t"), place = placeMacro(stream), own = model.pointer(stream.via);
  if (slot != "0u") {
    place += " + slot";
    own += " + slot * " + std::to_string(stream.slotBytes()) + "u";
  }
  std::string there = sourceText(model, layer, stream, box.offset);
  std::string fields = ".planes = " + box.planes + ", .lines = " + box.lines + ", .bytes = " + box.bytes;
  std::string strides;
  auto stride = [&](const char *side, const char *of, const std::string &value) {
    strides += std::string(", .") + side + "_" + of + " = " + value;
  };
  const char *tensor = stream.output ? "dst" : "src", *tile = stream.output ? "src" : "dst";
  if (box.planes != "1u") {
    stride(tensor, "plane", box.planeStride);
    stride(tile, "plane", box.tilePlane());
  }
  if (box.lines != "1u") {
    stride(tensor, "line", box.lineStride);
    stride(tile, "line", box.bytes);
  }
  w.line();
  w.comment(std::string(stream.output ? "Stores tile t: " : "Brings what tile t reads of ") +
            (stream.output ? "" : stream.id + ": ") + extentText(layer, stream) + ", at most " +
            std::to_string(layer.partBytes(stream)) + " bytes.");
  w.block("static int " + std::string(stream.output ? "store_" : "fetch_") + stream.id + "(" + model.name +
              "_ctx *ctx" + parameters(layer, stream, true) + ")",
          [&] {
            for (const std::string &line : layer.segmentLines(model.name, {there, fields, strides}))
              w.line(line);
            if (slot != "0u")
              w.line("const uint32_t slot = " + slot + ";");
            w.line("const dyadic_box box = {" + fields + (strides.empty() ? "};" : ","));
            if (!strides.empty())
              w.line("                        " + strides.substr(2) + "};");
            writeHandOver(w, model, place, stream.output ? "READY" : "FREE|READY",
                          stream.output ? "LEAVING" : "ARRIVING", layer.version(stream, "t"));
            w.statement(model.upper + "_FLIGHT(ctx, " + place + ", DYADIC_TRACE_" +
                        (stream.output ? "STORE" : "FETCH") + ", &box, " +
                        (stream.fixed(layer.tiles()) ? "0u" : "t") + ", " + std::to_string(layer.number) +
                        "u);");
            w.line("return dyadic_transfer_start(&ctx->transfers[" + place + "],");
            w.statement("                             " + (stream.output ? there : own) + ",");
            w.statement("                             " + (stream.output ? own : there) + ",");
            w.line("                             &box, " +
                   std::string(stream.output ? "DYADIC_L1_TO_L2" : "DYADIC_L2_TO_L1") + ");");
          });
  if (!stream.early)
    return;
  w.line();
  w.comment("For an earlier layer, in its last tile.");
  w.block("int " + earlyFetch(model, layer, stream) + "(" + model.name + "_ctx *ctx)", [&] {
    w.line("return fetch_" + stream.id + "(ctx" + parameters(layer, stream, false, "0u", "0u") + ");");
  });
}

} // namespace

void writeTransfers(CWriter &w, const Model &model, const TiledLayer &layer) {
  if (llvm::any_of(layer.streams, [](const Stream &s) { return static_cast<bool>(s.via); })) {
    w.line();
    w.comment("Where in ctx->transfers, slot by slot.");
    w.block(
        "enum",
        [&] {
          for (const Stream &s : layer.streams)
            if (s.via)
              w.line(placeMacro(s) + " = " + std::to_string(s.transfer) + ", // " + std::to_string(s.slots) +
                     (s.slots == 1 ? " slot" : " slots") + " of " + std::to_string(s.slotBytes()) + " bytes");
        },
        ";");
  }
  for (const Stream &s : layer.streams)
    if (s.stage && s.stage->chunks() > 1) {
      std::string bounds;
      for (int64_t begin : s.stage->op.getBounds().drop_back())
        bounds += (bounds.empty() ? "" : ", ") + std::to_string(begin) + "u";
      w.line();
      w.comment("First byte of each chunk.");
      w.line("static const uint32_t " + layer.tag + "_" + s.id + "_chunks[] = {" + bounds + "};");
    }
  for (const Stream &s : layer.streams)
    if (s.bands && s.bands->op.count() > 1) {
      std::string begins;
      for (int64_t k = 0; k < s.bands->op.count(); ++k)
        begins += (begins.empty() ? "" : ", ") + std::to_string(s.bands->op.begin(k)) + "u";
      w.line();
      w.comment("First byte of each band.");
      w.line("static const uint32_t " + layer.tag + "_" + s.id + "_bands[] = {" + begins + "};");
    }
  for (const Stream &s : layer.streams)
    if (s.via)
      writeTransfer(w, model, layer, s);
}

} // namespace dyadic::codegen
