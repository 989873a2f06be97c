// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums of products read from a table; one loop for each width of entry.
#include "dyadic_lut.h"

static int32_t productAt(const dyadic_lut *lut, uint32_t index) {
  if (lut->entry_bits == 8u) {
    return ((const int8_t *)lut->entries)[index];
  }
  return lut->entry_bits == 16u ? ((const int16_t *)lut->entries)[index]
                                : ((const int32_t *)lut->entries)[index];
}

static uint32_t indexOf(uint32_t shift, uint16_t weight, uint16_t in) {
  return ((uint32_t)weight << shift) | in;
}

int32_t dyadic_lut_dot32(const dyadic_lut *lut, const uint16_t *weights, const uint16_t *in, uint32_t n) {
  const uint32_t shift = lut->in_bits;
  int32_t sum = 0;
  if (lut->entry_bits == 8u) {
    const int8_t *entries = (const int8_t *)lut->entries;
    for (uint32_t i = 0u; i < n; ++i) {
      sum += entries[indexOf(shift, weights[i], in[i])];
    }
  } else if (lut->entry_bits == 16u) {
    const int16_t *entries = (const int16_t *)lut->entries;
    for (uint32_t i = 0u; i < n; ++i) {
      sum += entries[indexOf(shift, weights[i], in[i])];
    }
  } else {
    const int32_t *entries = (const int32_t *)lut->entries;
    for (uint32_t i = 0u; i < n; ++i) {
      sum += entries[indexOf(shift, weights[i], in[i])];
    }
  }
  return sum;
}

int64_t dyadic_lut_dot64(const dyadic_lut *lut, const uint16_t *weights, const uint16_t *in, uint32_t n) {
  int64_t sum = 0;
  for (uint32_t i = 0u; i < n; ++i) {
    sum += productAt(lut, indexOf(lut->in_bits, weights[i], in[i]));
  }
  return sum;
}

void dyadic_lut_add32(const dyadic_lut *lut, const uint16_t *weights, const uint16_t *in, uint32_t n,
                      int32_t *acc) {
  for (uint32_t i = 0u; i < n; ++i) {
    acc[i] += productAt(lut, indexOf(lut->in_bits, weights[i], in[i]));
  }
}

void dyadic_lut_add64(const dyadic_lut *lut, const uint16_t *weights, const uint16_t *in, uint32_t n,
                      int64_t *acc) {
  for (uint32_t i = 0u; i < n; ++i) {
    acc[i] += productAt(lut, indexOf(lut->in_bits, weights[i], in[i]));
  }
}
