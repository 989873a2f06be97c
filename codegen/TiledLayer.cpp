// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME_layer_NN.c of a layer that works tile by tile.
#include "codegen/TiledWriters.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

const plat::Axis axes[] = {plat::Axis::Images, plat::Axis::Rows, plat::Axis::Columns, plat::Axis::Channels};

/// "4 rows x 2 channels"; axes of one segment are left out.
std::string cutText(const TiledLayer &layer) {
  std::string text;
  for (plat::Axis axis : layer.grid().loops())
    if (layer.count(axis) > 1)
      text += (text.empty() ? "" : " x ") + std::to_string(layer.count(axis)) + " of " +
              stringifyAxis(axis).str();
  return text.empty() ? "the whole output" : text + ", the last one fastest";
}

void heading(CWriter &w, const Model &model, const TiledLayer &layer) {
  for (const Layer &l : model.layers)
    if (l.tiled == layer.op)
      writeHeading(w, model, l);
  std::string shape;
  for (plat::Axis axis : axes)
    shape += (shape.empty() ? "" : "x") + std::to_string(layer.largest(axis, Part::outCount));
  w.comment("  tiles      " + std::to_string(layer.tiles()) + ": " + cutText(layer));
  w.comment("  tile       " + shape + " of the output at most");
  w.comment("  cores      " + std::to_string(layer.op.getCores()) + ", each with " +
            (layer.op.getSpread() == plat::Spread::Pixels ? "pixels" : "channels") + " of its own");
  for (const Stream &s : layer.streams) {
    std::string text = s.id + ": ";
    if (!s.via)
      text += "used where it lies";
    else
      text += std::to_string(s.slots) + (s.slots == 1 ? " buffer of " : " buffers of ") +
              std::to_string(s.slotBytes()) + " bytes, " + std::to_string(layer.transfers(s)) +
              (layer.transfers(s) == 1 ? " transfer, " : " transfers, ") +
              std::to_string(layer.movedBytes(s)) + " bytes an inference";
    w.comment("  operand    " + text);
  }
}

void tables(CWriter &w, const Model &model, const TiledLayer &layer) {
  for (plat::Axis axis : layer.grid().loops()) {
    if (layer.count(axis) == 1)
      continue;
    w.line();
    std::string name = layer.tag + "_" + stringifyAxis(axis).str();
    w.block(
        "static const " + model.name + "_segment " + name + "[] =",
        [&] {
          for (const auto &s : layer.grid().segments(axis)) {
            std::string line = "{.out_first = " + std::to_string(s.outFirst) +
                               ", .out_count = " + std::to_string(s.outCount);
            if (layer.windowed(axis))
              line += ", .in_first = " + std::to_string(s.inFirst) +
                      ", .in_count = " + std::to_string(s.inCount) + ", .pad = " + std::to_string(s.pad);
            w.line(line + "},");
          }
        },
        ";");
  }
}

void constants(CWriter &w, const Model &model, const TiledLayer &layer) {
  llvm::SetVector<Operation *> printed;
  auto constant = [&](plat::ConstantOp c) {
    if (c && model.constants.lookup(c) == layer.number && printed.insert(c))
      printConstant(w, model, c, true);
  };
  auto step = [&](plat::StepOp s) {
    if (printed.insert(s))
      printStruct(w, model, plat::stepSchema, s.getParams(), s.getSymName());
  };
  for (const Stream &s : layer.streams)
    constant(s.constant);
  model.references(layer.op.getParams(), constant, step);
  printStruct(w, model, *plat::findKernel(layer.op.getKernel())->params, layer.op.getParams(), layer.tag);
  if (layer.op.getLut()) {
    model.references(layer.op.getLutAttr(), constant, step);
    printStruct(w, model, plat::lutSchema, layer.op.getLutAttr(), layer.tag + "_lut");
  }
}

} // namespace

std::string writeTiledLayer(const Model &model, const TiledLayer &layer) {
  CWriter w;
  heading(w, model, layer);
  w.include(model.name + "_plan.h");
  w.include(plat::findKernel(layer.op.getKernel())->header);
  w.line();
  constants(w, model, layer);
  tables(w, model, layer);
  writeTransfers(w, model, layer);
  writeTeam(w, model, layer);
  writeSchedule(w, model, layer);
  return w.take();
}

} // namespace dyadic::codegen
