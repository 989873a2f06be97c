// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Maximum or minimum of the codes under a window.
#include "dyadic_pool_max.h"
#include "dyadic_pack.h"

static uint32_t blockOf(const dyadic_pool_max *layer) {
  return layer->block < layer->channels ? layer->block : layer->channels;
}

static dyadic_operand operandOf(const dyadic_pool_max *layer) {
  const dyadic_operand operand = {layer->type, 0};
  return operand;
}

size_t dyadic_pool_max_scratch_bytes(const dyadic_pool_max *layer) {
  return dyadic_fits_int32(operandOf(layer)) ? (size_t)blockOf(layer) * 8u : 0u;
}

// One output pixel: the part of its window that lies on the input.
typedef struct window {
  uint32_t n;
  uint32_t oh;
  uint32_t ow;
  dyadic_span kh;
  dyadic_span kw;
} window;

static uint32_t inputElement(const dyadic_pool_max *layer, const window *at, uint32_t i, uint32_t j) {
  const uint32_t y = at->n * layer->h.in + dyadic_axis_input(&layer->h, at->oh, i);
  return (y * layer->w.in + dyadic_axis_input(&layer->w, at->ow, j)) * layer->channels;
}

static void pixelNarrow(const dyadic_pool_max *layer, const window *at, const void *in, uint32_t first,
                        uint32_t count, int32_t *best, int32_t *x, void *out, uint32_t to) {
  dyadic_unpack_i32(in, operandOf(layer), inputElement(layer, at, at->kh.first, at->kw.first) + first, count,
                    best);
  for (uint32_t i = at->kh.first; i < at->kh.end; ++i) {
    for (uint32_t j = at->kw.first; j < at->kw.end; ++j) {
      dyadic_unpack_i32(in, operandOf(layer), inputElement(layer, at, i, j) + first, count, x);
      for (uint32_t c = 0u; c < count; ++c) {
        const int better = layer->minimum != 0u ? x[c] < best[c] : x[c] > best[c];
        best[c] = better ? x[c] : best[c];
      }
    }
  }
  dyadic_pack_i32(out, layer->type, to + first, count, best);
}

static void pixelWide(const dyadic_pool_max *layer, const window *at, const void *in, void *out,
                      uint32_t to) {
  for (uint32_t c = 0u; c < layer->channels; ++c) {
    int64_t best = dyadic_load(in, layer->type, inputElement(layer, at, at->kh.first, at->kw.first) + c);
    for (uint32_t i = at->kh.first; i < at->kh.end; ++i) {
      for (uint32_t j = at->kw.first; j < at->kw.end; ++j) {
        const int64_t x = dyadic_load(in, layer->type, inputElement(layer, at, i, j) + c);
        const int better = layer->minimum != 0u ? x < best : x > best;
        best = better ? x : best;
      }
    }
    dyadic_store(out, layer->type, to + c, best);
  }
}

void dyadic_pool_max_run(const dyadic_pool_max *layer, const void *in, void *out, void *scratch) {
  const int narrow = dyadic_fits_int32(operandOf(layer));
  const uint32_t block = blockOf(layer);
  int32_t *best = (int32_t *)scratch;
  window at;
  uint32_t to = 0u;
  for (at.n = 0u; at.n < layer->batch; ++at.n) {
    for (at.oh = 0u; at.oh < layer->h.out; ++at.oh) {
      at.kh = dyadic_axis_span(&layer->h, at.oh);
      for (at.ow = 0u; at.ow < layer->w.out; ++at.ow, to += layer->channels) {
        at.kw = dyadic_axis_span(&layer->w, at.ow);
        if (!narrow) {
          pixelWide(layer, &at, in, out, to);
          continue;
        }
        for (uint32_t first = 0u; first < layer->channels; first += block) {
          const uint32_t left = layer->channels - first;
          pixelNarrow(layer, &at, in, first, left < block ? left : block, best, best + block, out, to);
        }
      }
    }
  }
}
