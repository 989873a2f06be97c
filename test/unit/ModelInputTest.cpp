// Float thresholds against the exact quantiser around every boundary; the cost of product tables.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/InputThresholds.h"
#include "passes/model/LutCost.h"
#include "test/unit/ModelTestSupport.h"
#include <algorithm>
#include <gtest/gtest.h>

using namespace dyadic::model;
using namespace dyadic::model::test;

TEST(InputThresholds, EqualExactCodes) {
  Random random(81);
  for (int round = 0; round < 300; ++round) {
    auto mode = static_cast<RoundingMode>(random.pick(0, 6));
    Rational s = random.oneIn(2) ? randomFloat(random, -3, true) : ratio(random.pick(1, 9), 255);
    Rational mul = random.oneIn(2) ? Rational(1) : ratio(random.pick(-9, 9), 7),
             add = ratio(random.pick(-9, 9), 8);
    auto q = *makeQuantBits(s, random.pick(0, 3), static_cast<float>(random.pick(1, 8)), random.oneIn(2),
                            false, mode);
    auto t = floatThresholds(q, mul, add);
    if (mul == 0) {
      EXPECT_FALSE(t);
      continue;
    }
    ASSERT_TRUE(t) << t.error;
    ASSERT_TRUE(std::is_sorted(t->values.begin(), t->values.end()));
    auto check = [&](float x) {
      int64_t n = std::upper_bound(t->values.begin(), t->values.end(), x) - t->values.begin();
      ASSERT_EQ(t->descending ? t->base - n : t->base + n, q.index(*fromFloat32(x) * mul + add)) << x;
    };
    for (float v : t->values)
      for (float x : {std::nextafter(v, -1e30F), v, std::nextafter(v, 1e30F)})
        if (std::isfinite(x)) {
          ASSERT_NO_FATAL_FAILURE(check(x));
        }
    for (float x : {-3.4e38F, 3.4e38F, 0.0F, -0.0F, 1e-45F})
      ASSERT_NO_FATAL_FAILURE(check(x));
  }
  EXPECT_EQ(leastFloatFrom(ratio(1, 1), false), 1.0F);
  EXPECT_GT(leastFloatFrom(ratio(1, 1), true), 1.0F);
  EXPECT_TRUE(std::isinf(leastFloatFrom(powerOfTwo(130), false)));
  EXPECT_EQ(leastFloatFrom(-powerOfTwo(130), false), -3.4028234663852886e38F);
}

TEST(LutCost, SizesAndChoice) {
  auto small = lutTable(2, 4, {-2, 1}, {0, 15});
  EXPECT_EQ(small.bytes, 64);
  EXPECT_TRUE(small.allowed());
  auto large = lutTable(8, 8, {-128, 127}, {0, 255});
  EXPECT_EQ(large.entryBytes, 2U);
  EXPECT_FALSE(large.allowed());
  EXPECT_FALSE(preferLut({}, 1 << 20, small, false));
  EXPECT_TRUE(preferLut({32, 1, 2}, 1 << 20, small, false));
  EXPECT_FALSE(preferLut({32, 1, 2}, 1 << 20, large, false));
  EXPECT_FALSE(lutTable(32, 8, {0, 1}, {0, 1}).allowed());
}
