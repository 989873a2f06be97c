// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The exact step for coefficients that no 64-bit dyadic form can carry: numbers of several 32-bit limbs.
#ifndef DYADIC_WIDE_H
#define DYADIC_WIDE_H

#include "dyadic_base.h"

DYADIC_BEGIN

#define DYADIC_WIDE_MAX_LIMBS 8u

// When a value that lies exactly on the boundary of code k has code k.
enum {
  DYADIC_TIE_INCLUSIVE = 0,   // always: FLOOR
  DYADIC_TIE_EXCLUSIVE = 1,   // never: CEIL
  DYADIC_TIE_EVEN = 2,        // k even: HALF_EVEN
  DYADIC_TIE_POSITIVE = 3,    // k > 0: HALF_UP, DOWN
  DYADIC_TIE_NOT_POSITIVE = 4 // k <= 0: HALF_DOWN, UP
};

// With V = sum over terms of A[t] * a[t], plus B, and the boundary R(k) = k * P + (k > 0 ? Q : Q2),
//   y = the largest k in (clamp_min, clamp_max] with V > R(k), or with V == R(k) where the tie rule says so;
//   y = clamp_min where there is none.
// Example: v = V / P exactly. HALF_EVEN: theta_k = k - 1/2, so scale all by 2: P even, Q = Q2 = -P / 2.
// FLOOR: Q = Q2 = 0. CEIL: Q = Q2 = -P. DOWN: Q = 0, Q2 = -P. UP: Q = -P, Q2 = 0.
// Every number has `limbs` limbs, the least significant first, two's complement. P > 0. The compiler has
// proven that V and every R(k) with clamp_min < k <= clamp_max lie within limbs * 32 bits; what exceeds them
// on the way wraps.
typedef struct dyadic_wide {
  uint8_t limbs;       // 1..DYADIC_WIDE_MAX_LIMBS
  uint8_t tie;         // DYADIC_TIE_*
  const uint32_t *row; // [channels], which row of the arrays below a channel uses; null: row c
  const uint32_t *A;   // [rows][terms][limbs]
  const uint32_t *B;   // [rows][limbs]
  const uint32_t *P;   // [rows][limbs]
  const uint32_t *Q;   // [rows][limbs]
  const uint32_t *Q2;  // [rows][limbs]; null: the same as Q
} dyadic_wide;

int64_t dyadic_wide_eval(const dyadic_wide *wide, uint32_t channel, uint32_t terms, const int64_t *a,
                         int64_t clamp_min, int64_t clamp_max);

DYADIC_END

#endif
