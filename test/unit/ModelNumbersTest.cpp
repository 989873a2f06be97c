// Rationals and rounding modes against their definitions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Rounding.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <random>

using namespace dyadic::model;

static const RoundingMode allModes[] = {RoundingMode::HalfEven, RoundingMode::Ceil, RoundingMode::Floor,
                                        RoundingMode::Down,     RoundingMode::Up,   RoundingMode::HalfUp,
                                        RoundingMode::HalfDown};

TEST(Rational, ParsesExactly) {
  EXPECT_EQ(*parseRational("0.015625"), Rational(1, 64));
  EXPECT_EQ(*parseRational("1/255"), Rational(1, 255));
  EXPECT_EQ(*parseRational("1e-3"), Rational(1, 1000));
  EXPECT_EQ(*parseRational("-12.5E+1"), Rational(-125));
  EXPECT_EQ(*parseRational("0.5/3"), Rational(1, 6));
  EXPECT_EQ(*parseRational("007"), Rational(7));
  for (const char *bad :
       {"", "-", ".", "1/0", "1/", "/2", "1e", "1e9999", "0x10", "1 ", "nan", "inf", "1/2/3"})
    EXPECT_FALSE(parseRational(bad)) << bad;
  EXPECT_EQ(toString(Rational(3)), "3/1");
  EXPECT_EQ(toString(*parseRational("-0.75")), "-3/4");
}

TEST(Rational, FloatRoundTripAndNearest) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    uint32_t bits = static_cast<uint32_t>(random());
    float f;
    memcpy(&f, &bits, 4);
    if (!std::isfinite(f)) {
      EXPECT_FALSE(fromFloat32(f));
      continue;
    }
    EXPECT_EQ(nearestFloat32(*fromFloat32(f)), f);
    double d = static_cast<double>(f) * (1.0 + std::ldexp(static_cast<double>(random() % 1000), -32));
    if (std::isfinite(d)) {
      EXPECT_EQ(nearestFloat32(*fromDouble(d)), static_cast<float>(d)); // the cast rounds to nearest even
      EXPECT_EQ(nearestDouble(*fromDouble(d)), d);
    }
  }
  EXPECT_EQ(nearestFloat32(*fromFloat32(1.0F) + powerOfTwo(-24)), 1.0F);
  EXPECT_EQ(nearestFloat32(*fromFloat32(1.0F) + 3 * powerOfTwo(-24)), 1.0F + std::ldexp(2.0F, -23));
  EXPECT_EQ(nearestFloat32(powerOfTwo(-150)), 0.0F);
  EXPECT_EQ(nearestFloat32(powerOfTwo(-150) * Rational(3, 2)), std::ldexp(1.0F, -149));
  EXPECT_TRUE(std::isinf(nearestFloat32(powerOfTwo(128))));
  EXPECT_EQ(nearestFloat32(powerOfTwo(128) - powerOfTwo(103) - 1), 3.4028234663852886e38F);
  EXPECT_EQ(nearestDouble(Rational(1, 3)), 1.0 / 3.0);
  EXPECT_EQ(*exactLog2(Rational(1, 8)), -3);
  EXPECT_FALSE(exactLog2(Rational(3, 8)));
}

TEST(Rounding, DefinitionKnownPoints) {
  struct {
    RoundingMode mode;
    int expected[9];
  } rows[] = {{RoundingMode::HalfEven, {-2, -2, -1, 0, 0, 0, 1, 2, 2}},
              {RoundingMode::Ceil, {-2, -1, -1, 0, 0, 1, 1, 2, 2}},
              {RoundingMode::Floor, {-2, -2, -1, -1, 0, 0, 1, 1, 2}},
              {RoundingMode::Down, {-2, -1, -1, 0, 0, 0, 1, 1, 2}},
              {RoundingMode::Up, {-2, -2, -1, -1, 0, 1, 1, 2, 2}},
              {RoundingMode::HalfUp, {-2, -2, -1, -1, 0, 1, 1, 2, 2}},
              {RoundingMode::HalfDown, {-2, -1, -1, 0, 0, 0, 1, 1, 2}}};
  for (auto &row : rows)
    for (int i = 0; i < 9; ++i) {
      Rational v(i - 4, 2);
      v.canonicalize();
      EXPECT_EQ(roundExact(row.mode, v), row.expected[i]) << roundingModeName(row.mode) << " " << v;
    }
}

TEST(Rounding, ThresholdsEqualDefinition) {
  for (RoundingMode mode : allModes) {
    EXPECT_EQ(*parseRoundingMode(roundingModeName(mode)), mode);
    for (int i = -60; i <= 60; ++i) {
      Rational v(i, 12);
      v.canonicalize();
      for (int64_t k = -7; k <= 7; ++k) {
        RoundingThreshold t = roundingThreshold(mode, k);
        int order = cmp(v * 2, Rational(t.twiceTheta));
        EXPECT_EQ(order > 0 || (order == 0 && t.inclusive), roundExact(mode, v) >= k)
            << roundingModeName(mode) << " " << v << " " << k;
      }
    }
  }
  EXPECT_EQ(*parseRoundingMode("round"), RoundingMode::HalfEven);
  EXPECT_EQ(*parseRoundingMode("Round_To_Zero"), RoundingMode::Down);
  EXPECT_FALSE(parseRoundingMode("DPU"));
}
