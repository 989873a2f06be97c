// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME.c of a tiled network: what it loads into L2, its init, and the checks of debug builds.
#include "codegen/TiledWriters.h"

using namespace mlir;
namespace dyadic::codegen {
void writeText(CWriter &w, const Model &model, StringRef text) {
  while (!text.empty()) {
    auto [row, rest] = text.split('\n');
    text = rest;
    std::string out;
    for (; !row.empty(); row = row.drop_front())
      if (row.front() == '@')
        out += model.name;
      else if (row.front() == '$')
        out += model.upper;
      else
        out += row.front();
    w.line(out);
  }
}

namespace {

/// The first layer that works on what the stage brings.
int64_t layerOf(const Model &model, const Stage &stage) {
  for (const TiledLayer &layer : model.tiledLayers)
    for (const Stream &s : layer.streams)
      if (s.stage == &stage)
        return layer.number;
  return 0;
}

void stageObjects(CWriter &w, const Model &model) {
  w.comment(
      "A constant of L3 and where it comes to in L2: chunk k, its bytes bounds[k] .. bounds[k + 1] - 1, "
      "in slot k mod slots.");
  writeText(w, model, R"(typedef struct stage {
  const void *constant;
  const uint32_t *bounds;
  uint32_t at; // of the first slot in the arena
  uint32_t slot_bytes;
  uint32_t slots;
  uint32_t transfer; // of the first slot in ctx->transfers
  uint32_t layer;    // that works on it
} stage;
)");
  for (const Stage &s : model.stages) {
    std::string bounds;
    for (int64_t b : s.op.getBounds())
      bounds += (bounds.empty() ? "" : ", ") + std::to_string(b) + "u";
    w.line();
    w.comment(
        std::to_string(s.chunks()) + (s.chunks() == 1 ? " chunk, " : " chunks, ") +
        (s.resident() ? "kept from " + model.name + "_init on" : "anew in each " + model.name + "_run"));
    w.line("static const uint32_t " + s.id + "_bounds[] = {" + bounds + "};");
    w.block(
        "static const stage " + s.id + " =",
        [&] {
          w.line(".constant = " + model.cName(s.constant) + ",");
          w.line(".bounds = " + s.id + "_bounds,");
          w.line(".at = " + model.offsetMacro(s.buffer) + ",");
          w.line(".slot_bytes = " + llvm::Twine(s.slotBytes()) + "u,");
          w.line(".slots = " + llvm::Twine(s.op.getSlots()) + "u,");
          w.line(".transfer = " + llvm::Twine(s.resident() ? 0 : s.transfer) + "u,");
          w.line(".layer = " + llvm::Twine(layerOf(model, s)) + "u,");
        },
        ";");
  }
  writeText(w, model, R"(
static int start_chunk(@_ctx *ctx, const stage *what, uint32_t chunk) {
  const uint32_t slot = chunk % what->slots;
  const uint32_t begin = what->bounds[chunk];
  const dyadic_box box = {.planes = 1u, .lines = 1u, .bytes = what->bounds[chunk + 1u] - begin};
  $_HAND_OVER(ctx, what->transfer + slot, $_FREE | $_READY, $_ARRIVING, chunk);
  $_FLIGHT(ctx, what->transfer + slot, DYADIC_TRACE_FETCH, &box, chunk, what->layer);
  return dyadic_transfer_start(&ctx->transfers[what->transfer + slot],
                               ctx->arena + what->at + slot * what->slot_bytes,
                               (const uint8_t *)what->constant + begin, &box, DYADIC_L3_TO_L2);
}

static int await_chunk(@_ctx *ctx, const stage *what, uint32_t chunk) {
  return @_arrived(ctx, what->transfer + chunk % what->slots);
}
)");
}

} // namespace

void writeStages(CWriter &w, const Model &model) {
  writeTraceSupport(w, model);
  if (!model.stages.empty())
    stageObjects(w, model);
  writeBands(w, model);
  writeText(w, model, R"(
int @_arrived(@_ctx *ctx, uint32_t place) {
  const int failed = land(ctx, place);
  $_HAND_OVER(ctx, place, $_ARRIVING | $_READY, $_READY, 0u);
  return failed;
}

int @_stored(@_ctx *ctx, uint32_t place) {
  const int failed = land(ctx, place);
  $_HAND_OVER(ctx, place, $_LEAVING | $_FREE, $_FREE, 0u);
  return failed;
}

#if $_DEBUG
void @_hand_over(@_ctx *ctx, uint32_t place, uint32_t from, uint32_t to, uint32_t version,
                 const char *fault) {
  @_slot *const slot = &ctx->slots[place];
  const int right = (slot->owner & from) != 0u;
  const int stale = right && to == $_IN_USE && slot->owner != $_FREE && slot->version != version;
  if ((!right || stale) && ctx->fault == NULL) {
    ctx->fault = stale ? "another part lies there" : fault;
    ctx->fault_layer = ctx->layer;
    ctx->fault_place = place;
  }
  if (to == $_ARRIVING || slot->owner == $_FREE) {
    slot->version = version;
  }
  slot->owner = to;
}

void @_layer_done(@_ctx *ctx, uint32_t first) {
  for (uint32_t place = first; place < $_TRANSFERS; ++place) {
    if (ctx->slots[place].owner == $_ARRIVING || ctx->slots[place].owner == $_LEAVING) {
      $_HAND_OVER(ctx, place, $_FREE | $_READY, $_FREE, 0u);
    }
    ctx->slots[place].owner = $_FREE;
  }
}
#endif

)");
}

void writeTiledInit(CWriter &w, const Model &model) {
  writeText(w, model, R"(// Nothing stays in flight.
static void settle(@_ctx *ctx) {
  for (uint32_t i = 0u; i < $_TRANSFERS; ++i) {
    (void)dyadic_transfer_wait(&ctx->transfers[i]);
  }
}

)");
  const bool far = model.l3Bytes() > 0;
  writeText(
      w, model,
      far ? R"(@_status @_init_levels(@_ctx *ctx, void *arena, size_t arena_bytes, void *l1, size_t l1_bytes,
                         void *l3, size_t l3_bytes) {
)"
          : R"(@_status @_init_l1(@_ctx *ctx, void *arena, size_t arena_bytes, void *l1, size_t l1_bytes) {
)");
  writeText(w, model, R"(  if (ctx == NULL) {
    return $_ERR_ARG;
  }
  ctx->arena = NULL;
  for (uint32_t i = 0u; i < $_INPUTS; ++i) {
    ctx->input_set[i] = 0u;
  }
  ctx->has_output = 0u;
  if (arena == NULL || l1 == NULL) {
    return $_ERR_ARG;
  }
  if (arena_bytes < $_L2_BYTES || l1_bytes < $_L1_BYTES) {
    return $_ERR_ARENA;
  }
  if ((uintptr_t)arena % $_ARENA_ALIGN != 0u || (uintptr_t)l1 % $_ARENA_ALIGN != 0u) {
    return $_ERR_ALIGN;
  }
)");
  if (far)
    writeText(w, model, R"(  if (l3 == NULL) {
    return $_ERR_ARG;
  }
  if (l3_bytes < $_L3_BYTES) {
    return $_ERR_ARENA;
  }
  if ((uintptr_t)l3 % $_ARENA_ALIGN != 0u) {
    return $_ERR_ALIGN;
  }
)");
  writeText(w, model, R"(  for (uint32_t i = 0u; i < $_TRANSFERS; ++i) {
    ctx->transfers[i] = (dyadic_transfer){0};
  }
#if $_TRACE
  ctx->trace = NULL;
  for (uint32_t i = 0u; i < $_TRANSFERS; ++i) {
    ctx->flights[i] = (@_flight){0};
  }
#endif
#if $_DEBUG
  ctx->fault = NULL;
  ctx->layer = 0;
  for (uint32_t i = 0u; i < $_TRANSFERS; ++i) {
    ctx->slots[i] = (@_slot){$_FREE, 0u};
  }
#endif
  ctx->arena = (uint8_t *)arena;
)");
  for (const Port *port : model.ports())
    if (port->user)
      w.line("  " + model.bound(*port) + " = NULL;");
  w.line("  ctx->l1 = (uint8_t *)l1;");
  if (far)
    w.line("  ctx->l3 = (uint8_t *)l3;");
  if (model.network.getCacheLineBytes())
    writeText(w, model,
              R"(  dyadic_cache_clean(ctx->arena, $_L2_BYTES); // what the caller wrote there must not follow
)");
  for (const Stage &s : model.stages)
    if (s.resident()) {
      w.line("  if (start_chunk(ctx, &" + s.id + ", 0u) != 0 || await_chunk(ctx, &" + s.id + ", 0u) != 0) {");
      w.line("    settle(ctx);");
      w.line("    ctx->arena = NULL;");
      w.line("    return " + model.upper + "_ERR_TRANSFER;");
      w.line("  }");
    }
  for (Operation &op : model.network.getBody().front())
    if (std::string rule = cacheRule(model, op, true); !rule.empty())
      w.line("  " + rule);
  writeText(w, model, R"(  return $_OK;
}

)");
  if (far) {
    writeText(w, model,
              R"(@_status @_init_l1(@_ctx *ctx, void *arena, size_t arena_bytes, void *l1, size_t l1_bytes) {
  const int whole = arena != NULL && arena_bytes >= $_L2_BYTES + $_L3_BYTES;
  return @_init_levels(ctx, arena, whole ? $_L2_BYTES : 0u, l1, l1_bytes,
                       arena == NULL ? NULL : (uint8_t *)arena + $_L2_BYTES, $_L3_BYTES);
}

@_status @_init(@_ctx *ctx, void *arena, size_t arena_bytes) {
  const int whole = arena != NULL && arena_bytes >= $_ARENA_BYTES;
  uint8_t *const l1 = arena == NULL ? NULL : (uint8_t *)arena + $_L2_BYTES;
  return @_init_levels(ctx, arena, whole ? $_L2_BYTES : 0u, l1, $_L1_BYTES,
                       l1 == NULL ? NULL : l1 + $_L1_BYTES, $_L3_BYTES);
}

)");
    return;
  }
  writeText(w, model, R"(@_status @_init(@_ctx *ctx, void *arena, size_t arena_bytes) {
  const int whole = arena != NULL && arena_bytes >= $_ARENA_BYTES;
  return @_init_l1(ctx, arena, whole ? $_L2_BYTES : 0u, arena == NULL ? NULL : (uint8_t *)arena + $_L2_BYTES,
                   $_L1_BYTES);
}

)");
}

} // namespace dyadic::codegen
