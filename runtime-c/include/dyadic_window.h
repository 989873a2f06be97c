// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which part of a kernel window lies on the input.
#ifndef DYADIC_WINDOW_H
#define DYADIC_WINDOW_H

#include "dyadic_base.h"

DYADIC_BEGIN

// One axis of a sliding window. Kernel position k of output o reads input o * stride + k * dilation - pad;
// the pad at the far end follows from the extents.
typedef struct dyadic_axis {
  uint32_t in;       // input extent
  uint32_t out;      // output extent
  uint32_t kernel;   // kernel extent, in positions
  uint32_t stride;   // at least 1
  uint32_t dilation; // at least 1
  uint32_t pad;      // positions before the first input
} dyadic_axis;

// Kernel positions first .. end - 1 lie on the input.
typedef struct dyadic_span {
  uint32_t first;
  uint32_t end;
} dyadic_span;

static inline dyadic_span dyadic_axis_span(const dyadic_axis *axis, uint32_t o) {
  const uint32_t base = o * axis->stride;
  const uint32_t limit = axis->pad + axis->in;
  dyadic_span span = {0u, 0u};
  if (base < axis->pad) {
    span.first = (axis->pad - base + axis->dilation - 1u) / axis->dilation;
  }
  if (base < limit) {
    span.end = (limit - base + axis->dilation - 1u) / axis->dilation;
  }
  if (span.end > axis->kernel) {
    span.end = axis->kernel;
  }
  if (span.first > span.end) {
    span.first = span.end;
  }
  return span;
}

// The input coordinate of kernel position k, which lies in the span of o.
static inline uint32_t dyadic_axis_input(const dyadic_axis *axis, uint32_t o, uint32_t k) {
  return o * axis->stride + k * axis->dilation - axis->pad;
}

// The position of an output pixel.
typedef struct dyadic_place {
  uint32_t n; // image
  uint32_t oh;
  uint32_t ow;
} dyadic_place;

static inline dyadic_place dyadic_place_of(const dyadic_axis *h, const dyadic_axis *w, uint32_t pixel) {
  const uint32_t row = pixel / w->out;
  const dyadic_place place = {row / h->out, row % h->out, pixel % w->out};
  return place;
}

static inline void dyadic_place_next(const dyadic_axis *h, const dyadic_axis *w, dyadic_place *place) {
  if (++place->ow == w->out) {
    place->ow = 0u;
    if (++place->oh == h->out) {
      place->oh = 0u;
      ++place->n;
    }
  }
}

DYADIC_END

#endif
