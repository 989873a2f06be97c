// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The one definition of rounding and saturation; the compiler includes this very text, as C++.
#ifndef DYADIC_ROUND_H
#define DYADIC_ROUND_H

#include "dyadic_base.h"

DYADIC_BEGIN

// floor(x / 2^n), n in 0..31. C leaves the right shift of a negative number to the implementation, so none is
// shifted.
static inline int32_t dyadic_floor_shift32(int32_t x, uint32_t n) { return x < 0 ? ~(~x >> n) : x >> n; }

// floor(x / 2^n), n in 0..63.
static inline int64_t dyadic_floor_shift64(int64_t x, uint32_t n) { return x < 0 ? ~(~x >> n) : x >> n; }

// x / 2^n rounded to the nearest integer, a tie to the even one; n in 0..62; defined for every x.
// The fraction is compared with one half; an odd quotient also rounds up on a tie.
static inline int64_t dyadic_rne_shift(int64_t x, uint32_t n) {
  if (n == 0u) {
    return x;
  }
  const int64_t quotient = dyadic_floor_shift64(x, n);
  const uint64_t half = (uint64_t)1 << (n - 1u);
  const uint64_t fraction = (uint64_t)x & (half * 2u - 1u);
  const uint64_t odd = (uint64_t)quotient & 1u;
  return quotient + (fraction + odd > half ? 1 : 0);
}

// x limited to [low, high]; low <= high.
static inline int32_t dyadic_clamp32(int32_t x, int32_t low, int32_t high) {
  return x < low ? low : (x > high ? high : x);
}

static inline int64_t dyadic_clamp64(int64_t x, int64_t low, int64_t high) {
  return x < low ? low : (x > high ? high : x);
}

DYADIC_END

#endif
