// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluates the step of a channel in the form that the compiler has chosen and proven for it.
#include "dyadic_step.h"
#include "dyadic_pack.h"
#include "dyadic_round.h"

static uint8_t formOf(const dyadic_step *step, uint32_t c) {
  return step->forms != NULL ? step->forms[c] : step->form;
}

static int64_t factorOf(const dyadic_line *line, size_t i) {
  return line->m64 != NULL ? line->m64[i] : line->m32[i];
}

static int64_t offsetOf(const dyadic_line *line, uint32_t c) {
  return line->b64 != NULL ? line->b64[c] : line->b32[c];
}

static uint32_t shiftOf(const dyadic_line *line, uint32_t c) { return line->n != NULL ? line->n[c] : 0u; }

// m * a + b; the compiler has proven that no intermediate result leaves int64_t.
static int64_t lineAt(const dyadic_line *line, uint32_t c, int64_t a) {
  return factorOf(line, c) * a + offsetOf(line, c);
}

static int64_t thresholdsAt(const dyadic_step *step, uint32_t c, int64_t a) {
  const dyadic_thresholds *t = step->thresholds;
  // The number of thresholds <= a lies in [low, high].
  uint32_t low = 0u;
  uint32_t high = t->count[c];
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2u;
    const size_t i = (size_t)t->first[c] + middle;
    const int64_t value = t->values64 != NULL ? t->values64[i] : t->values32[i];
    if (a >= value) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  const int falls = t->descending != NULL && t->descending[c] != 0u;
  return falls ? step->clamp_max - (int64_t)low : step->clamp_min + (int64_t)low;
}

static int64_t tableAt(const dyadic_step *step, uint32_t c, int64_t a) {
  const dyadic_table *t = step->table;
  return dyadic_load(t->entries, t->entry, t->first[c] + (uint32_t)(a - t->a_low[c]));
}

// Where the numbers of the piece that holds a stand.
static uint32_t pieceAt(const dyadic_pieces *pieces, uint32_t c, int64_t a) {
  const int64_t *start = pieces->start + (size_t)c * (pieces->count - 1u);
  uint32_t i = 0u;
  while (i + 1u < pieces->count && a >= start[i]) {
    ++i;
  }
  return c * pieces->count + i;
}

int64_t dyadic_step1(const dyadic_step *step, uint32_t channel, int64_t a) {
  uint32_t c = channel;
  uint8_t form = formOf(step, c);
  const dyadic_line *line = &step->line;
  const dyadic_wide *wide = step->wide;
  if (form == DYADIC_FORM_PIECES) {
    c = pieceAt(step->pieces, c, a);
    form = step->pieces->forms[c];
    line = &step->pieces->line;
    wide = step->pieces->wide;
  }
  int64_t y;
  switch (form) {
  case DYADIC_FORM_CONSTANT:
    return offsetOf(line, c);
  case DYADIC_FORM_HALF_EVEN:
    y = dyadic_rne_shift(lineAt(line, c, a), shiftOf(line, c));
    break;
  case DYADIC_FORM_TWO_SEGMENT:
    if (a >= step->segments->split[c]) {
      line = &step->segments->upper;
    }
    y = dyadic_floor_shift64(lineAt(line, c, a), shiftOf(line, c));
    break;
  case DYADIC_FORM_THRESHOLDS:
    y = thresholdsAt(step, c, a);
    break;
  case DYADIC_FORM_TABLE:
    return tableAt(step, c, a);
  case DYADIC_FORM_WIDE:
    return dyadic_wide_eval(wide, c, 1u, &a, step->clamp_min, step->clamp_max);
  default: // dyadic32 and dyadic64 agree where both are defined
    y = dyadic_floor_shift64(lineAt(line, c, a), shiftOf(line, c));
    break;
  }
  return dyadic_clamp64(y, step->clamp_min, step->clamp_max);
}

int32_t dyadic_step1_i32(const dyadic_step *step, uint32_t channel, int32_t a) {
  const uint32_t c = channel;
  const uint8_t form = formOf(step, c);
  const dyadic_line *line = &step->line;
  if (form == DYADIC_FORM_DYADIC32) {
    // With other channels beside it the arrays may be 64 bits wide; the numbers of this channel still fit 32.
    const int32_t m = line->m64 != NULL ? (int32_t)line->m64[c] : line->m32[c];
    const int32_t b = line->b64 != NULL ? (int32_t)line->b64[c] : line->b32[c];
    const int32_t y = dyadic_floor_shift32(m * a + b, shiftOf(line, c));
    return dyadic_clamp32(y, (int32_t)step->clamp_min, (int32_t)step->clamp_max);
  }
  if (form == DYADIC_FORM_DYADIC64 && line->m64 == NULL) { // one multiplication of 32 by 32 bits
    const int64_t x = (int64_t)line->m32[c] * a + offsetOf(line, c);
    const int64_t y = dyadic_floor_shift64(x, shiftOf(line, c));
    return (int32_t)dyadic_clamp64(y, step->clamp_min, step->clamp_max);
  }
  return (int32_t)dyadic_step1(step, c, a);
}

void dyadic_step_block(const dyadic_step *step, uint32_t channel, uint32_t channel_stride, uint32_t n,
                       int32_t *values) {
  const dyadic_line *line = &step->line;
  const int plain = line->m32 != NULL && line->b32 != NULL && line->n != NULL;
  const int32_t low = (int32_t)step->clamp_min;
  const int32_t high = (int32_t)step->clamp_max;
  uint32_t c = channel;
  for (uint32_t i = 0u; i < n; ++i, c += channel_stride) {
    if (plain && formOf(step, c) == DYADIC_FORM_DYADIC32) { // what most channels are
      const int32_t x = line->m32[c] * values[i] + line->b32[c];
      values[i] = dyadic_clamp32(dyadic_floor_shift32(x, line->n[c]), low, high);
    } else {
      values[i] = dyadic_step1_i32(step, c, values[i]);
    }
  }
}

int64_t dyadic_stepN(const dyadic_step *step, uint32_t channel, const int64_t *a) {
  const uint32_t c = channel;
  const uint32_t terms = step->terms;
  if (terms == 1u) {
    return dyadic_step1(step, c, a[0]);
  }
  const uint8_t form = formOf(step, c);
  const dyadic_line *line = &step->line;
  if (form == DYADIC_FORM_CONSTANT) {
    return offsetOf(line, c);
  }
  if (form == DYADIC_FORM_WIDE) {
    return dyadic_wide_eval(step->wide, c, terms, a, step->clamp_min, step->clamp_max);
  }
  int64_t x = offsetOf(line, c);
  for (uint32_t t = 0u; t < terms; ++t) {
    x += factorOf(line, (size_t)c * terms + t) * a[t];
  }
  const uint32_t n = shiftOf(line, c);
  const int64_t y = form == DYADIC_FORM_HALF_EVEN ? dyadic_rne_shift(x, n) : dyadic_floor_shift64(x, n);
  return dyadic_clamp64(y, step->clamp_min, step->clamp_max);
}
