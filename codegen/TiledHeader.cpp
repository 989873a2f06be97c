// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What NAME.h and NAME_plan.h hold for tiled networks alone.
#include "codegen/TiledWriters.h"

using namespace mlir;
namespace dyadic::codegen {

void writeMemories(CWriter &w, const Model &model) {
  const std::string &u = model.upper;
  int64_t align = static_cast<int64_t>(model.network.getArenaAlign());
  int64_t l1 = (model.l1Bytes() + align - 1) / align * align;
  w.line("#define " + u + "_L2_BYTES " + llvm::Twine(model.l2Bytes()) + "u");
  w.line("#define " + u + "_L1_BYTES " + llvm::Twine(l1) + "u");
  if (model.l3Bytes() > 0)
    w.line("#define " + u + "_L3_BYTES " + llvm::Twine((model.l3Bytes() + align - 1) / align * align) +
           "u // activations that L2 does not hold");
  w.line("#define " + u + "_ARENA_BYTES (" + u + "_L2_BYTES + " + u + "_L1_BYTES" +
         (model.l3Bytes() > 0 ? " + " + u + "_L3_BYTES)" : ")"));
}

void writeLevels(CWriter &w, const Model &model) {
  const std::string &n = model.name, &u = model.upper;
  if (model.l3Bytes() == 0)
    return;
  w.comment("The same with L3 in memory of its own, too: an arena of at least " + u + "_L2_BYTES, and " + u +
            "_L3_BYTES where the port's transfers between L2 and L3 go to and come from.");
  w.line(n + "_status " + n + "_init_levels(" + n + "_ctx *ctx, void *arena, size_t arena_bytes, void *l1,");
  w.line("                             size_t l1_bytes, void *l3, size_t l3_bytes);");
}

void writeContext(CWriter &w, const Model &model) {
  const std::string &n = model.name, &u = model.upper;
  w.line("#define " + u + "_TRANSFERS " + llvm::Twine(model.transfers) + "u // that may be in flight");
  writeTraceContext(w, model);
  w.line("#ifndef " + u + "_DEBUG").line("#define " + u + "_DEBUG 0").line("#endif");
  w.line("#if " + u + "_DEBUG");
  w.comment("The owner of each slot that transfers fill or empty; every hand-over is checked. All files need "
            "the same -D" +
            u + "_DEBUG=1: else they do not link.");
  w.line("#define " + n + "_init " + n + "_init_debug");
  w.block(
      "typedef struct " + n + "_slot",
      [&] { w.line("uint32_t owner;").line("uint32_t version; // of what lies there"); }, " " + n + "_slot;");
  w.line("#endif");
  w.line();
}

void writeTiledPlan(CWriter &w, const Model &model) {
  const std::string &n = model.name, &u = model.upper;
  w.line();
  w.comment("A part of an axis: positions of the output, positions of the input that their windows read, "
            "and padding before these.");
  w.block(
      "typedef struct " + n + "_segment",
      [&] {
        for (const char *field : {"out_first", "out_count", "in_first", "in_count", "pad"})
          w.line(llvm::Twine("uint32_t ") + field + ";");
      },
      " " + n + "_segment;");
  w.line();
  w.comment("Wait for the transfer at a place of ctx->transfers: a part that comes, a part that goes.");
  w.line("int " + n + "_arrived(" + n + "_ctx *ctx, uint32_t place);");
  w.line("int " + n + "_stored(" + n + "_ctx *ctx, uint32_t place);");
  w.line();
  w.line("#if " + u + "_DEBUG");
  w.comment("Owners of a slot; `from` of a hand-over may join several.");
  w.block(
      "enum",
      [&] {
        int bit = 1;
        for (const char *state : {"FREE", "ARRIVING", "READY", "IN_USE", "LEAVING"}) {
          w.line(u + "_" + state + " = " + llvm::Twine(bit) + ",");
          bit *= 2;
        }
      },
      ";");
  w.statement("void " + n + "_hand_over(" + n +
              "_ctx *ctx, uint32_t place, uint32_t from, uint32_t to, uint32_t version, " +
              "const char *fault);");
  w.line("void " + n + "_layer_done(" + n + "_ctx *ctx, uint32_t first);");
  w.line("#define " + u + "_HAND_OVER(ctx, place, from, to, version) \\");
  w.line("  " + n + "_hand_over(ctx, place, from, to, version, \"not \" #from \" before \" #to)");
  w.line("#define " + u + "_LAYER(ctx, number) ((ctx)->layer = (number))");
  int64_t own = 0;
  for (const Stage &s : model.stages)
    if (!s.resident())
      own += s.op.getSlots();
  for (const Bands &b : model.bands)
    own += b.op.getSlots();
  for (const TiledLayer &layer : model.tiledLayers)
    for (const Stream &s : layer.streams)
      if (s.early)
        own += s.slots;
  w.line("#define " + u + "_LAYER_DONE(ctx) " + n + "_layer_done(ctx, " + llvm::Twine(own) + "u)");
  w.line("#else");
  w.line("#define " + u + "_HAND_OVER(ctx, place, from, to, version) ((void)0)");
  w.line("#define " + u + "_LAYER(ctx, number) ((void)0)");
  w.line("#define " + u + "_LAYER_DONE(ctx) ((void)0)");
  w.line("#endif");
  writeTracePlan(w, model);
}

} // namespace dyadic::codegen
