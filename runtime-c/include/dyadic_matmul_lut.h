// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix product with products from a table; bit-equal to dyadic_matmul_run.
#ifndef DYADIC_MATMUL_LUT_H
#define DYADIC_MATMUL_LUT_H

#include "dyadic_lut.h"
#include "dyadic_matmul.h"

DYADIC_BEGIN

// Scratch, in bytes, rounded up to 8: (block + 1) * k * 2. Operand zeros are not used.
void dyadic_matmul_lut_run(const dyadic_matmul *layer, const dyadic_lut *lut, const void *in,
                           const void *weights, void *out, void *scratch);
void dyadic_matmul_lut_part(const dyadic_matmul *layer, const dyadic_part *part, const dyadic_lut *lut,
                            const void *in, const void *weights, void *out, void *scratch);
size_t dyadic_matmul_lut_scratch_bytes(const dyadic_matmul *layer);

DYADIC_END

#endif
