// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts what a trace of one inference holds.
#include "dyadic_trace.h"
#include "net.h"
#include <stdio.h>

enum { CORES = 4, MOST = 256 };
static uint64_t arena[NET_ARENA_BYTES / 8u + 1u];
static net_ctx ctx;
static net_input_0_t codes[NET_INPUT_0_ELEMS];
static dyadic_trace_event events[CORES][MOST];
static dyadic_trace_lane lanes[CORES];

int main(void) {
  uint32_t count[6] = {0u}, macs = 0u, busy = 0u, nobodys = 0u;
  const dyadic_trace trace = {lanes, CORES};
  for (int core = 0; core < CORES; ++core) {
    lanes[core].events = events[core];
    lanes[core].capacity = MOST;
  }
  if (net_init(&ctx, arena, sizeof arena) != NET_OK) {
    return 1;
  }
  ctx.trace = &trace;
  if (net_set_input_0(&ctx, codes) != NET_OK || net_run(&ctx) != NET_OK) {
    return 1;
  }
  for (int core = 0; core < CORES; ++core) {
    busy += lanes[core].count != 0u ? 1u : 0u;
    for (uint32_t i = 0u; i < lanes[core].count; ++i) {
      const dyadic_trace_event *const event = &events[core][i];
      ++count[event->kind];
      nobodys += event->layer == 0u ? 1u : 0u;
      macs += event->kind == (uint8_t)DYADIC_TRACE_WORK ? event->amount : 0u;
      if (event->end - event->begin > UINT32_MAX / 2u) {
        return 1; // ends before it begins
      }
    }
  }
  printf("%u multiply-accumulates by %u cores in %u shares of %u tiles\n", (unsigned)macs, (unsigned)busy,
         (unsigned)count[DYADIC_TRACE_WORK], (unsigned)count[DYADIC_TRACE_TILE]);
  printf("%u fetches, %u stores, %u layers, %u events of no layer\n", (unsigned)count[DYADIC_TRACE_FETCH],
         (unsigned)count[DYADIC_TRACE_STORE], (unsigned)count[DYADIC_TRACE_LAYER], (unsigned)nobodys);
  return 0;
}
