// Runs two networks on zeros.
#include "first.h"
#include "second.h"

#include <stdio.h>

static uint64_t first_arena[(FIRST_ARENA_BYTES + 7u) / 8u];
static uint64_t second_arena[(SECOND_ARENA_BYTES + 7u) / 8u];

int main(void) {
  first_ctx a;
  second_ctx b;
  first_input_0_t x[FIRST_INPUT_0_ELEMS] = {0};
  first_output_0_t y[FIRST_OUTPUT_0_ELEMS];
  second_output_0_t z[SECOND_OUTPUT_0_ELEMS];
  if (first_init(&a, first_arena, sizeof first_arena) != FIRST_OK ||
      second_init(&b, second_arena, sizeof second_arena) != SECOND_OK ||
      first_set_input_0(&a, x) != FIRST_OK || second_set_input_0(&b, x) != SECOND_OK ||
      first_run(&a) != FIRST_OK || second_run(&b) != SECOND_OK || first_get_output_0(&a, y) != FIRST_OK ||
      second_get_output_0(&b, z) != SECOND_OK) {
    return 1;
  }
  printf("%ld %ld\n", (long)y[0], (long)z[0]);
  return 0;
}
