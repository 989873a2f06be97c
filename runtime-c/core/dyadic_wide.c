// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exact evaluation of a step whose numbers have several limbs: a binary search for the code.
#include "dyadic_wide.h"

typedef struct number {
  uint32_t limb[DYADIC_WIDE_MAX_LIMBS];
} number;

// sum += x * |factor|, or sum -= x * |factor| for a negative factor, modulo 2^(32 * limbs).
static void addProduct(number *sum, const uint32_t *x, int64_t factor, uint32_t limbs) {
  const uint64_t magnitude = factor < 0 ? 0u - (uint64_t)factor : (uint64_t)factor;
  const uint32_t half[2] = {(uint32_t)(magnitude & 0xFFFFFFFFu), (uint32_t)(magnitude >> 32)};
  number product = {{0u}};
  for (uint32_t h = 0u; h < 2u; ++h) {
    uint64_t carry = 0u;
    for (uint32_t i = h; i < limbs; ++i) {
      carry += (uint64_t)x[i - h] * half[h] + product.limb[i];
      product.limb[i] = (uint32_t)(carry & 0xFFFFFFFFu);
      carry >>= 32;
    }
  }
  const uint32_t flip = factor < 0 ? 0xFFFFFFFFu : 0u; // -p = ~p + 1
  uint64_t carry = factor < 0 ? 1u : 0u;
  for (uint32_t i = 0u; i < limbs; ++i) {
    carry += (uint64_t)sum->limb[i] + (product.limb[i] ^ flip);
    sum->limb[i] = (uint32_t)(carry & 0xFFFFFFFFu);
    carry >>= 32;
  }
}

static number copyOf(const uint32_t *x, uint32_t limbs) {
  number n = {{0u}};
  for (uint32_t i = 0u; i < limbs; ++i) {
    n.limb[i] = x[i];
  }
  return n;
}

// -1, 0 or 1 as a < b, a == b or a > b, both signed.
static int compare(const number *a, const number *b, uint32_t limbs) {
  for (uint32_t i = limbs; i > 0u; --i) {
    // Flipping the sign bit of the top limb makes the signed order the unsigned one.
    const uint32_t sign = i == limbs ? 0x80000000u : 0u;
    const uint32_t x = a->limb[i - 1u] ^ sign;
    const uint32_t y = b->limb[i - 1u] ^ sign;
    if (x != y) {
      return x < y ? -1 : 1;
    }
  }
  return 0;
}

static int tieBelongs(uint8_t tie, int64_t k) {
  switch (tie) {
  case DYADIC_TIE_INCLUSIVE:
    return 1;
  case DYADIC_TIE_EVEN:
    return (k & 1) == 0;
  case DYADIC_TIE_POSITIVE:
    return k > 0;
  case DYADIC_TIE_NOT_POSITIVE:
    return k <= 0;
  default:
    return 0;
  }
}

int64_t dyadic_wide_eval(const dyadic_wide *wide, uint32_t channel, uint32_t terms, const int64_t *a,
                         int64_t clamp_min, int64_t clamp_max) {
  const uint32_t limbs = wide->limbs;
  const uint32_t row = wide->row != NULL ? wide->row[channel] : channel;
  const uint32_t *P = wide->P + (size_t)row * limbs;
  const uint32_t *Q = wide->Q + (size_t)row * limbs;
  const uint32_t *Q2 = wide->Q2 != NULL ? wide->Q2 + (size_t)row * limbs : Q;
  number value = copyOf(wide->B + (size_t)row * limbs, limbs);
  for (uint32_t t = 0u; t < terms; ++t) {
    addProduct(&value, wide->A + ((size_t)row * terms + t) * limbs, a[t], limbs);
  }
  // The code lies in [low, high]; low is clamp_min or a code that has been reached.
  int64_t low = clamp_min;
  int64_t high = clamp_max;
  while (low < high) {
    const int64_t k = high - (high - low) / 2; // low < k <= high
    number boundary = copyOf(k > 0 ? Q : Q2, limbs);
    addProduct(&boundary, P, k, limbs);
    const int order = compare(&value, &boundary, limbs);
    if (order > 0 || (order == 0 && tieBelongs(wide->tie, k))) {
      low = k;
    } else {
      high = k - 1;
    }
  }
  return low;
}
