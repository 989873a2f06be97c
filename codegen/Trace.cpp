// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What -DNAME_TRACE=1 adds to a tiled network: when each transfer, tile and core began and ended.
#include "codegen/TiledWriters.h"

using namespace mlir;
namespace dyadic::codegen {

void writeTraceContext(CWriter &w, const Model &model) {
  writeText(w, model, R"(#ifndef $_TRACE
#define $_TRACE 0
#endif
#if $_TRACE
#include "dyadic_trace.h"
#if !DYADIC_TRACE
#error "$_TRACE=1 needs DYADIC_TRACE=1, in all files"
#endif
// A transfer under way, and when it began.
typedef struct @_flight {
  uint32_t begin;
  uint32_t bytes;
  uint32_t id;
  uint16_t layer;
  uint8_t kind;
  uint8_t flying;
} @_flight;
#define @_init @_init_trace // as for $_DEBUG
#endif
)");
}

void writeTracePlan(CWriter &w, const Model &model) {
  writeText(w, model, R"(
// Time stamps, with -D$_TRACE=1: `variable` becomes the time, the others add what has been since then.
#if $_TRACE
void @_flight_begins(@_ctx *ctx, uint32_t place, dyadic_trace_kind kind, const dyadic_box *box, uint32_t id,
                     uint32_t layer);
void @_event(const dyadic_trace *trace, dyadic_trace_kind kind, uint32_t layer, uint32_t id, uint32_t core,
             uint32_t begin, uint32_t amount);
#define $_TIME(variable) const uint32_t variable = dyadic_now()
#define $_FLIGHT(ctx, place, kind, box, id, layer) @_flight_begins(ctx, place, kind, box, id, layer)
#define $_EVENT(trace, kind, layer, id, core, begin, amount) \
  @_event(trace, kind, layer, id, core, begin, amount)
#else
#define $_TIME(variable) ((void)0)
#define $_FLIGHT(ctx, place, kind, box, id, layer) ((void)0)
#define $_EVENT(trace, kind, layer, id, core, begin, amount) ((void)0)
#endif
)");
}

void writeTraceSupport(CWriter &w, const Model &model) {
  writeText(w, model, R"(#if $_TRACE
void @_flight_begins(@_ctx *ctx, uint32_t place, dyadic_trace_kind kind, const dyadic_box *box, uint32_t id,
                     uint32_t layer) {
  @_flight *const flight = &ctx->flights[place];
  flight->begin = dyadic_now();
  flight->bytes = box->planes * box->lines * box->bytes;
  flight->id = id;
  flight->layer = (uint16_t)layer;
  flight->kind = (uint8_t)kind;
  flight->flying = 1u;
}

void @_event(const dyadic_trace *trace, dyadic_trace_kind kind, uint32_t layer, uint32_t id, uint32_t core,
             uint32_t begin, uint32_t amount) {
  const dyadic_trace_event event = {begin, dyadic_now(), amount, id, (uint16_t)layer, (uint8_t)core,
                                    (uint8_t)kind};
  dyadic_trace_add(trace, &event);
}
#endif

// Waits, and notes for how long and what came or went.
static int land(@_ctx *ctx, uint32_t place) {
  $_TIME(begin);
  const int failed = dyadic_transfer_wait(&ctx->transfers[place]);
#if $_TRACE
  @_flight *const flight = &ctx->flights[place];
  if (flight->flying != 0u) {
    $_EVENT(ctx->trace, DYADIC_TRACE_WAIT, flight->layer, flight->id, 0u, begin, 0u);
    $_EVENT(ctx->trace, (dyadic_trace_kind)flight->kind, flight->layer, flight->id, 0u, flight->begin,
            flight->bytes);
    flight->flying = 0u;
  }
#endif
  return failed;
}

)");
}

} // namespace dyadic::codegen
