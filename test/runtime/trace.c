// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Traces three forks, by the port's own clock, then two events by a clock that wraps; prints both traces.
#include "dyadic_machine.h"
#include "dyadic_port.h"
#include "dyadic_trace.h"

enum { CORES = 4, CAPACITY = 2 };

static dyadic_trace_event room[CORES][CAPACITY];
static dyadic_trace_lane lanes[CORES];
static const dyadic_trace trace = {lanes, CORES};

static void work(void *argument, uint32_t core) {
  const uint32_t tile = *(const uint32_t *)argument;
  const uint32_t begin = dyadic_now();
  const dyadic_trace_event event = {begin, dyadic_now(),  10u + core,       tile,
                                    3u,    (uint8_t)core, DYADIC_TRACE_WORK};
  dyadic_trace_add(&trace, &event);
  dyadic_trace_add(NULL, &event);
}

int main(int argc, char **argv) {
  for (uint32_t core = 0u; core < CORES; ++core) {
    lanes[core].events = room[core];
    lanes[core].capacity = CAPACITY;
  }
  (void)argv;
  dyadic_port_put("text before\n");
  if (argc > 1) {
    const dyadic_trace_event first = {0xFFFFFF00u, 0x00000100u, 7u, 0u, 1u, 0u, DYADIC_TRACE_FETCH};
    const dyadic_trace_event second = {0xFFFFFF80u, 0x00000180u, 0u, 1u, 1u, 1u, DYADIC_TRACE_WORK};
    const dyadic_trace_event layer = {0xFFFFFE00u, 0x00000200u, 9u, 0u, 1u, 0u, DYADIC_TRACE_LAYER};
    const dyadic_trace_event beyond = {0u, 0u, 0u, 0u, 0u, CORES, DYADIC_TRACE_WORK};
    dyadic_trace_add(&trace, &first);
    dyadic_trace_add(&trace, &second);
    dyadic_trace_add(&trace, &layer);
    dyadic_trace_add(&trace, &beyond);
    dyadic_trace_print(&trace, 1000000u, dyadic_port_put);
    return 7;
  }
  for (uint32_t tile = 0u; tile < 3u; ++tile) {
    (void)dyadic_team_fork(CORES, work, &tile);
  }
  dyadic_trace_print(&trace, dyadic_now_hz(), dyadic_port_put);
  return 7;
}
