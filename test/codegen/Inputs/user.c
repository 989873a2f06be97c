// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A network whose input and output lie in the caller's memory, beside the same with places of its own.
#include "net.h"
#include "whole.h"
#include <stdio.h>
#include <string.h>

static uint64_t whole_memory[WHOLE_ARENA_BYTES / 8u + 1u];
static uint8_t arena[NET_ARENA_BYTES + 2u * NET_ARENA_ALIGN];
static uint8_t in_memory[NET_INPUT_0_SLOT_BYTES + 2u * NET_INPUT_0_ALIGN];
static uint8_t out_memory[NET_OUTPUT_0_SLOT_BYTES + 2u * NET_OUTPUT_0_ALIGN];
static whole_ctx whole;
static net_ctx net;

static uint8_t *aligned(uint8_t *memory, uint32_t align) {
  return memory + (align - (uintptr_t)memory % align);
}

int main(void) {
  uint8_t *const in = aligned(in_memory, NET_INPUT_0_ALIGN), *const out =
                                                                 aligned(out_memory, NET_OUTPUT_0_ALIGN);
  uint8_t codes[NET_INPUT_0_ELEMS], kept[NET_INPUT_0_SLOT_BYTES];
  int32_t expected[WHOLE_OUTPUT_0_ELEMS], found[NET_OUTPUT_0_ELEMS];
  if (net_bind_input_0(&net, in) != NET_ERR_STATE ||
      net_init(&net, aligned(arena, NET_ARENA_ALIGN), NET_ARENA_BYTES) != NET_OK ||
      whole_init(&whole, whole_memory, sizeof whole_memory) != WHOLE_OK) {
    return 1;
  }
  if (net_bind_input_0(&net, NULL) != NET_ERR_ARG || net_bind_input_0(&net, in + 1) != NET_ERR_ALIGN ||
      net_input_slot_0(&net) != NULL || net_set_input_0(&net, codes) != NET_ERR_STATE ||
      net_run(&net) != NET_ERR_STATE) {
    return 2;
  }
  for (uint32_t run = 0u; run < 4u; ++run) {
    for (uint32_t i = 0u; i < NET_INPUT_0_ELEMS; ++i) {
      codes[i] = (uint8_t)(i * 37u + run * 101u);
    }
    if (whole_set_input_0(&whole, codes) != WHOLE_OK) {
      return 3;
    }
    (void)memcpy(in, whole_input_slot_0(&whole), NET_INPUT_0_SLOT_BYTES); // the layouts are the same
    (void)memcpy(kept, in, sizeof kept);
    if (whole_run(&whole) != WHOLE_OK || whole_get_output_0(&whole, expected) != WHOLE_OK) {
      return 4;
    }
    if (run == 0u) {
      if (net_bind_input_0(&net, in) != NET_OK || net_run(&net) != NET_ERR_STATE ||
          net_bind_output_0(&net, out) != NET_OK) {
        return 5;
      }
    } else if (run == 1u && net_set_input_0(&net, codes) != NET_OK) { // copies into the same memory
      return 6;
    }
    if (memcmp(kept, in, sizeof kept) != 0 || net_input_slot_0(&net) != (void *)in ||
        net_run(&net) != NET_OK || net_output_slot_0(&net) != (const void *)out ||
        net_get_output_0(&net, found) != NET_OK) {
      return 7;
    }
    if (memcmp(kept, in, sizeof kept) != 0) {
      return 8; // it is only read
    }
    if (memcmp(expected, found, sizeof found) != 0) {
      return 9;
    }
  }
  (void)puts("the same outputs");
  return 0;
}
