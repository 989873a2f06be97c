// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Copies a box line by line.
#include "dyadic_box.h"

static void copyLine(uint8_t *restrict to, const uint8_t *restrict from, uint32_t bytes) {
#ifdef __GNUC__
  __builtin_memcpy(to, from, bytes);
#else
  for (uint32_t i = 0u; i < bytes; ++i) {
    to[i] = from[i];
  }
#endif
}

void dyadic_box_copy(const dyadic_box *box, void *dst, const void *src) {
  for (uint32_t p = 0u; p < box->planes; ++p) {
    uint8_t *to = (uint8_t *)dst + (size_t)p * box->dst_plane;
    const uint8_t *from = (const uint8_t *)src + (size_t)p * box->src_plane;
    for (uint32_t l = 0u; l < box->lines; ++l) {
      copyLine(to + (size_t)l * box->dst_line, from + (size_t)l * box->src_line, box->bytes);
    }
  }
}
