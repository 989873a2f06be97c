// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products read from a table instead of computed.
#ifndef DYADIC_LUT_H
#define DYADIC_LUT_H

#include "dyadic_base.h"

DYADIC_BEGIN

// entries[(weight bits << in_bits) | input bits] is the product of the two values, zero points included; the
// bits are the stored ones, so that a signed or bipolar code needs no decoding.
typedef struct dyadic_lut {
  const void *entries; // int8_t, int16_t or int32_t
  uint8_t entry_bits;  // 8, 16 or 32
  uint8_t in_bits;     // width of the input's type; with the weight's width at most 16
} dyadic_lut;

// The sum of n products.
int32_t dyadic_lut_dot32(const dyadic_lut *lut, const uint16_t *weights, const uint16_t *in, uint32_t n);
int64_t dyadic_lut_dot64(const dyadic_lut *lut, const uint16_t *weights, const uint16_t *in, uint32_t n);

// acc[i] += product of weights[i] and in[i], i < n.
void dyadic_lut_add32(const dyadic_lut *lut, const uint16_t *weights, const uint16_t *in, uint32_t n,
                      int32_t *acc);
void dyadic_lut_add64(const dyadic_lut *lut, const uint16_t *weights, const uint16_t *in, uint32_t n,
                      int64_t *acc);

DYADIC_END

#endif
