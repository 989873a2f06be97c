// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gathers one column of a convolution, padding as zeros.
#include "dyadic_im2col.h"

static void fetch(const dyadic_conv2d *layer, const void *in, uint32_t from, uint32_t n, int kind,
                  void *column, uint32_t to) {
  dyadic_column_fill(kind, in, layer->in, from, n,
                     (uint8_t *)column + (size_t)to * dyadic_column_bytes(kind));
}

static void clear(uint32_t n, int kind, void *column, uint32_t to) {
  const size_t bytes = dyadic_column_bytes(kind);
  uint8_t *at = (uint8_t *)column + to * bytes;
  for (size_t i = 0u; i < n * bytes; ++i) {
    at[i] = 0u;
  }
}

void dyadic_im2col(const dyadic_conv2d *layer, const void *in, uint32_t pixel, uint32_t group, int kind,
                   void *column) {
  const uint32_t ow = pixel % layer->w.out;
  const uint32_t row = pixel / layer->w.out;
  const uint32_t oh = row % layer->h.out;
  const uint32_t n = row / layer->h.out;
  const uint32_t depth = layer->in_c / layer->groups;
  const dyadic_span kh = dyadic_axis_span(&layer->h, oh);
  const dyadic_span kw = dyadic_axis_span(&layer->w, ow);
  const uint32_t width = layer->w.kernel * depth; // values per kernel row
  const uint32_t left = kw.first * depth;
  const uint32_t right = kw.end * depth;

  clear(kh.first * width, kind, column, 0u);
  for (uint32_t y = kh.first; y < kh.end; ++y) {
    const uint32_t line = (n * layer->h.in + dyadic_axis_input(&layer->h, oh, y)) * layer->w.in;
    const uint32_t to = y * width;
    clear(left, kind, column, to);
    if (kw.first == kw.end) {
      // the whole row lies on padding
    } else if (layer->groups == 1u && layer->w.dilation == 1u) { // neighbours in memory: one run
      const uint32_t x = dyadic_axis_input(&layer->w, ow, kw.first);
      fetch(layer, in, (line + x) * depth, right - left, kind, column, to + left);
    } else {
      for (uint32_t k = kw.first; k < kw.end; ++k) {
        const uint32_t x = dyadic_axis_input(&layer->w, ow, k);
        fetch(layer, in, (line + x) * layer->in_c + group * depth, depth, kind, column, to + k * depth);
      }
    }
    clear(width - right, kind, column, to + right);
  }
  clear((layer->h.kernel - kh.end) * width, kind, column, kh.end * width);
}
