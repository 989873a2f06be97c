// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Traces one inference of a tiled network on zeros and prints the trace.
#include "dyadic_machine.h"
#include "dyadic_port.h"
#include "dyadic_trace.h"
#include "net.h"

enum { CORES = 8, MOST = 4096 };
static uint64_t arena[NET_ARENA_BYTES / 8u + 1u];
static net_ctx ctx;
static net_input_0_t codes[NET_INPUT_0_ELEMS];
static dyadic_trace_event events[CORES][MOST];
static dyadic_trace_lane lanes[CORES];
static const dyadic_trace trace = {lanes, CORES};

int main(int argc, char **argv) {
  (void)argc;
  (void)argv;
  for (uint32_t core = 0u; core < CORES; ++core) {
    lanes[core].events = events[core];
    lanes[core].capacity = MOST;
  }
  if (net_init(&ctx, arena, sizeof arena) != NET_OK || net_set_input_0(&ctx, codes) != NET_OK) {
    return 1;
  }
  ctx.trace = &trace;
  if (net_run(&ctx) != NET_OK) {
    return 1;
  }
  dyadic_trace_print(&trace, dyadic_now_hz(), dyadic_port_put);
  return 0;
}
