// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolution with products from a table: stored bits are gathered, positions on the padding are skipped.
#include "dyadic_conv2d_lut.h"
#include "dyadic_im2col.h"
#include "dyadic_pack.h"

size_t dyadic_conv2d_lut_scratch_bytes(const dyadic_conv2d *layer) {
  return (((size_t)layer->block + 1u) * dyadic_conv2d_k(layer) * 2u + 7u) & ~(size_t)7u;
}

// Sums the products of one filter and one column over the kernel positions that lie on the input.
static void pixel(const dyadic_conv2d *layer, const dyadic_lut *lut, uint32_t index, const uint16_t *filter,
                  const uint16_t *column, uint32_t channel, void *out) {
  const uint32_t depth = layer->in_c / layer->groups;
  const uint32_t width = layer->w.kernel * depth;
  const dyadic_span kh = dyadic_axis_span(&layer->h, (index / layer->w.out) % layer->h.out);
  const dyadic_span kw = dyadic_axis_span(&layer->w, index % layer->w.out);
  uint32_t start = kh.first * width + kw.first * depth;
  uint32_t run = (kw.end - kw.first) * depth;
  uint32_t runs = kh.end - kh.first;
  if (run == width) { // whole kernel rows follow each other
    run *= runs;
    runs = 1u;
  }
  const uint32_t at = index * layer->out_c + channel;
  if (layer->acc_bits == 32u) {
    int32_t sum = 0;
    for (uint32_t r = 0u; r < runs; ++r, start += width) {
      sum += dyadic_lut_dot32(lut, filter + start, column + start, run);
    }
    dyadic_emit32(&layer->out, channel, 0u, &sum, 1u, out, at, 1u);
  } else {
    int64_t sum = 0;
    for (uint32_t r = 0u; r < runs; ++r, start += width) {
      sum += dyadic_lut_dot64(lut, filter + start, column + start, run);
    }
    dyadic_emit64(&layer->out, channel, sum, out, at);
  }
}

void dyadic_conv2d_lut_part(const dyadic_conv2d *layer, const dyadic_part *part, const dyadic_lut *lut,
                            const void *in, const void *weights, void *out, void *scratch) {
  const uint32_t k = dyadic_conv2d_k(layer);
  const uint32_t filters = layer->out_c / layer->groups;
  uint16_t *columns = (uint16_t *)scratch;
  uint16_t *filter = columns + (size_t)layer->block * k;
  for (uint32_t first = part->first; first < part->end; first += layer->block) {
    const uint32_t left = part->end - first;
    const uint32_t count = left < layer->block ? left : layer->block;
    uint32_t gathered = layer->groups; // the group whose inputs lie in columns; none yet
    for (uint32_t r = part->c_first; r < part->c_end; ++r) {
      if (r / filters != gathered) {
        gathered = r / filters;
        for (uint32_t p = 0u; p < count; ++p) {
          dyadic_im2col(layer, in, first + p, gathered, DYADIC_COLUMN_BITS, columns + (size_t)p * k);
        }
      }
      dyadic_unpack_bits(weights, layer->weight.type, r * k, k, filter);
      for (uint32_t p = 0u; p < count; ++p) {
        pixel(layer, lut, first + p, filter, columns + (size_t)p * k, r, out);
      }
    }
  }
}

void dyadic_conv2d_lut_run(const dyadic_conv2d *layer, const dyadic_lut *lut, const void *in,
                           const void *weights, void *out, void *scratch) {
  const dyadic_part all = {0u, layer->batch * layer->h.out * layer->w.out, 0u, layer->out_c};
  dyadic_conv2d_lut_part(layer, &all, lut, in, weights, out, scratch);
}
