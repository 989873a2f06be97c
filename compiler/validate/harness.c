// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a network called net on every sample of inputs.bin and writes all it computes to results.bin.
//
// results.bin is a sequence of records: a header, then its payload.
#include "dyadic_port.h"
#include "harness_net.h" // generated: net.h, HARNESS_INPUTS and HARNESS_OUTPUTS

// A tap's payload is its key and then `count` codes as int32, beginning with element `start`; an output's is
// `count` bytes, the codes as the C API gives them. `name`: length of the key, or number of the output.
enum { RECORD_TAP = 1, RECORD_OUTPUT = 2, RECORD_END = 3 };
typedef struct record {
  uint32_t kind;
  uint32_t run;
  uint32_t name;
  uint32_t start;
  uint32_t count;
} record;

enum { TAP_CODES = 4096, BUFFER_BYTES = 65536 };

static uint64_t memory[(NET_ARENA_BYTES + NET_ARENA_ALIGN + 7u) / 8u]; // the arena is aligned within
static net_ctx ctx;
static uint8_t buffer[BUFFER_BYTES];
static uint32_t used;
static int results;
static uint32_t run_number;

static void flush(void) {
  if (used != 0u && dyadic_port_write(results, buffer, used) != used) {
    dyadic_port_put("cannot write results.bin\n");
    dyadic_port_exit(3);
  }
  used = 0u;
}

static void put(const void *data, uint32_t bytes) {
  for (uint32_t i = 0u; i < bytes; ++i) {
    if (used == sizeof buffer) {
      flush();
    }
    buffer[used++] = ((const uint8_t *)data)[i];
  }
}

static const char *tap_key;
static uint32_t tap_start;
static uint32_t tap_count;
static int32_t tap_codes[TAP_CODES];

static void end_tap(void) {
  if (tap_count != 0u) {
    uint32_t length = 0u;
    while (tap_key[length] != '\0') {
      ++length;
    }
    const record header = {RECORD_TAP, run_number, length, tap_start, tap_count};
    put(&header, sizeof header);
    put(tap_key, length);
    put(tap_codes, tap_count * (uint32_t)sizeof tap_codes[0]);
  }
  tap_count = 0u;
}

void net_tap(const char *onnx_node, uint32_t index, int32_t code) {
  if (onnx_node != tap_key || tap_count == TAP_CODES || index != tap_start + tap_count) {
    end_tap();
    tap_key = onnx_node;
    tap_start = index;
  }
  tap_codes[tap_count++] = code;
}

static void put_output(uint32_t number, const void *codes, uint32_t bytes) {
  const record header = {RECORD_OUTPUT, run_number, number, 0u, bytes};
  put(&header, sizeof header);
  put(codes, bytes);
}

static void demand(net_status status) {
  if (status != NET_OK) {
    dyadic_port_put(net_strerror(status));
    dyadic_port_put("\n");
    dyadic_port_exit(2);
  }
}

#ifndef HARNESS_SCHEDULE // of transfers, where the port has several
#define HARNESS_SCHEDULE(run) ((void)(run))
#endif

static int inputs;

#define CODES(n)                                                                                             \
  static net_input_##n##_t input_##n[NET_INPUT_##n##_ELEMS];                                                 \
  static int read_##n(void) {                                                                                \
    return dyadic_port_read(inputs, input_##n, sizeof input_##n) == sizeof input_##n;                        \
  }
// An input given as reals goes through the network's own quantiser.
#define REALS(n)                                                                                             \
  static net_input_##n##_t input_##n[NET_INPUT_##n##_ELEMS];                                                 \
  static float real_##n[NET_INPUT_##n##_ELEMS];                                                              \
  static int read_##n(void) {                                                                                \
    if (dyadic_port_read(inputs, real_##n, sizeof real_##n) != sizeof real_##n) {                            \
      return 0;                                                                                              \
    }                                                                                                        \
    demand(net_quantise_input_##n(real_##n, input_##n));                                                     \
    return 1;                                                                                                \
  }
HARNESS_INPUTS(CODES, REALS)

#define OUTPUT(n) static net_output_##n##_t output_##n[NET_OUTPUT_##n##_ELEMS];
HARNESS_OUTPUTS(OUTPUT)

// Memory that the network is given for an input or output, at an address with no more alignment than it asks
// for.
#define MEMORY(port, PORT, n)                                                                                \
  static uint64_t                                                                                            \
      port##_##n##_memory[(NET_##PORT##_##n##_SLOT_BYTES + 2u * NET_##PORT##_##n##_ALIGN) / 8u + 1u];
HARNESS_BOUND(MEMORY)

static void poison(uint64_t *words, size_t bytes) {
  for (size_t i = 0u; i < bytes / sizeof words[0]; ++i) {
    words[i] = UINT64_C(0xA5C3965A3C69F00F);
  }
}

// The first address beyond `from` on `align`, but not on twice that.
static uint8_t *place(uint64_t *from, uint32_t align) {
  uint8_t *at = (uint8_t *)from + (align - (uintptr_t)from % align) % align;
  return (uintptr_t)at % (2u * align) == 0u ? at + align : at;
}

#define BIND(port, PORT, n)                                                                                  \
  poison(port##_##n##_memory, sizeof port##_##n##_memory);                                                   \
  demand(net_bind_##port##_##n(&ctx, place(port##_##n##_memory, NET_##PORT##_##n##_ALIGN)));
static void bind_all(void) {
  (void)place; // a network may bind nothing
  HARNESS_BOUND(BIND)
}

#define SET(n)                                                                                               \
  if (!read_##n()) {                                                                                         \
    return 0;                                                                                                \
  }                                                                                                          \
  demand(net_set_input_##n(&ctx, input_##n));
static int set_inputs(void) {
  HARNESS_INPUTS(SET, SET)
  return 1;
}

#define GET(n)                                                                                               \
  demand(net_get_output_##n(&ctx, output_##n));                                                              \
  put_output(n##u, output_##n, (uint32_t)sizeof output_##n);
static void get_outputs(void) { HARNESS_OUTPUTS(GET) }

int main(void) {
  inputs = dyadic_port_open("inputs.bin", 0);
  results = dyadic_port_open("results.bin", 1);
  if (inputs < 0 || results < 0) {
    dyadic_port_put("cannot open inputs.bin or results.bin\n");
    return 3;
  }
  for (;; ++run_number) {
    HARNESS_SCHEDULE(run_number);
    if (run_number % 2u == 0u) { // every second run finds the arena as the one before left it
      poison(memory, sizeof memory);
      const uintptr_t beyond = (uintptr_t)memory % NET_ARENA_ALIGN;
      demand(net_init(&ctx, (uint8_t *)memory + (beyond == 0u ? 0u : NET_ARENA_ALIGN - beyond),
                      NET_ARENA_BYTES));
      bind_all();
    }
    if (!set_inputs()) {
      break;
    }
    demand(net_run(&ctx));
    end_tap();
    get_outputs();
  }
  const record end = {RECORD_END, run_number, 0u, 0u, 0u};
  put(&end, sizeof end);
  flush();
  return dyadic_port_close(results) == 0 ? 0 : 3;
}
