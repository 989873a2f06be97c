// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolution: a block of pixels is gathered, then multiplied with every filter.
#include "dyadic_conv2d.h"
#include "dyadic_im2col.h"
#include "dyadic_product.h"

// rows, the filters of a group that are computed, are set later.
static dyadic_product productOf(const dyadic_conv2d *layer, const dyadic_sums *sums) {
  const dyadic_product product = {
      dyadic_conv2d_k(layer), 0u, layer->acc_bits, layer->in, layer->weight, &layer->out, sums};
  return product;
}

size_t dyadic_conv2d_scratch_bytes(const dyadic_conv2d *layer) {
  const dyadic_product product = productOf(layer, NULL);
  return dyadic_product_scratch_bytes(&product, layer->block);
}

// Each column is one input pixel: nothing to gather, the pixels of a block follow each other in memory.
static int isPointwise(const dyadic_conv2d *layer) {
  return layer->groups == 1u && layer->h.kernel == 1u && layer->w.kernel == 1u && layer->h.stride == 1u &&
         layer->w.stride == 1u && layer->h.pad == 0u && layer->w.pad == 0u && layer->h.in == layer->h.out &&
         layer->w.in == layer->w.out;
}

// Gathers `columns` pixels from `first` on, as far as one group reads them.
static void gather(const dyadic_conv2d *layer, const void *in, uint32_t first, uint32_t columns,
                   uint32_t group, int kind, void *scratch) {
  const uint32_t k = dyadic_conv2d_k(layer);
  if (isPointwise(layer)) {
    dyadic_column_fill(kind, in, layer->in, first * k, columns * k, scratch);
    return;
  }
  const size_t bytes = (size_t)k * dyadic_column_bytes(kind);
  for (uint32_t p = 0u; p < columns; ++p) {
    dyadic_im2col(layer, in, first + p, group, kind, (uint8_t *)scratch + p * bytes);
  }
}

void dyadic_conv2d_segment(const dyadic_conv2d *layer, const dyadic_part *part, const dyadic_sums *sums,
                           const void *in, const void *weights, void *out, void *scratch) {
  dyadic_product product = productOf(layer, sums);
  const int kind = dyadic_product_columns(layer->acc_bits, layer->in, layer->weight);
  const uint32_t filters = layer->out_c / layer->groups;
  for (uint32_t first = part->first; first < part->end; first += layer->block) {
    const uint32_t left = part->end - first;
    const uint32_t columns = left < layer->block ? left : layer->block;
    for (uint32_t c = part->c_first; c < part->c_end; c += product.rows) { // group by group
      const uint32_t group = c / filters;
      const uint32_t end = (group + 1u) * filters;
      product.rows = (end < part->c_end ? end : part->c_end) - c;
      gather(layer, in, first, columns, group, kind, scratch);
      dyadic_product_run(&product, columns, layer->block, weights, c, out, first * layer->out_c + c,
                         layer->out_c, scratch);
    }
  }
}

void dyadic_conv2d_part(const dyadic_conv2d *layer, const dyadic_part *part, const void *in,
                        const void *weights, void *out, void *scratch) {
  dyadic_conv2d_segment(layer, part, NULL, in, weights, out, scratch);
}

void dyadic_conv2d_run(const dyadic_conv2d *layer, const void *in, const void *weights, void *out,
                       void *scratch) {
  const dyadic_part all = {0u, layer->batch * layer->h.out * layer->w.out, 0u, layer->out_c};
  dyadic_conv2d_part(layer, &all, in, weights, out, scratch);
}
