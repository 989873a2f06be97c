// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gathers the inputs of one output pixel into a column [h.kernel][w.kernel][in_c / groups].
#ifndef DYADIC_IM2COL_H
#define DYADIC_IM2COL_H

#include "dyadic_column.h"
#include "dyadic_conv2d.h"

DYADIC_BEGIN

// pixel counts output pixels over batch, rows and columns; kind: DYADIC_COLUMN_*. Positions on the padding
// become 0.
void dyadic_im2col(const dyadic_conv2d *layer, const void *in, uint32_t pixel, uint32_t group, int kind,
                   void *column);

DYADIC_END

#endif
