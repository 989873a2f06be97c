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
  dyadic_place place;
  dyadic_span kh;
  dyadic_span kw;
} window;

static uint32_t inputElement(const dyadic_pool_max *layer, const window *at, uint32_t i, uint32_t j) {
  const uint32_t y = at->place.n * layer->h.in + dyadic_axis_input(&layer->h, at->place.oh, i);
  return (y * layer->w.in + dyadic_axis_input(&layer->w, at->place.ow, j)) * layer->channels;
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

static void pixelWide(const dyadic_pool_max *layer, const window *at, const void *in, uint32_t first,
                      uint32_t end, void *out, uint32_t to) {
  for (uint32_t c = first; c < end; ++c) {
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

void dyadic_pool_max_part(const dyadic_pool_max *layer, const dyadic_part *part, const void *in, void *out,
                          void *scratch) {
  const int narrow = dyadic_fits_int32(operandOf(layer));
  const uint32_t block = blockOf(layer);
  int32_t *best = (int32_t *)scratch;
  window at;
  at.place = dyadic_place_of(&layer->h, &layer->w, part->first);
  for (uint32_t p = part->first; p < part->end; ++p) {
    const uint32_t to = p * layer->channels;
    at.kh = dyadic_axis_span(&layer->h, at.place.oh);
    at.kw = dyadic_axis_span(&layer->w, at.place.ow);
    if (!narrow) {
      pixelWide(layer, &at, in, part->c_first, part->c_end, out, to);
    } else {
      for (uint32_t first = part->c_first; first < part->c_end; first += block) {
        const uint32_t left = part->c_end - first;
        pixelNarrow(layer, &at, in, first, left < block ? left : block, best, best + block, out, to);
      }
    }
    dyadic_place_next(&layer->h, &layer->w, &at.place);
  }
}

void dyadic_pool_max_run(const dyadic_pool_max *layer, const void *in, void *out, void *scratch) {
  const dyadic_part all = {0u, layer->batch * layer->h.out * layer->w.out, 0u, layer->channels};
  dyadic_pool_max_part(layer, &all, in, out, scratch);
}
