// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolution: a block of pixels is gathered, then multiplied with every filter.
#include "dyadic_conv2d.h"
#include "dyadic_im2col.h"
#include "dyadic_pack.h"
#include "dyadic_product.h"

static dyadic_product productOf(const dyadic_conv2d *layer) {
  const dyadic_product product = {dyadic_conv2d_k(layer), layer->out_c / layer->groups,
                                  layer->acc_bits,        layer->in,
                                  layer->weight,          &layer->out};
  return product;
}

size_t dyadic_conv2d_scratch_bytes(const dyadic_conv2d *layer) {
  const dyadic_product product = productOf(layer);
  return dyadic_product_scratch_bytes(&product, layer->block);
}

// Each column is one input pixel: nothing to gather, the pixels of a block follow each other in memory.
static int isPointwise(const dyadic_conv2d *layer) {
  return layer->groups == 1u && layer->h.kernel == 1u && layer->w.kernel == 1u && layer->h.stride == 1u &&
         layer->w.stride == 1u && layer->h.pad == 0u && layer->w.pad == 0u && layer->h.in == layer->h.out &&
         layer->w.in == layer->w.out;
}

void dyadic_conv2d_run(const dyadic_conv2d *layer, const void *in, const void *weights, void *out,
                       void *scratch) {
  const dyadic_product product = productOf(layer);
  const int narrow = dyadic_product_is_narrow(layer->acc_bits, layer->in, layer->weight);
  const int pointwise = isPointwise(layer);
  const uint32_t k = product.k;
  const uint32_t pixels = layer->batch * layer->h.out * layer->w.out;
  for (uint32_t first = 0u; first < pixels; first += layer->block) {
    const uint32_t left = pixels - first;
    const uint32_t columns = left < layer->block ? left : layer->block;
    for (uint32_t g = 0u; g < layer->groups; ++g) {
      if (pointwise && narrow) {
        dyadic_unpack_i16(in, layer->in, first * k, columns * k, (int16_t *)scratch);
      } else if (pointwise) {
        dyadic_unpack_i32(in, layer->in, first * k, columns * k, (int32_t *)scratch);
      } else {
        for (uint32_t p = 0u; p < columns; ++p) {
          void *column = narrow ? (void *)((int16_t *)scratch + (size_t)p * k)
                                : (void *)((int32_t *)scratch + (size_t)p * k);
          dyadic_im2col(layer, in, first + p, g, narrow ? DYADIC_COLUMN_I16 : DYADIC_COLUMN_I32, column);
        }
      }
      dyadic_product_run(&product, columns, layer->block, weights, g * product.rows, out,
                         first * layer->out_c + g * product.rows, layer->out_c, scratch);
    }
  }
}
