// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix product of activations [rows][k] with weights [out_c][k].
#ifndef DYADIC_MATMUL_H
#define DYADIC_MATMUL_H

#include "dyadic_epilogue.h"
#include "dyadic_part.h"

DYADIC_BEGIN

// Output [rows][out_c]; values of both operands fit int32_t.
typedef struct dyadic_matmul {
  uint32_t rows;
  uint32_t k;
  uint32_t out_c;
  uint32_t block;   // rows of activations unpacked at a time, >= 1 (at most 4 help)
  uint8_t acc_bits; // 32: proven that no sum of products, in any order, leaves int32_t; else 64
  dyadic_operand in;
  dyadic_operand weight;
  dyadic_epilogue out;
} dyadic_matmul;

// Scratch as for conv2d, with K = k.
void dyadic_matmul_run(const dyadic_matmul *layer, const void *in, const void *weights, void *out,
                       void *scratch);
void dyadic_matmul_part(const dyadic_matmul *layer, const dyadic_part *part, const void *in,
                        const void *weights, void *out, void *scratch);
void dyadic_matmul_segment(const dyadic_matmul *layer, const dyadic_part *part, const dyadic_sums *sums,
                           const void *in, const void *weights, void *out, void *scratch);
size_t dyadic_matmul_scratch_bytes(const dyadic_matmul *layer);

DYADIC_END

#endif
