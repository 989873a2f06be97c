// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A step: the monotone function from the integers of an accumulator to the codes of the next quantiser.
#ifndef DYADIC_STEP_H
#define DYADIC_STEP_H

#include "dyadic_base.h"
#include "dyadic_wide.h"

DYADIC_BEGIN

// How a channel is evaluated. x = sum over terms of m[c][t] * a[t], plus b[c]; >> is floor; every result but
// the constant is limited to [clamp_min, clamp_max].
enum {
  DYADIC_FORM_CONSTANT = 0,    // y = b
  DYADIC_FORM_DYADIC32 = 1,    // y = x >> n, one term, m32 and b32, x proven to fit int32_t, n in 0..31
  DYADIC_FORM_DYADIC64 = 2,    // y = x >> n, x proven to fit int64_t, n in 0..62
  DYADIC_FORM_HALF_EVEN = 3,   // y = dyadic_rne_shift(x, n), n in 0..62
  DYADIC_FORM_TWO_SEGMENT = 4, // y = x >> n with line where a < split, with upper elsewhere; one term
  DYADIC_FORM_THRESHOLDS =
      5,                 // y = clamp_min + number of thresholds <= a; descending: clamp_max - that number
  DYADIC_FORM_TABLE = 6, // y = entries[first + (a - a_low)], not limited
  DYADIC_FORM_WIDE = 7,  // dyadic_wide.h
  DYADIC_FORM_PIECES = 8 // on each stretch of accumulators a form of its own; one term
};

// Coefficients per channel. Either m32 or m64 is given ([channels][terms]), and either b32 or b64
// ([channels]).
typedef struct dyadic_line {
  const int32_t *m32;
  const int64_t *m64;
  const int32_t *b32;
  const int64_t *b64;
  const uint8_t *n; // shift, [channels]; null: 0 everywhere
} dyadic_line;

typedef struct dyadic_two_segment {
  const int64_t *split; // [channels], first accumulator of the upper segment
  dyadic_line upper;
} dyadic_two_segment;

// The thresholds of channel c are values[first[c]] .. values[first[c] + count[c] - 1], ascending.
typedef struct dyadic_thresholds {
  const int32_t *values32; // one of the two is null
  const int64_t *values64;
  const uint32_t *first;     // [channels]
  const uint32_t *count;     // [channels]
  const uint8_t *descending; // [channels], 1: the code falls as the accumulator grows; null: nowhere
} dyadic_thresholds;

typedef struct dyadic_table {
  const void *entries; // codes, packed as entry says
  dyadic_type entry;
  const uint32_t *first; // [channels], index of the entry for a_low
  const int64_t *a_low;  // [channels], smallest accumulator
} dyadic_table;

// Piece i of channel c reaches from start[c * (count - 1) + i - 1] (the first one: from the least
// accumulator) up to the next one's start. Its numbers stand at c * count + i; its form is 0, 2, 3 or 7.
// Of a channel with fewer pieces the others start at INT64_MAX, which no accumulator reaches.
typedef struct dyadic_pieces {
  uint32_t count;       // of each channel
  const int64_t *start; // [channels][count - 1], ascending
  const uint8_t *forms; // [channels][count]
  dyadic_line line;     // [channels][count]
  const dyadic_wide *wide;
} dyadic_pieces;

typedef struct dyadic_step {
  uint32_t channels;    // 1: every channel of the tensor uses the same numbers
  uint8_t terms;        // accumulators per element, 1..8
  uint8_t form;         // of every channel, where forms is null
  const uint8_t *forms; // [channels], or null
  dyadic_line line;
  int64_t clamp_min; // codes; a bipolar output has 0 and 1, its stored bit
  int64_t clamp_max;
  const dyadic_two_segment *segments; // null unless a channel has that form; so for the next four
  const dyadic_thresholds *thresholds;
  const dyadic_table *table;
  const dyadic_wide *wide;
  const dyadic_pieces *pieces;
} dyadic_step;

// The code of one accumulator; channel < channels, terms == 1.
int64_t dyadic_step1(const dyadic_step *step, uint32_t channel, int64_t a);

// The same where the accumulator and all codes of the step fit int32_t; faster on 32-bit machines.
int32_t dyadic_step1_i32(const dyadic_step *step, uint32_t channel, int32_t a);

// The same for n accumulators at once: values[i] becomes its code on channel + i * channel_stride.
void dyadic_step_block(const dyadic_step *step, uint32_t channel, uint32_t channel_stride, uint32_t n,
                       int32_t *values);

// The code of the accumulators a[0 .. terms - 1]; forms 0, 2, 3 and 7, or any form if terms == 1.
int64_t dyadic_stepN(const dyadic_step *step, uint32_t channel, const int64_t *a);

// The step's channel for channel c of a tensor.
static inline uint32_t dyadic_step_channel(const dyadic_step *step, uint32_t c) {
  return step->channels == 1u ? 0u : c;
}

DYADIC_END

#endif
