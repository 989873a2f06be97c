// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Maximum or minimum over a window; padding does not take part.
#ifndef DYADIC_POOL_MAX_H
#define DYADIC_POOL_MAX_H

#include "dyadic_part.h"
#include "dyadic_window.h"

DYADIC_BEGIN

// Input [batch][h.in][w.in][channels], output [batch][h.out][w.out][channels], the same type. Every window
// covers at least one input.
typedef struct dyadic_pool_max {
  uint32_t batch;
  uint32_t channels;
  dyadic_axis h;
  dyadic_axis w;
  uint32_t block;  // channels worked on together, >= 1 (32 is a good choice)
  uint8_t minimum; // 1: the smallest code instead of the largest
  dyadic_type type;
} dyadic_pool_max;

// Scratch, in bytes, with D = min(block, channels): D * 8; 0 for ui32 and types above 32 bits.
void dyadic_pool_max_run(const dyadic_pool_max *layer, const void *in, void *out, void *scratch);
void dyadic_pool_max_part(const dyadic_pool_max *layer, const dyadic_part *part, const void *in, void *out,
                          void *scratch);
size_t dyadic_pool_max_scratch_bytes(const dyadic_pool_max *layer);

DYADIC_END

#endif
