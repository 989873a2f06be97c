// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix product with products from a table.
#include "dyadic_matmul_lut.h"
#include "dyadic_pack.h"

size_t dyadic_matmul_lut_scratch_bytes(const dyadic_matmul *layer) {
  return (((size_t)layer->block + 1u) * layer->k * 2u + 7u) & ~(size_t)7u;
}

void dyadic_matmul_lut_part(const dyadic_matmul *layer, const dyadic_part *part, const dyadic_lut *lut,
                            const void *in, const void *weights, void *out, void *scratch) {
  const uint32_t k = layer->k;
  uint16_t *columns = (uint16_t *)scratch;
  uint16_t *row = columns + (size_t)layer->block * k;
  for (uint32_t first = part->first; first < part->end; first += layer->block) {
    const uint32_t left = part->end - first;
    const uint32_t count = left < layer->block ? left : layer->block;
    dyadic_unpack_bits(in, layer->in.type, first * k, count * k, columns);
    for (uint32_t r = part->c_first; r < part->c_end; ++r) {
      dyadic_unpack_bits(weights, layer->weight.type, r * k, k, row);
      for (uint32_t p = 0u; p < count; ++p) {
        const uint16_t *column = columns + (size_t)p * k;
        const uint32_t at = (first + p) * layer->out_c + r;
        if (layer->acc_bits == 32u) {
          int32_t sum = dyadic_lut_dot32(lut, row, column, k);
          dyadic_emit32(&layer->out, r, 0u, &sum, 1u, out, at, 1u);
        } else {
          dyadic_emit64(&layer->out, r, dyadic_lut_dot64(lut, row, column, k), out, at);
        }
      }
    }
  }
}

void dyadic_matmul_lut_run(const dyadic_matmul *layer, const dyadic_lut *lut, const void *in,
                           const void *weights, void *out, void *scratch) {
  const dyadic_part all = {0u, layer->rows, 0u, layer->out_c};
  dyadic_matmul_lut_part(layer, &all, lut, in, weights, out, scratch);
}
