// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME.c of a network with activations in L3: what brings their bands to L2 and takes them back.
#include "codegen/TiledWriters.h"

using namespace mlir;
namespace dyadic::codegen {

void writeBands(CWriter &w, const Model &model) {
  if (model.bands.empty())
    return;
  w.line();
  w.comment("A tensor in L3 of which some rows are in L2 at a time: band k, its bytes bounds[2 k] .. "
            "bounds[2 k + 1] - 1, in slot k mod slots.");
  writeText(w, model, R"(typedef struct bands {
  uint32_t home; // of the tensor in L3
  const uint32_t *bounds;
  uint32_t at; // of the first slot in the arena
  uint32_t slot_bytes;
  uint32_t slots;
  uint32_t transfer; // of the first slot in ctx->transfers
  uint32_t layer;    // that works on it
} bands;
)");
  bool comes = false, goes = false;
  for (const Bands &b : model.bands) {
    (b.op.getOut() ? goes : comes) = true;
    std::string bounds;
    for (int64_t byte : b.op.getBounds())
      bounds += (bounds.empty() ? "" : ", ") + std::to_string(byte) + "u";
    w.line();
    w.comment(std::to_string(b.op.count()) + (b.op.count() == 1 ? " band" : " bands") + " of " +
              commentText(b.home.getName()) + (b.op.getOut() ? ", written" : ", read"));
    w.line("static const uint32_t " + b.id + "_bounds[] = {" + bounds + "};");
    w.block(
        "static const bands " + b.id + " =",
        [&] {
          int64_t begin = b.op.getView().getDefiningOp<plat::ViewOp>().getBegin();
          w.line(".home = " + model.offsetMacro(b.home) +
                 (begin ? " + " + std::to_string(begin) + "u" : std::string()) + ",");
          w.line(".bounds = " + b.id + "_bounds,");
          w.line(".at = " + model.offsetMacro(b.buffer) + ",");
          w.line(".slot_bytes = " + llvm::Twine(b.slotBytes()) + "u,");
          w.line(".slots = " + llvm::Twine(b.op.getSlots()) + "u,");
          w.line(".transfer = " + llvm::Twine(b.transfer) + "u,");
          w.line(".layer = " + llvm::Twine(b.layer) + "u,");
        },
        ";");
  }
  if (comes)
    writeText(w, model, R"(
static int fetch_band(@_ctx *ctx, const bands *what, uint32_t band) {
  const uint32_t slot = band % what->slots;
  const uint32_t begin = what->bounds[2u * band];
  const dyadic_box box = {.planes = 1u, .lines = 1u, .bytes = what->bounds[2u * band + 1u] - begin};
  $_HAND_OVER(ctx, what->transfer + slot, $_FREE | $_READY, $_ARRIVING, band);
  $_FLIGHT(ctx, what->transfer + slot, DYADIC_TRACE_FETCH, &box, band, what->layer);
  return dyadic_transfer_start(&ctx->transfers[what->transfer + slot],
                               ctx->arena + what->at + slot * what->slot_bytes, ctx->l3 + what->home + begin,
                               &box, DYADIC_L3_TO_L2);
}

static int await_band(@_ctx *ctx, const bands *what, uint32_t band) {
  return @_arrived(ctx, what->transfer + band % what->slots);
}
)");
  if (goes)
    writeText(w, model, R"(
static int store_band(@_ctx *ctx, const bands *what, uint32_t band) {
  const uint32_t slot = band % what->slots;
  const uint32_t begin = what->bounds[2u * band];
  const dyadic_box box = {.planes = 1u, .lines = 1u, .bytes = what->bounds[2u * band + 1u] - begin};
  $_HAND_OVER(ctx, what->transfer + slot, $_IN_USE, $_LEAVING, band);
  $_FLIGHT(ctx, what->transfer + slot, DYADIC_TRACE_STORE, &box, band, what->layer);
  return dyadic_transfer_start(&ctx->transfers[what->transfer + slot], ctx->l3 + what->home + begin,
                               ctx->arena + what->at + slot * what->slot_bytes, &box, DYADIC_L2_TO_L3);
}

static int await_stored(@_ctx *ctx, const bands *what, uint32_t band) {
  return @_stored(ctx, what->transfer + band % what->slots);
}
)");
}

} // namespace dyadic::codegen
