// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a network called net on every sample of inputs.bin and writes outputs.bin and taps.bin.
#include "dyadic_port.h"
#include "net.h"

#if NET_INPUTS > 4 || NET_OUTPUTS > 4
#error "the harness knows at most four inputs and outputs"
#endif

static uint64_t arena[(NET_ARENA_BYTES + 7u) / 8u];
static net_ctx ctx;
static uint8_t buffer[65536];
static uint32_t used;
static int taps;

static void flush(void) {
  if (used != 0u && dyadic_port_write(taps, buffer, used) != used) {
    dyadic_port_put("cannot write taps.bin\n");
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

#if NET_TAP
// taps.bin: at each tensor's begin the length of its key and the key, then its codes as int32.
void net_tap(const char *onnx_node, uint32_t index, int32_t code) {
  if (index == 0u) {
    uint32_t length = 0u;
    while (onnx_node[length] != '\0') {
      ++length;
    }
    put(&length, sizeof length);
    put(onnx_node, length);
  }
  put(&code, sizeof code);
}
#endif

static void demand(net_status status) {
  if (status != NET_OK) {
    dyadic_port_put(net_strerror(status));
    dyadic_port_put("\n");
    dyadic_port_exit(2);
  }
}

#define PORT(kind, n, KIND) static net_##kind##_##n##_t kind##_##n[NET_##KIND##_##n##_ELEMS];
// An input given as reals goes through the network's own quantiser.
#define REALS(n)                                                                                             \
  static float real_##n[NET_INPUT_##n##_ELEMS];                                                              \
  static int read_##n(int file) {                                                                            \
    if (dyadic_port_read(file, real_##n, sizeof real_##n) != sizeof real_##n) {                              \
      return 0;                                                                                              \
    }                                                                                                        \
    demand(net_quantise_input_##n(real_##n, input_##n));                                                     \
    return 1;                                                                                                \
  }
#define CODES(n)                                                                                             \
  static int read_##n(int file) {                                                                            \
    return dyadic_port_read(file, input_##n, sizeof input_##n) == sizeof input_##n;                          \
  }
#define SET(n)                                                                                               \
  if (!read_##n(inputs)) {                                                                                   \
    break;                                                                                                   \
  }                                                                                                          \
  demand(net_set_input_##n(&ctx, input_##n));
#define GET(n)                                                                                               \
  demand(net_get_output_##n(&ctx, output_##n));                                                              \
  dyadic_port_write(outputs, output_##n, sizeof output_##n);

PORT(input, 0, INPUT)
#if REAL_0
REALS(0)
#else
CODES(0)
#endif
PORT(output, 0, OUTPUT)
#if NET_INPUTS > 1
PORT(input, 1, INPUT)
#if REAL_1
REALS(1)
#else
CODES(1)
#endif
#endif
#if NET_INPUTS > 2
PORT(input, 2, INPUT)
#if REAL_2
REALS(2)
#else
CODES(2)
#endif
#endif
#if NET_INPUTS > 3
PORT(input, 3, INPUT)
#if REAL_3
REALS(3)
#else
CODES(3)
#endif
#endif
#if NET_OUTPUTS > 1
PORT(output, 1, OUTPUT)
#endif
#if NET_OUTPUTS > 2
PORT(output, 2, OUTPUT)
#endif
#if NET_OUTPUTS > 3
PORT(output, 3, OUTPUT)
#endif

int main(void) {
  const int inputs = dyadic_port_open("inputs.bin", 0);
  const int outputs = dyadic_port_open("outputs.bin", 1);
  taps = dyadic_port_open("taps.bin", 1);
  if (inputs < 0 || outputs < 0 || taps < 0) {
    dyadic_port_put("cannot open inputs.bin, outputs.bin or taps.bin\n");
    return 3;
  }
  uint32_t samples = 0u;
  uint32_t stack = 0u;
  for (;; ++samples) {
    if (samples % 2u == 0u) { // every second sample finds the arena as the one before left it
      for (uint32_t i = 0u; i < sizeof arena / sizeof arena[0]; ++i) {
        arena[i] = UINT64_C(0xA5C3965A3C69F00F);
      }
      demand(net_init(&ctx, arena, sizeof arena));
    }
    SET(0)
#if NET_INPUTS > 1
    SET(1)
#endif
#if NET_INPUTS > 2
    SET(2)
#endif
#if NET_INPUTS > 3
    SET(3)
#endif
    dyadic_port_stack_paint();
    const uint64_t before = dyadic_port_counter();
    demand(net_run(&ctx));
    const uint64_t after = dyadic_port_counter();
    stack = dyadic_port_stack_used();
    if (samples == 0u) {
      dyadic_port_put("instructions ");
      dyadic_port_put_number((int64_t)dyadic_port_instructions(before, after));
      dyadic_port_put("\n");
    }
    GET(0)
#if NET_OUTPUTS > 1
    GET(1)
#endif
#if NET_OUTPUTS > 2
    GET(2)
#endif
#if NET_OUTPUTS > 3
    GET(3)
#endif
  }
  flush();
  dyadic_port_close(taps);
  dyadic_port_close(outputs);
  dyadic_port_put("samples ");
  dyadic_port_put_number(samples);
  dyadic_port_put(" stack ");
  dyadic_port_put_number(stack);
  dyadic_port_put("\n");
  return 0;
}
