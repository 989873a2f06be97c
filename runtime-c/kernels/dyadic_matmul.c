// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix product: a block of rows of activations is unpacked, then multiplied with every row of weights.
#include "dyadic_matmul.h"
#include "dyadic_product.h"

static dyadic_product productOf(const dyadic_matmul *layer, uint32_t rows, const dyadic_sums *sums) {
  const dyadic_product product = {layer->k,    rows, layer->acc_bits, layer->in, layer->weight,
                                  &layer->out, sums};
  return product;
}

size_t dyadic_matmul_scratch_bytes(const dyadic_matmul *layer) {
  const dyadic_product product = productOf(layer, layer->out_c, NULL);
  return dyadic_product_scratch_bytes(&product, layer->block);
}

void dyadic_matmul_segment(const dyadic_matmul *layer, const dyadic_part *part, const dyadic_sums *sums,
                           const void *in, const void *weights, void *out, void *scratch) {
  const dyadic_product product = productOf(layer, part->c_end - part->c_first, sums);
  const int kind = dyadic_product_columns(layer->acc_bits, layer->in, layer->weight);
  for (uint32_t first = part->first; first < part->end; first += layer->block) {
    const uint32_t left = part->end - first;
    const uint32_t columns = left < layer->block ? left : layer->block;
    dyadic_column_fill(kind, in, layer->in, first * layer->k, columns * layer->k, scratch);
    dyadic_product_run(&product, columns, layer->block, weights, part->c_first, out,
                       first * layer->out_c + part->c_first, layer->out_c, scratch);
  }
}

void dyadic_matmul_part(const dyadic_matmul *layer, const dyadic_part *part, const void *in,
                        const void *weights, void *out, void *scratch) {
  dyadic_matmul_segment(layer, part, NULL, in, weights, out, scratch);
}

void dyadic_matmul_run(const dyadic_matmul *layer, const void *in, const void *weights, void *out,
                       void *scratch) {
  const dyadic_part all = {0u, layer->rows, 0u, layer->out_c};
  dyadic_matmul_part(layer, &all, in, weights, out, scratch);
}
