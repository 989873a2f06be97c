// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs one network twice, layer by layer whole and tile by tile, on the same codes; every tensor must be the
// same.
#include "net.h"
#include "whole.h"
#ifdef SCHEDULE
#include "dyadic_host.h"
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 8192 };
static int32_t seen[2][MOST];
static uint32_t count[2];
static uint64_t whole_memory[WHOLE_ARENA_BYTES / 8u + 1u];
static uint64_t l2[NET_L2_BYTES / 8u + 1u], l1[NET_L1_BYTES / 8u + 1u], both[NET_ARENA_BYTES / 8u + 1u];
#ifdef NET_L3_BYTES
static uint64_t l3[NET_L3_BYTES / 8u + 1u];
#define INIT_APART(l1_bytes) net_init_levels(&tiled, l2, sizeof l2, l1, l1_bytes, l3, sizeof l3)
#else
#define INIT_APART(l1_bytes) net_init_l1(&tiled, l2, sizeof l2, l1, l1_bytes)
#endif
static whole_ctx whole;
static net_ctx tiled;

#if NET_TAP
static void keep(int which, int32_t code) {
  if (count[which] < MOST) {
    seen[which][count[which]++] = code;
  }
}
void whole_tap(const char *node, uint32_t index, int32_t code) {
  (void)node, (void)index;
  keep(0, code);
}
void net_tap(const char *node, uint32_t index, int32_t code) {
  (void)node, (void)index;
  keep(1, code);
}
#endif

static int wrong(const char *what, int code) {
  printf("%s: %d %s\n", what, code, net_strerror((net_status)code));
  return 1;
}

int main(int argc, char **argv) {
  uint32_t state = 12345u;
#ifdef SCHEDULE
  dyadic_host_schedule((uint32_t)atoi(argv[1]), (dyadic_host_mode)atoi(argv[2]));
#else
  (void)argv;
#endif
  (void)argc;
  if (net_init(&tiled, both, NET_ARENA_BYTES - 1u) != NET_ERR_ARENA ||
      INIT_APART(NET_L1_BYTES - 1u) != NET_ERR_ARENA ||
      net_init_l1(&tiled, l2, sizeof l2, NULL, sizeof l1) != NET_ERR_ARG ||
      net_run(&tiled) != NET_ERR_STATE) {
    return wrong("init takes what it must not", 0);
  }
  if (whole_init(&whole, whole_memory, sizeof whole_memory) != WHOLE_OK) {
    return wrong("whole_init", 0);
  }
  for (int run = 0; run < 6; ++run) {
    static uint8_t codes[NET_INPUT_0_ELEMS];
    int32_t expected[WHOLE_OUTPUT_0_ELEMS], found[NET_OUTPUT_0_ELEMS];
    for (uint32_t i = 0u; i < NET_INPUT_0_ELEMS; ++i) {
      state = state * 1664525u + 1013904223u;
      codes[i] = (uint8_t)(state >> 24);
    }
    if (run == 0 || run == 3) { // nothing may live on what happened to lie there
      (void)memset(both, 0xA5, sizeof both);
      (void)memset(l2, 0xA5, sizeof l2);
      (void)memset(l1, 0xA5, sizeof l1);
#ifdef NET_L3_BYTES
      (void)memset(l3, 0xA5, sizeof l3);
#endif
    }
    // From here on one network in one arena, from there on in a memory for each level.
    net_status status = run == 0   ? net_init(&tiled, both, sizeof both)
                        : run == 3 ? INIT_APART(sizeof l1)
                                   : NET_OK;
    if (status != NET_OK) {
      return wrong("net_init", (int)status);
    }
    count[0] = count[1] = 0u;
    if (whole_set_input_0(&whole, codes) != WHOLE_OK || whole_run(&whole) != WHOLE_OK ||
        whole_get_output_0(&whole, expected) != WHOLE_OK) {
      return wrong("whole", 0);
    }
    if (net_set_input_0(&tiled, codes) != NET_OK) {
      return wrong("net_set_input_0", 0);
    }
    status = net_run(&tiled);
    if (status != NET_OK) {
#if NET_DEBUG
      if (tiled.fault != NULL) {
        printf("layer %d, place %u: %s\n", tiled.fault_layer, (unsigned)tiled.fault_place, tiled.fault);
      }
#endif
      return wrong("net_run", (int)status);
    }
    if (net_get_output_0(&tiled, found) != NET_OK) {
      return wrong("net_get_output_0", 0);
    }
    if (count[0] != count[1]) {
      return wrong("taps differ in number", (int)count[1]);
    }
    for (uint32_t i = 0u; i < count[0]; ++i) {
      if (seen[0][i] != seen[1][i]) {
        return wrong("tap differs at", (int)i);
      }
    }
    for (uint32_t i = 0u; i < NET_OUTPUT_0_ELEMS; ++i) {
      if (expected[i] != found[i]) {
        return wrong("output differs at", (int)i);
      }
    }
  }
  printf("the same outputs, %u tapped codes\n", (unsigned)count[0]);
  return 0;
}
