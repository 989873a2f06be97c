// Every quantiser's step function against the operator's text, evaluated literally in rationals.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Quantiser.h"
#include <gtest/gtest.h>
#include <random>

using namespace dyadic::model;

static Rational ratio(long n, long d) {
  Rational r(n, d);
  r.canonicalize();
  return r;
}
static Rational clip(Rational y, const Rational &min, const Rational &max) {
  if (y > max)
    y = max;
  return y < min ? min : y;
}
static RoundingMode modeOf(int i) { return static_cast<RoundingMode>(i); }

TEST(Quantiser, QuantEqualsItsText) {
  std::mt19937 random(2);
  const Rational scales[] = {ratio(1, 4), ratio(1, 1), ratio(3, 7), ratio(-1, 2), ratio(5, 64), ratio(-3, 5)};
  const Rational zeros[] = {ratio(0, 1), ratio(1, 1), ratio(-3, 1), ratio(1, 2), ratio(5, 4)};
  for (int round = 0; round < 400; ++round) {
    RoundingMode mode = modeOf(round % 7);
    Rational s = scales[random() % 6], z = zeros[random() % 5];
    float bits = random() % 8 == 0 ? 2.5F : static_cast<float>(1 + random() % 5);
    bool isSigned = random() % 2, narrow = random() % 2;
    auto q = makeQuantBits(s, z, bits, isSigned, narrow, mode);
    ASSERT_TRUE(q) << q.error;
    for (int i = -200; i <= 200; ++i) {
      Rational x = ratio(i, 28), v = x / s + z, code;
      if (isSigned && bits == 1.0F) {
        code = v >= 0 ? 1 : -1;
      } else {
        auto b = *quantBounds(bits, isSigned, narrow);
        code = roundExact(mode, clip(v, b.min, b.max));
      }
      int64_t k = q->index(x);
      ASSERT_EQ(q->code(k), code) << roundingModeName(mode) << " x " << x << " s " << s << " z " << z;
      ASSERT_EQ(q->value(k), (code - z) * s);
    }
  }
}

TEST(Quantiser, Bounds) {
  EXPECT_EQ(quantBounds(8, true, false)->min, -128);
  EXPECT_EQ(quantBounds(8, true, true)->min, -127);
  EXPECT_EQ(quantBounds(8, false, true)->max, 254);
  EXPECT_EQ(quantBounds(32, true, false)->max, Rational(2147483648.0));
  EXPECT_EQ(quantBounds(25, false, false)->max, Rational(33554432.0));
  EXPECT_EQ(quantBounds(24, false, false)->max, Rational(16777215.0));
  EXPECT_NEAR(quantBounds(7.5F, true, false)->max.get_d(), 89.51, 0.01);
  EXPECT_EQ(makeQuantBits(1, 0, 7.5F, true, false, RoundingMode::HalfEven)->kmax, 90);
  EXPECT_FALSE(quantBounds(0, true, false));
  EXPECT_FALSE(makeQuantBits(0, 0, 8, true, false, RoundingMode::HalfEven));
  auto single = makeQuantBits(1, 0, 1, false, true, RoundingMode::HalfEven); // narrow unsigned bit: only 0
  EXPECT_EQ(single->kmin, 0);
  EXPECT_EQ(single->kmax, 0);
}

TEST(Quantiser, Bipolar) {
  for (const Rational &s : {ratio(1, 3), ratio(-2, 1)}) {
    auto q = *makeBipolar(s);
    for (int i = -3; i <= 3; ++i)
      EXPECT_EQ(q.value(q.index(i)), i >= 0 ? s : Rational(-s));
    EXPECT_TRUE(q.bipolar());
  }
}

TEST(Quantiser, TruncEqualsItsText) {
  const Rational scales[] = {ratio(1, 4), ratio(3, 7), ratio(1, 1), ratio(-1, 8)};
  for (int m = 0; m < 7; ++m)
    for (const Rational &s : scales)
      for (const Rational &z : {ratio(0, 1), ratio(2, 1), ratio(1, 2)}) {
        for (int64_t inBits : {8, 5, 4, 3, 2})
          for (int64_t outBits : {2, 4, 5}) {
            auto q = *makeTruncV1(s, z, inBits, outBits, modeOf(m));
            for (int i = -150; i <= 150; ++i) {
              Rational x = ratio(i, 56);
              Rational y = roundExact(RoundingMode::HalfEven, x / s + z) / powerOfTwo(inBits - outBits);
              Integer code = roundExact(modeOf(m), y);
              int64_t k = q.index(x);
              ASSERT_EQ(code, q.code(k)) << roundingModeName(modeOf(m)) << " " << x;
              ASSERT_EQ(q.value(k), (code - z) * s);
            }
          }
        for (const Rational &outRatio :
             {ratio(4, 1), ratio(16, 9), ratio(1, 2), ratio(8, 1), ratio(3, 2), ratio(1, 5)}) {
          Rational os = s * outRatio, min(-4), max(3);
          auto q = *makeTruncV2(s, z, os, min, max, modeOf(m));
          Rational t = powerOfTwo(nearestLog2(outRatio));
          for (int i = -250; i <= 250; ++i) {
            Rational x = ratio(i, 56);
            Rational y = clip(roundExact(RoundingMode::HalfEven, x / s + z) / t, min, max);
            Integer code = roundExact(modeOf(m), y);
            int64_t k = q.index(x);
            ASSERT_EQ(code, q.code(k)) << roundingModeName(modeOf(m)) << " " << x << " ratio " << outRatio;
            ASSERT_EQ(q.value(k), (code - z / t) * os);
          }
        }
      }
  EXPECT_EQ(nearestLog2(ratio(16, 9)), 1);
  EXPECT_EQ(nearestLog2(ratio(1, 5)), -2);
  EXPECT_EQ(nearestLog2(ratio(1414, 1000)), 0);
  EXPECT_EQ(nearestLog2(ratio(1415, 1000)), 1);
}

TEST(Quantiser, MultiThresholdCounts) {
  auto q =
      makeMultiThreshold({ratio(3, 2), ratio(-1, 1), ratio(3, 2), ratio(2, 1)}, ratio(1, 2), ratio(-1, 1));
  EXPECT_EQ(q.index(ratio(-11, 10)), 0);
  EXPECT_EQ(q.index(-1), 1);
  EXPECT_EQ(q.index(ratio(3, 2)), 3);
  EXPECT_EQ(q.value(q.index(2)), 1);
}
