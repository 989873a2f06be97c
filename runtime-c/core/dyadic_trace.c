// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keeps events in the caller's memory and prints them.
#include "dyadic_trace.h"

#if DYADIC_TRACE

void dyadic_trace_add(const dyadic_trace *trace, const dyadic_trace_event *event) {
  if (trace == NULL || event->core >= trace->cores) {
    return;
  }
  dyadic_trace_lane *lane = &trace->lanes[event->core];
  if (lane->count == lane->capacity) {
    ++lane->lost;
    return;
  }
  lane->events[lane->count] = *event;
  ++lane->count;
}

static void putNumber(void (*put)(const char *text), uint32_t number) {
  char digits[12];
  uint32_t at = sizeof digits - 1u;
  digits[at] = '\0';
  do {
    digits[--at] = (char)('0' + (int)(number % 10u));
    number /= 10u;
  } while (number != 0u);
  put(" ");
  put(digits + at);
}

static void putLine(void (*put)(const char *text), const char *head, const uint32_t *numbers, uint32_t n) {
  put(head);
  for (uint32_t i = 0u; i < n; ++i) {
    putNumber(put, numbers[i]);
  }
  put("\n");
}

void dyadic_trace_print(const dyadic_trace *trace, uint32_t hz, void (*put)(const char *text)) {
  putLine(put, "dyadic-trace 1", &hz, 1u);
  for (uint32_t core = 0u; core < trace->cores; ++core) {
    const dyadic_trace_lane *lane = &trace->lanes[core];
    for (uint32_t i = 0u; i < lane->count; ++i) {
      const dyadic_trace_event *e = &lane->events[i];
      const uint32_t numbers[7] = {e->kind, e->core, e->layer, e->id, e->begin, e->end, e->amount};
      putLine(put, "e", numbers, 7u);
    }
    if (lane->lost != 0u) {
      const uint32_t numbers[2] = {core, lane->lost};
      putLine(put, "lost", numbers, 2u);
    }
  }
  put("dyadic-trace end\n");
}

#else

typedef int dyadic_trace_is_off; // a file must not be empty

#endif
