// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolution by im2col with products from a table; bit-equal to dyadic_conv2d_run.
#ifndef DYADIC_CONV2D_LUT_H
#define DYADIC_CONV2D_LUT_H

#include "dyadic_conv2d.h"
#include "dyadic_lut.h"

DYADIC_BEGIN

// Scratch, in bytes, with K as for conv2d, rounded up to 8: (block + 1) * K * 2. Operand zeros are not used.
void dyadic_conv2d_lut_run(const dyadic_conv2d *layer, const dyadic_lut *lut, const void *in,
                           const void *weights, void *out, void *scratch);
void dyadic_conv2d_lut_part(const dyadic_conv2d *layer, const dyadic_part *part, const dyadic_lut *lut,
                            const void *in, const void *weights, void *out, void *scratch);
size_t dyadic_conv2d_lut_scratch_bytes(const dyadic_conv2d *layer);

DYADIC_END

#endif
