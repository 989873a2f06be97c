// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounding: exhaustive on 16 bits, and at the ends of 64 bits.
#include "Support.h"
#include "dyadic_round.h"

namespace dyadic::test {

static Int128 floorOf(Int128 x, unsigned n) {
  const Int128 d = Int128{1} << n;
  return x >= 0 ? x / d : -((-x + d - 1) / d);
}

static Int128 nearestOf(Int128 x, unsigned n) {
  const Int128 d = Int128{1} << n, q = floorOf(x, n), rest = x - q * d;
  if (2 * rest == d)
    return q % 2 == 0 ? q : q + 1;
  return 2 * rest > d ? q + 1 : q;
}

TEST(Round, HalfEvenOnEvery16BitNumber) {
  for (int64_t x = INT16_MIN; x <= INT16_MAX; ++x)
    for (unsigned n = 0; n <= 62; ++n)
      ASSERT_EQ(dyadic_rne_shift(x, n), static_cast<int64_t>(nearestOf(x, n))) << x << " >> " << n;
}

TEST(Round, FloorOnEvery16BitNumber) {
  for (int64_t x = INT16_MIN; x <= INT16_MAX; ++x) {
    for (unsigned n = 0; n <= 62; ++n)
      ASSERT_EQ(dyadic_floor_shift64(x, n), static_cast<int64_t>(floorOf(x, n))) << x << " >> " << n;
    for (unsigned n = 0; n <= 31; ++n)
      ASSERT_EQ(dyadic_floor_shift32(static_cast<int32_t>(x), n), static_cast<int32_t>(floorOf(x, n)));
  }
}

TEST(Round, EndsAndTiesOf64Bits) {
  for (unsigned n = 0; n <= 62; ++n) {
    for (int64_t base : {INT64_MIN, INT64_MIN / 2, int64_t{-1}, int64_t{0}, INT64_MAX / 2, INT64_MAX}) {
      for (int64_t d :
           {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{1} << n, int64_t{1} << (n ? n - 1 : 0)}) {
        const Int128 wide = Int128{base} + d;
        if (wide < INT64_MIN || wide > INT64_MAX)
          continue;
        const auto x = static_cast<int64_t>(wide);
        EXPECT_EQ(dyadic_rne_shift(x, n), static_cast<int64_t>(nearestOf(x, n))) << x << " >> " << n;
        EXPECT_EQ(dyadic_floor_shift64(x, n), static_cast<int64_t>(floorOf(x, n))) << x << " >> " << n;
      }
    }
  }
  for (unsigned n = 0; n <= 31; ++n)
    for (int32_t x : {INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX})
      EXPECT_EQ(dyadic_floor_shift32(x, n), static_cast<int32_t>(floorOf(x, n)));
}

TEST(Round, ClampKeepsBothEnds) {
  EXPECT_EQ(dyadic_clamp32(INT32_MIN, -128, 127), -128);
  EXPECT_EQ(dyadic_clamp32(INT32_MAX, -128, 127), 127);
  EXPECT_EQ(dyadic_clamp32(-128, -128, 127), -128);
  EXPECT_EQ(dyadic_clamp32(127, -128, 127), 127);
  EXPECT_EQ(dyadic_clamp64(INT64_MIN, 0, 15), 0);
  EXPECT_EQ(dyadic_clamp64(INT64_MAX, 0, 15), 15);
  EXPECT_EQ(dyadic_clamp64(7, 0, 15), 7);
}

} // namespace dyadic::test
