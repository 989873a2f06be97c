// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Two-dimensional convolution over HWC by im2col and a matrix product; any groups.
#ifndef DYADIC_CONV2D_H
#define DYADIC_CONV2D_H

#include "dyadic_epilogue.h"
#include "dyadic_part.h"
#include "dyadic_window.h"

DYADIC_BEGIN

// Shared by all convolutions. The input lies as [batch][h.in][w.in][in_c], the output as
// [batch][h.out][w.out][out_c]. Values of both operands fit int32_t.
typedef struct dyadic_conv2d {
  uint32_t batch;
  uint32_t in_c;
  uint32_t out_c;
  uint32_t groups; // divides in_c and out_c; the depthwise kernels ignore it
  dyadic_axis h;
  dyadic_axis w;
  // conv2d and conv2d_lut: output pixels gathered at a time, >= 1 (4 suits the inner loop); depthwise:
  // channels at a time, >= 1 (32 is a good choice). More is faster and takes more scratch.
  uint32_t block;
  uint8_t acc_bits; // 32: proven that no sum of products, in any order, leaves int32_t; else 64
  dyadic_operand in;
  dyadic_operand weight;
  dyadic_epilogue out;
} dyadic_conv2d;

// Values per gathered column: K = h.kernel * w.kernel * in_c / groups.
static inline uint32_t dyadic_conv2d_k(const dyadic_conv2d *layer) {
  return layer->h.kernel * layer->w.kernel * (layer->in_c / layer->groups);
}

// Weights [out_c][h.kernel][w.kernel][in_c / groups].
// Scratch, in bytes, rounded up to 8 (K from above):
//   narrow (values of both operands fit int16_t, acc_bits == 32): block * K * 2, plus K * 2 unless weights
//                                                                 are si8 with zero 0
//   wide (all others whose inputs' values fit int32_t):           block * K * 4 + K * 4
//   widest (all others):                                          block * K * 8
void dyadic_conv2d_run(const dyadic_conv2d *layer, const void *in, const void *weights, void *out,
                       void *scratch);
void dyadic_conv2d_part(const dyadic_conv2d *layer, const dyadic_part *part, const void *in,
                        const void *weights, void *out, void *scratch);
// groups == 1.
void dyadic_conv2d_segment(const dyadic_conv2d *layer, const dyadic_part *part, const dyadic_sums *sums,
                           const void *in, const void *weights, void *out, void *scratch);
size_t dyadic_conv2d_scratch_bytes(const dyadic_conv2d *layer);

DYADIC_END

#endif
