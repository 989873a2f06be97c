// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every data movement on packed tensors: transpose, slice, pad, concat, nearest resize, copy, change of
// container.
#ifndef DYADIC_GATHER_H
#define DYADIC_GATHER_H

#include "dyadic_base.h"

DYADIC_BEGIN

#define DYADIC_GATHER_MAX_RANK 6u

// One axis of the box of elements that is written, the outermost first. Strides count elements.
typedef struct dyadic_gather_axis {
  uint32_t extent;
  int32_t in_stride;
  int32_t out_stride;
  uint32_t first; // coordinates outside first .. end - 1 receive the fill code
  uint32_t end;   // at most extent
  const uint32_t
      *map; // [extent], input offset in elements by coordinate, instead of coordinate * in_stride; or null
} dyadic_gather_axis;

// For every coordinate x: out[out_base + sum x * out_stride] = in[in_base + sum x * in_stride], or fill.
//   transpose: in_stride permuted. slice: in_base, in_stride. pad: in_base = -(pads before) in elements,
//   first, end. concat: one call for each input with its out_base. resize: map for the two spatial axes.
//   copy: rank 1.
// Codes are carried over as numbers, so both types hold them; in and out do not overlap.
typedef struct dyadic_gather {
  dyadic_type in;
  dyadic_type out;
  uint32_t rank; // 1..DYADIC_GATHER_MAX_RANK
  int32_t in_base;
  int32_t out_base;
  int64_t fill; // a code of out
  dyadic_gather_axis axis[DYADIC_GATHER_MAX_RANK];
} dyadic_gather;

// No scratch.
void dyadic_gather_run(const dyadic_gather *layer, const void *in, void *out);

DYADIC_END

#endif
