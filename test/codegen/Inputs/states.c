// Uses the API of the small network wrongly, and rightly in unusual ways.
#include "net.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int failures;
#define EXPECT(what)                                                                                         \
  if (!(what)) {                                                                                             \
    printf("line %d: not so: %s\n", __LINE__, #what);                                                        \
    ++failures;                                                                                              \
  }

static uint64_t arena[(NET_ARENA_BYTES + 7u) / 8u + 1u];
static net_ctx ctx;
static net_input_0_t x[NET_INPUT_0_ELEMS];
static net_output_0_t y[NET_OUTPUT_0_ELEMS], again[NET_OUTPUT_0_ELEMS];
static float reals[NET_INPUT_0_ELEMS], out[NET_OUTPUT_0_ELEMS];

int main(void) {
  EXPECT(net_run(&ctx) == NET_ERR_STATE);
  EXPECT(net_init(NULL, arena, sizeof arena) == NET_ERR_ARG);
  EXPECT(net_init(&ctx, NULL, sizeof arena) == NET_ERR_ARG);
  EXPECT(net_init(&ctx, arena, NET_ARENA_BYTES - 1u) == NET_ERR_ARENA);
  EXPECT(net_init(&ctx, (uint8_t *)arena + 4, NET_ARENA_BYTES) == NET_ERR_ALIGN);
  EXPECT(net_set_input_0(&ctx, x) == NET_ERR_STATE);
  EXPECT(net_input_slot_0(&ctx) == NULL);
  EXPECT(net_init(&ctx, arena, NET_ARENA_BYTES) == NET_OK);
  EXPECT(net_run(&ctx) == NET_ERR_STATE);
  EXPECT(net_get_output_0(&ctx, y) == NET_ERR_STATE);
  EXPECT(net_set_input_0(&ctx, NULL) == NET_ERR_ARG);
  for (uint32_t i = 0u; i < NET_INPUT_0_ELEMS; ++i) {
    x[i] = (net_input_0_t)(i % 16u);
  }
  x[5] = 16u;
  EXPECT(net_set_input_0(&ctx, x) == NET_ERR_RANGE);
  EXPECT(net_run(&ctx) == NET_ERR_STATE);
  x[5] = 5u;
  EXPECT(net_set_input_0(&ctx, x) == NET_OK);
  EXPECT(net_run(&ctx) == NET_OK);
  EXPECT(net_get_output_0(&ctx, y) == NET_OK);
  EXPECT(net_get_output_0(&ctx, NULL) == NET_ERR_ARG);

  // The slot is the same memory, packed: 4 bits, channels last.
  uint8_t *slot = (uint8_t *)net_input_slot_0(&ctx);
  EXPECT(net_get_output_0(&ctx, again) == NET_ERR_STATE);
  for (uint32_t p = 0u; p < 16u; ++p) {
    slot[p] = (uint8_t)(x[p] | (x[16u + p] << 4));
  }
  EXPECT(net_run(&ctx) == NET_OK);
  EXPECT(net_get_output_0(&ctx, again) == NET_OK);
  EXPECT(memcmp(y, again, sizeof y) == 0);
  EXPECT(memcmp(net_output_slot_0(&ctx), y, sizeof y) == 0);

  // Reals: x = code / 8, ties to even; y = acc / 64 + offset.
  for (uint32_t i = 0u; i < NET_INPUT_0_ELEMS; ++i) {
    reals[i] = (float)x[i] / 8.0f;
  }
  reals[0] = -1e30f;
  reals[1] = 0.1875f; // exactly between 1 and 2
  reals[2] = 3e38f;
  net_input_0_t codes[NET_INPUT_0_ELEMS];
  EXPECT(net_quantise_input_0(reals, codes) == NET_OK);
  EXPECT(codes[0] == 0u && codes[1] == 2u && codes[2] == 15u && codes[3] == x[3] && codes[31] == x[31]);
  reals[7] = NAN;
  EXPECT(net_quantise_input_0(reals, codes) == NET_ERR_RANGE);
  reals[7] = INFINITY;
  EXPECT(net_quantise_input_0(reals, codes) == NET_ERR_RANGE);
  net_output_0_t acc[NET_OUTPUT_0_ELEMS] = {1, -64, 2147483647};
  EXPECT(net_dequantise_output_0(acc, out) == NET_OK);
  EXPECT(out[0] == 0.015625f && out[1] == -0.5f && out[2] == 33554430.0f);
  uint32_t best = 9u;
  acc[2] = 65;
  acc[1] = -31; // 1/64 - 0 against -31/64 + 1/2 against 65/64 - 1: all equal, the first one wins
  EXPECT(net_argmax_output_0(acc, &best) == NET_OK && best == 0u);
  acc[1] = -30;
  EXPECT(net_argmax_output_0(acc, &best) == NET_OK && best == 1u);
  EXPECT(strcmp(net_strerror(NET_OK), "ok") == 0 && net_strerror((net_status)99) != NULL);
  if (failures == 0) {
    printf("every status as documented\n");
  }
  return failures;
}
