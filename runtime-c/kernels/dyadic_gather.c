// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Copies a box of elements, its innermost axis as one run where the elements are neighbours.
#include "dyadic_gather.h"
#include "dyadic_pack.h"

// A place in a tensor, and whether the coordinates so far lie on the input.
typedef struct cursor {
  int32_t in;
  int32_t out;
  int inside;
} cursor;

static cursor advance(const dyadic_gather_axis *axis, cursor at, uint32_t x) {
  at.inside = at.inside && x >= axis->first && x < axis->end;
  if (axis->map == NULL) {
    at.in += (int32_t)x * axis->in_stride;
  } else if (at.inside) {
    at.in += (int32_t)axis->map[x];
  }
  at.out += (int32_t)x * axis->out_stride;
  return at;
}

static void innermost(const dyadic_gather *layer, const dyadic_gather_axis *axis, cursor at, const void *in,
                      void *out) {
  const int sameType = layer->in.bits == layer->out.bits && layer->in.is_signed == layer->out.is_signed;
  const int run = sameType && at.inside && axis->map == NULL && axis->in_stride == 1 && axis->out_stride == 1;
  uint32_t skip = axis->extent; // the run from here to axis->end is copied at once
  if (run && axis->first < axis->end) {
    skip = axis->first;
    dyadic_copy(out, (uint32_t)(at.out + (int32_t)skip), in, (uint32_t)(at.in + (int32_t)skip),
                axis->end - skip, layer->in);
  }
  for (uint32_t x = 0u; x < axis->extent; ++x) {
    if (x == skip) {
      x = axis->end;
      if (x == axis->extent) {
        break;
      }
    }
    const cursor here = advance(axis, at, x);
    const int64_t code = here.inside ? dyadic_load(in, layer->in, (uint32_t)here.in) : layer->fill;
    dyadic_store(out, layer->out, (uint32_t)here.out, code);
  }
}

void dyadic_gather_run(const dyadic_gather *layer, const void *in, void *out) {
  const uint32_t outer = layer->rank - 1u;
  uint32_t x[DYADIC_GATHER_MAX_RANK] = {0u};
  uint32_t lines = 1u;
  for (uint32_t r = 0u; r < outer; ++r) {
    lines *= layer->axis[r].extent;
  }
  for (uint32_t line = 0u; line < lines; ++line) {
    cursor at = {layer->in_base, layer->out_base, 1};
    for (uint32_t r = 0u; r < outer; ++r) {
      at = advance(&layer->axis[r], at, x[r]);
    }
    innermost(layer, &layer->axis[outer], at, in, out);
    for (uint32_t r = outer; r > 0u; --r) { // the next coordinates, the last axis fastest
      if (++x[r - 1u] < layer->axis[r - 1u].extent) {
        break;
      }
      x[r - 1u] = 0u;
    }
  }
}
