// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Depthwise convolution with one filter per channel, computed in place of im2col.
#ifndef DYADIC_DEPTHWISE_H
#define DYADIC_DEPTHWISE_H

#include "dyadic_conv2d.h"

DYADIC_BEGIN

// Channels that are worked on together.
static inline uint32_t dyadic_depthwise_block(const dyadic_conv2d *layer) {
  return layer->block < layer->out_c ? layer->block : layer->out_c;
}

// Weights [h.kernel][w.kernel][out_c]; in_c == out_c.
// Scratch, in bytes, with D = min(block, out_c) and T = h.kernel * w.kernel, rounded up to 8:
//   narrow (as for conv2d): D * 4 (sums) + D * 2 (inputs) + T * D * 2 (weights)
//   wide:                   D * 8        + D * 8          + T * D * 4
void dyadic_depthwise_run(const dyadic_conv2d *layer, const void *in, const void *weights, void *out,
                          void *scratch);
void dyadic_depthwise_part(const dyadic_conv2d *layer, const dyadic_part *part, const void *in,
                           const void *weights, void *out, void *scratch);
size_t dyadic_depthwise_scratch_bytes(const dyadic_conv2d *layer);

DYADIC_END

#endif
