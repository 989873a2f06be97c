// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Depthwise convolution with products from a table; bit-equal to dyadic_depthwise_run.
#ifndef DYADIC_DEPTHWISE_LUT_H
#define DYADIC_DEPTHWISE_LUT_H

#include "dyadic_depthwise.h"
#include "dyadic_lut.h"

DYADIC_BEGIN

// Scratch, in bytes, with D and T as for depthwise, rounded up to 8: D * acc_bits / 8 + D * 2 + T * D * 2.
void dyadic_depthwise_lut_run(const dyadic_conv2d *layer, const dyadic_lut *lut, const void *in,
                              const void *weights, void *out, void *scratch);
void dyadic_depthwise_lut_part(const dyadic_conv2d *layer, const dyadic_part *part, const dyadic_lut *lut,
                               const void *in, const void *weights, void *out, void *scratch);
size_t dyadic_depthwise_lut_scratch_bytes(const dyadic_conv2d *layer);

DYADIC_END

#endif
