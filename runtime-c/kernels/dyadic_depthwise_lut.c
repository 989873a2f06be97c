// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Depthwise convolution with products from a table; positions on the padding are skipped.
#include "dyadic_depthwise_lut.h"
#include "dyadic_pack.h"

size_t dyadic_depthwise_lut_scratch_bytes(const dyadic_conv2d *layer) {
  const size_t d = dyadic_depthwise_block(layer);
  const size_t taps = (size_t)layer->h.kernel * layer->w.kernel;
  const size_t bytes = d * (layer->acc_bits == 32u ? 4u : 8u) + d * 2u + taps * d * 2u;
  return (bytes + 7u) & ~(size_t)7u;
}

// Where the parts of the scratch area begin; acc holds int32_t or int64_t as acc_bits says.
typedef struct work {
  void *acc;
  uint16_t *x;
  uint16_t *filters; // [taps][count]
} work;

static void pixel(const dyadic_conv2d *layer, const dyadic_lut *lut, const void *in, uint32_t index,
                  uint32_t first, uint32_t count, const work *work, void *out) {
  const uint32_t ow = index % layer->w.out;
  const uint32_t oh = (index / layer->w.out) % layer->h.out;
  const uint32_t n = index / (layer->w.out * layer->h.out);
  const int is32 = layer->acc_bits == 32u;
  int32_t *acc32 = (int32_t *)work->acc;
  int64_t *acc64 = (int64_t *)work->acc;
  for (uint32_t c = 0u; c < count; ++c) {
    if (is32) {
      acc32[c] = 0;
    } else {
      acc64[c] = 0;
    }
  }
  const dyadic_span kh = dyadic_axis_span(&layer->h, oh);
  const dyadic_span kw = dyadic_axis_span(&layer->w, ow);
  for (uint32_t i = kh.first; i < kh.end; ++i) {
    const uint32_t line = (n * layer->h.in + dyadic_axis_input(&layer->h, oh, i)) * layer->w.in;
    for (uint32_t j = kw.first; j < kw.end; ++j) {
      const uint32_t from = (line + dyadic_axis_input(&layer->w, ow, j)) * layer->in_c + first;
      const uint16_t *w = work->filters + (size_t)(i * layer->w.kernel + j) * count;
      dyadic_unpack_bits(in, layer->in.type, from, count, work->x);
      if (is32) {
        dyadic_lut_add32(lut, w, work->x, count, acc32);
      } else {
        dyadic_lut_add64(lut, w, work->x, count, acc64);
      }
    }
  }
  const uint32_t at = index * layer->out_c + first;
  if (is32) {
    dyadic_emit32(&layer->out, first, 1u, acc32, count, out, at, 1u);
    return;
  }
  for (uint32_t c = 0u; c < count; ++c) {
    dyadic_emit64(&layer->out, first + c, acc64[c], out, at + c);
  }
}

void dyadic_depthwise_lut_part(const dyadic_conv2d *layer, const dyadic_part *part, const dyadic_lut *lut,
                               const void *in, const void *weights, void *out, void *scratch) {
  const uint32_t d = dyadic_depthwise_block(layer);
  const uint32_t taps = layer->h.kernel * layer->w.kernel;
  uint16_t *x =
      layer->acc_bits == 32u ? (uint16_t *)((int32_t *)scratch + d) : (uint16_t *)((int64_t *)scratch + d);
  const work parts = {scratch, x, x + d};
  for (uint32_t first = part->c_first; first < part->c_end; first += d) {
    const uint32_t left = part->c_end - first;
    const uint32_t count = left < d ? left : d;
    for (uint32_t t = 0u; t < taps; ++t) {
      dyadic_unpack_bits(weights, layer->weight.type, t * layer->out_c + first, count,
                         parts.filters + (size_t)t * count);
    }
    for (uint32_t p = part->first; p < part->end; ++p) {
      pixel(layer, lut, in, p, first, count, &parts, out);
    }
  }
}

void dyadic_depthwise_lut_run(const dyadic_conv2d *layer, const dyadic_lut *lut, const void *in,
                              const void *weights, void *out, void *scratch) {
  const dyadic_part all = {0u, layer->batch * layer->h.out * layer->w.out, 0u, layer->out_c};
  dyadic_depthwise_lut_part(layer, &all, lut, in, weights, out, scratch);
}
