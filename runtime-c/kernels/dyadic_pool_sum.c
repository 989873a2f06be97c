// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sum of the values under a window, and the step that follows.
#include "dyadic_pool_sum.h"
#include "dyadic_pack.h"

static uint32_t blockOf(const dyadic_pool_sum *layer) {
  return layer->block < layer->channels ? layer->block : layer->channels;
}

size_t dyadic_pool_sum_scratch_bytes(const dyadic_pool_sum *layer) {
  return (size_t)blockOf(layer) * (layer->acc_bits == 32u ? 8u : 16u);
}

// One output pixel: the part of its window that lies on the input, and the first channel of its step.
typedef struct window {
  dyadic_place place;
  dyadic_span kh;
  dyadic_span kw;
  uint32_t step_channel;
} window;

static uint32_t inputElement(const dyadic_pool_sum *layer, const window *at, uint32_t i, uint32_t j) {
  const uint32_t y = at->place.n * layer->h.in + dyadic_axis_input(&layer->h, at->place.oh, i);
  return (y * layer->w.in + dyadic_axis_input(&layer->w, at->place.ow, j)) * layer->channels;
}

static uint32_t channelOf(const dyadic_pool_sum *layer, const window *at, uint32_t c) {
  return at->step_channel + (layer->channels_per_class == 1u ? 0u : c);
}

static void pixel32(const dyadic_pool_sum *layer, const window *at, const void *in, uint32_t first,
                    uint32_t count, int32_t *acc, int32_t *x, void *out, uint32_t to) {
  for (uint32_t c = 0u; c < count; ++c) {
    acc[c] = 0;
  }
  for (uint32_t i = at->kh.first; i < at->kh.end; ++i) {
    for (uint32_t j = at->kw.first; j < at->kw.end; ++j) {
      dyadic_unpack_i32(in, layer->in, inputElement(layer, at, i, j) + first, count, x);
      for (uint32_t c = 0u; c < count; ++c) {
        acc[c] += x[c];
      }
    }
  }
  const uint32_t stride = layer->channels_per_class == 1u ? 0u : 1u;
  dyadic_emit32(&layer->out, channelOf(layer, at, first), stride, acc, count, out, to + first, 1u);
}

static void pixel64(const dyadic_pool_sum *layer, const window *at, const void *in, uint32_t first,
                    uint32_t count, int64_t *acc, void *out, uint32_t to) {
  for (uint32_t c = 0u; c < count; ++c) {
    acc[c] = 0;
  }
  for (uint32_t i = at->kh.first; i < at->kh.end; ++i) {
    for (uint32_t j = at->kw.first; j < at->kw.end; ++j) {
      const uint32_t from = inputElement(layer, at, i, j) + first;
      for (uint32_t c = 0u; c < count; ++c) {
        acc[c] += dyadic_load(in, layer->in.type, from + c) - layer->in.zero;
      }
    }
  }
  for (uint32_t c = 0u; c < count; ++c) {
    dyadic_emit64(&layer->out, channelOf(layer, at, first + c), acc[c], out, to + first + c);
  }
}

static window windowOf(const dyadic_pool_sum *layer, dyadic_place place) {
  const uint32_t rowClass = layer->row_class != NULL ? layer->row_class[place.oh] : 0u;
  const uint32_t columnClass = layer->column_class != NULL ? layer->column_class[place.ow] : 0u;
  const window at = {place, dyadic_axis_span(&layer->h, place.oh), dyadic_axis_span(&layer->w, place.ow),
                     (rowClass * layer->column_classes + columnClass) * layer->channels_per_class};
  return at;
}

void dyadic_pool_sum_part(const dyadic_pool_sum *layer, const dyadic_part *part, const void *in, void *out,
                          void *scratch) {
  const uint32_t block = blockOf(layer);
  int32_t *acc32 = (int32_t *)scratch;
  dyadic_place place = dyadic_place_of(&layer->h, &layer->w, part->first);
  for (uint32_t p = part->first; p < part->end; ++p) {
    const uint32_t to = p * layer->channels;
    const window at = windowOf(layer, place);
    for (uint32_t first = part->c_first; first < part->c_end; first += block) {
      const uint32_t left = part->c_end - first;
      const uint32_t count = left < block ? left : block;
      if (layer->acc_bits == 32u) {
        pixel32(layer, &at, in, first, count, acc32, acc32 + block, out, to);
      } else {
        pixel64(layer, &at, in, first, count, (int64_t *)scratch, out, to);
      }
    }
    dyadic_place_next(&layer->h, &layer->w, &place);
  }
}

void dyadic_pool_sum_run(const dyadic_pool_sum *layer, const void *in, void *out, void *scratch) {
  const dyadic_part all = {0u, layer->batch * layer->h.out * layer->w.out, 0u, layer->channels};
  dyadic_pool_sum_part(layer, &all, in, out, scratch);
}
