// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sum over a window, the integer part of every average; the step divides.
#ifndef DYADIC_POOL_SUM_H
#define DYADIC_POOL_SUM_H

#include "dyadic_epilogue.h"
#include "dyadic_part.h"
#include "dyadic_window.h"

DYADIC_BEGIN

// Input [batch][h.in][w.in][channels], output [batch][h.out][w.out][channels]. Padding adds 0.
// An average that leaves padding out divides by fewer inputs near a border. The rows of the output then fall
// into classes of equal count, so do its columns, and each pair of classes has channels of its own in the
// step:
//   class = row_class[oh] * column_classes + column_class[ow]
//   step channel = class * channels_per_class + (channels_per_class == 1 ? 0 : c)
// Where the count is the same everywhere both maps are null and channels_per_class is the step's number of
// channels.
typedef struct dyadic_pool_sum {
  uint32_t batch;
  uint32_t channels;
  dyadic_axis h;
  dyadic_axis w;
  uint32_t block;              // channels worked on together, >= 1 (32 is a good choice)
  uint8_t acc_bits;            // 32: proven that no sum leaves int32_t; else 64
  const uint8_t *row_class;    // [h.out], or null
  const uint8_t *column_class; // [w.out], or null
  uint32_t column_classes;     // at least 1
  uint32_t channels_per_class; // 1 or channels
  dyadic_operand in;           // values fit int32_t, or int64_t with acc_bits 64
  dyadic_epilogue out;
} dyadic_pool_sum;

// Scratch, in bytes, with D = min(block, channels): D * 8 with acc_bits 32, D * 16 with 64.
void dyadic_pool_sum_run(const dyadic_pool_sum *layer, const void *in, void *out, void *scratch);
void dyadic_pool_sum_part(const dyadic_pool_sum *layer, const dyadic_part *part, const void *in, void *out,
                          void *scratch);
size_t dyadic_pool_sum_scratch_bytes(const dyadic_pool_sum *layer);

DYADIC_END

#endif
