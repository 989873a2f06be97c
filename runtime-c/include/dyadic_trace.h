// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a tiled network did when: time stamps of tiles and transfers. Compiled in with DYADIC_TRACE=1 only.
#ifndef DYADIC_TRACE_H
#define DYADIC_TRACE_H

#include "dyadic_base.h"

DYADIC_BEGIN

#ifndef DYADIC_TRACE
#define DYADIC_TRACE 0
#endif

#if DYADIC_TRACE

typedef enum dyadic_trace_kind {
  DYADIC_TRACE_WORK = 0,  // a core's share of a tile; amount: multiply-accumulates
  DYADIC_TRACE_FETCH = 1, // from the start of a transfer to the end of its wait; amount: bytes
  DYADIC_TRACE_STORE = 2,
  DYADIC_TRACE_WAIT = 3, // the controller inside dyadic_transfer_wait; amount: 0
  DYADIC_TRACE_TILE = 4, // the controller's whole tile; amount: multiply-accumulates
  DYADIC_TRACE_LAYER = 5 // the controller's whole layer; id: 0
} dyadic_trace_kind;

typedef struct dyadic_trace_event {
  uint32_t begin; // dyadic_now, which wraps
  uint32_t end;
  uint32_t amount; // saturated
  uint32_t id;     // tile, or chunk of a transfer between L3 and L2
  uint16_t layer;
  uint8_t core;
  uint8_t kind;
} dyadic_trace_event;

// Memory of the caller, one lane for each core that works: a lane has one writer, so that no lock is needed.
// A full lane keeps what it has and counts what is lost. A trace serves one controller at a time.
typedef struct dyadic_trace_lane {
  dyadic_trace_event *events; // [capacity]
  uint32_t capacity;
  uint32_t count; // 0 at first
  uint32_t lost;
} dyadic_trace_lane;

typedef struct dyadic_trace {
  dyadic_trace_lane *lanes; // [cores]
  uint32_t cores;           // events of cores beyond are dropped
} dyadic_trace;

// Adds an event to the lane of its core; the controller's go to core 0's, never while a team works. trace may
// be null: nothing is kept.
void dyadic_trace_add(const dyadic_trace *trace, const dyadic_trace_event *event);

// Prints the trace as text, lane by lane:
//   dyadic-trace 1 HZ              dyadic_now_hz
//   e KIND CORE LAYER ID BEGIN END AMOUNT
//   lost CORE COUNT
//   dyadic-trace end
// scripts/trace-to-chrome finds it in any output around it.
void dyadic_trace_print(const dyadic_trace *trace, uint32_t hz, void (*put)(const char *text));

#endif

DYADIC_END

#endif
