// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A part of a layer's output, so that several cores compute one layer, and how a layer is shared out.
#ifndef DYADIC_PART_H
#define DYADIC_PART_H

#include "dyadic_base.h"

DYADIC_BEGIN

// Output pixels first .. end - 1, each with its channels c_first .. c_end - 1. Pixels are counted over
// images, rows and columns; those of a matmul are its rows. A rescale has elements for pixels and ignores the
// channels. Either range may be empty.
// dyadic_X_part(layer, part, ...) writes exactly the elements of its part and reads only what they need; it
// takes the arguments of dyadic_X_run, with the same scratch formula and in, weights and out at their first
// element, not the part's. Parts may run at the same time, each with scratch of its own, if no byte of the
// output holds elements of two: an element narrower than 8 bits shares a byte with its neighbours.
typedef struct dyadic_part {
  uint32_t first;
  uint32_t end; // at least first, at most the number of pixels
  uint32_t c_first;
  uint32_t c_end; // at least c_first, at most the number of channels
} dyadic_part;

// Sums of products that a layer brings along from one segment of its input channels to the next, where
// their weights or the work area would not fit at once. dyadic_X_segment(layer, part, sums, ...) takes a
// layer whose input channels are those of one segment, with the input and the weights of these alone, packed.
// Requires acc_bits == 32. All parts of one segment are done before one of the next begins.
typedef struct dyadic_sums {
  int32_t *values; // one for each element of the output
  uint8_t first;   // 1: no segment came before; values are written and not read
  uint8_t last;    // 1: the output is written, and values are no more; else the output is left alone
} dyadic_sums;

// What a team divides; every core has all of the other axis.
typedef enum dyadic_spread { DYADIC_SPREAD_PIXELS = 0, DYADIC_SPREAD_CHANNELS = 1 } dyadic_spread;

// Where the share of `core` begins when `n` things are cut between groups of `grain`: floor(units * core /
// cores) units of grain things, without leaving 32 bits.
static inline uint32_t dyadic_share_first(uint32_t n, uint32_t grain, uint32_t core, uint32_t cores) {
  const uint32_t units = n / grain + (n % grain != 0u ? 1u : 0u);
  const uint32_t before = units / cores * core + units % cores * core / cores;
  return before == units ? n : before * grain;
}

// The part of core `core` of `cores`; the shares of all cores are disjoint and cover everything, and differ
// by at most one grain. For bytes of their own a grain is, with C channels of b stored bits,
//   pixels:   8 / gcd(8, C * b)
//   channels: 8 / gcd(8, b), where C * b is a multiple of 8 or there is one pixel.
// grain >= 1; core < cores <= 65536.
static inline dyadic_part dyadic_share(uint32_t pixels, uint32_t channels, dyadic_spread spread,
                                       uint32_t grain, uint32_t core, uint32_t cores) {
  dyadic_part part = {0u, pixels, 0u, channels};
  if (spread == DYADIC_SPREAD_PIXELS) {
    part.first = dyadic_share_first(pixels, grain, core, cores);
    part.end = dyadic_share_first(pixels, grain, core + 1u, cores);
  } else {
    part.c_first = dyadic_share_first(channels, grain, core, cores);
    part.c_end = dyadic_share_first(channels, grain, core + 1u, cores);
  }
  return part;
}

DYADIC_END

#endif
