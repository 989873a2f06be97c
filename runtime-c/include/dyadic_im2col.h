// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gathers the inputs of one output pixel into a column [h.kernel][w.kernel][in_c / groups].
#ifndef DYADIC_IM2COL_H
#define DYADIC_IM2COL_H

#include "dyadic_conv2d.h"

DYADIC_BEGIN

enum {
  DYADIC_COLUMN_I16 = 0, // values (code - zero) as int16_t
  DYADIC_COLUMN_I32 = 1, // values as int32_t
  DYADIC_COLUMN_BITS = 2 // stored bits as uint16_t
};

// pixel counts output pixels over batch, rows and columns. Positions on the padding become 0.
void dyadic_im2col(const dyadic_conv2d *layer, const void *in, uint32_t pixel, uint32_t group, int kind,
                   void *column);

DYADIC_END

#endif
