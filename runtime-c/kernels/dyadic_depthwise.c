// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Depthwise convolution: for a block of channels the filters are unpacked once, then every pixel is computed.
#include "dyadic_depthwise.h"
#include "dyadic_pack.h"
#include "dyadic_product.h"

size_t dyadic_depthwise_scratch_bytes(const dyadic_conv2d *layer) {
  const size_t d = dyadic_depthwise_block(layer);
  const size_t taps = (size_t)layer->h.kernel * layer->w.kernel;
  const int narrow = dyadic_product_columns(layer->acc_bits, layer->in, layer->weight) == DYADIC_COLUMN_I16;
  const size_t bytes = narrow ? d * 4u + d * 2u + taps * d * 2u : d * 16u + taps * d * 4u;
  return (bytes + 7u) & ~(size_t)7u;
}

// The channels first .. first + count - 1 of one layer, and where their numbers are kept.
typedef struct slice {
  const dyadic_conv2d *layer;
  const void *in;
  void *out;
  uint32_t first;
  uint32_t count;
  const dyadic_part *part;
} slice;

static uint32_t inputElement(const slice *s, dyadic_place p, uint32_t kh, uint32_t kw) {
  const dyadic_conv2d *layer = s->layer;
  const uint32_t y = p.n * layer->h.in + dyadic_axis_input(&layer->h, p.oh, kh);
  return (y * layer->w.in + dyadic_axis_input(&layer->w, p.ow, kw)) * layer->in_c + s->first;
}

static uint32_t outputElement(const slice *s, dyadic_place p) {
  const dyadic_conv2d *layer = s->layer;
  return ((p.n * layer->h.out + p.oh) * layer->w.out + p.ow) * layer->out_c + s->first;
}

// acc[c] += w[c] * (x[c] - zero); plain bytes are read where they lie, others go through x16.
static void addTap(const slice *s, uint32_t from, const int16_t *w, int32_t *acc, int16_t *x16) {
  const dyadic_operand operand = s->layer->in;
  const int32_t zero = operand.zero;
  if (operand.type.bits != 8u) {
    dyadic_unpack_i16(s->in, operand, from, s->count, x16);
    for (uint32_t c = 0u; c < s->count; ++c) {
      acc[c] += (int32_t)w[c] * x16[c];
    }
  } else if (operand.type.is_signed != 0u) {
    const int8_t *x = (const int8_t *)s->in + from;
    for (uint32_t c = 0u; c < s->count; ++c) {
      acc[c] += w[c] * ((int32_t)x[c] - zero);
    }
  } else {
    const uint8_t *x = (const uint8_t *)s->in + from;
    for (uint32_t c = 0u; c < s->count; ++c) {
      acc[c] += w[c] * ((int32_t)x[c] - zero);
    }
  }
}

static void pixelNarrow(const slice *s, dyadic_place p, const int16_t *filters, int32_t *acc, int16_t *x) {
  const dyadic_conv2d *layer = s->layer;
  const uint32_t count = s->count;
  const dyadic_span kh = dyadic_axis_span(&layer->h, p.oh);
  const dyadic_span kw = dyadic_axis_span(&layer->w, p.ow);
  for (uint32_t c = 0u; c < count; ++c) {
    acc[c] = 0;
  }
  for (uint32_t i = kh.first; i < kh.end; ++i) {
    for (uint32_t j = kw.first; j < kw.end; ++j) {
      const int16_t *w = filters + (size_t)(i * layer->w.kernel + j) * count;
      addTap(s, inputElement(s, p, i, j), w, acc, x);
    }
  }
  dyadic_emit32(&layer->out, s->first, 1u, acc, count, s->out, outputElement(s, p), 1u);
}

// filters: unpacked; null for weights that int32_t does not hold, which are read where they lie.
static void pixelWide(const slice *s, dyadic_place p, const void *weights, const int32_t *filters,
                      int64_t *acc, int64_t *x) {
  const dyadic_conv2d *layer = s->layer;
  const uint32_t count = s->count;
  const dyadic_span kh = dyadic_axis_span(&layer->h, p.oh);
  const dyadic_span kw = dyadic_axis_span(&layer->w, p.ow);
  for (uint32_t c = 0u; c < count; ++c) {
    acc[c] = 0;
  }
  for (uint32_t i = kh.first; i < kh.end; ++i) {
    for (uint32_t j = kw.first; j < kw.end; ++j) {
      const uint32_t tap = i * layer->w.kernel + j;
      dyadic_unpack_i64(s->in, layer->in, inputElement(s, p, i, j), count, x);
      for (uint32_t c = 0u; c < count; ++c) {
        const int64_t w = filters != NULL
                              ? filters[(size_t)tap * count + c]
                              : dyadic_load(weights, layer->weight.type, tap * layer->out_c + s->first + c) -
                                    layer->weight.zero;
        acc[c] += w * x[c];
      }
    }
  }
  const uint32_t at = outputElement(s, p);
  for (uint32_t c = 0u; c < count; ++c) {
    if (layer->acc_bits == 32u) {
      int32_t narrow = (int32_t)acc[c];
      dyadic_emit32(&layer->out, s->first + c, 1u, &narrow, 1u, s->out, at + c, 1u);
    } else {
      dyadic_emit64(&layer->out, s->first + c, acc[c], s->out, at + c);
    }
  }
}

static void sliceNarrow(const slice *s, const void *weights, void *scratch) {
  const dyadic_conv2d *layer = s->layer;
  const uint32_t d = dyadic_depthwise_block(layer);
  const uint32_t taps = layer->h.kernel * layer->w.kernel;
  int32_t *acc = (int32_t *)scratch;
  int16_t *x = (int16_t *)(acc + d);
  int16_t *filters = x + d;
  for (uint32_t t = 0u; t < taps; ++t) {
    dyadic_unpack_i16(weights, layer->weight, t * layer->out_c + s->first, s->count,
                      filters + (size_t)t * s->count);
  }
  dyadic_place p = dyadic_place_of(&layer->h, &layer->w, s->part->first);
  for (uint32_t i = s->part->first; i < s->part->end; ++i) {
    pixelNarrow(s, p, filters, acc, x);
    dyadic_place_next(&layer->h, &layer->w, &p);
  }
}

static void sliceWide(const slice *s, const void *weights, void *scratch) {
  const dyadic_conv2d *layer = s->layer;
  const uint32_t d = dyadic_depthwise_block(layer);
  const uint32_t taps = layer->h.kernel * layer->w.kernel;
  int64_t *acc = (int64_t *)scratch;
  int64_t *x = acc + d;
  int32_t *filters = dyadic_fits_int32(layer->weight) ? (int32_t *)(x + d) : NULL;
  for (uint32_t t = 0u; filters != NULL && t < taps; ++t) {
    dyadic_unpack_i32(weights, layer->weight, t * layer->out_c + s->first, s->count,
                      filters + (size_t)t * s->count);
  }
  dyadic_place p = dyadic_place_of(&layer->h, &layer->w, s->part->first);
  for (uint32_t i = s->part->first; i < s->part->end; ++i) {
    pixelWide(s, p, weights, filters, acc, x);
    dyadic_place_next(&layer->h, &layer->w, &p);
  }
}

void dyadic_depthwise_part(const dyadic_conv2d *layer, const dyadic_part *part, const void *in,
                           const void *weights, void *out, void *scratch) {
  const int narrow = dyadic_product_columns(layer->acc_bits, layer->in, layer->weight) == DYADIC_COLUMN_I16;
  const uint32_t d = dyadic_depthwise_block(layer);
  for (uint32_t first = part->c_first; first < part->c_end; first += d) {
    const uint32_t left = part->c_end - first;
    const slice s = {layer, in, out, first, left < d ? left : d, part};
    if (narrow) {
      sliceNarrow(&s, weights, scratch);
    } else {
      sliceWide(&s, weights, scratch);
    }
  }
}

void dyadic_depthwise_run(const dyadic_conv2d *layer, const void *in, const void *weights, void *out,
                          void *scratch) {
  const dyadic_part all = {0u, layer->batch * layer->h.out * layer->w.out, 0u, layer->out_c};
  dyadic_depthwise_part(layer, &all, in, weights, out, scratch);
}
