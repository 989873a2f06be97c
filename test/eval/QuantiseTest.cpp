// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The quantisers against formulas in doubles that are exact on the values used, and against the step
// functions that the lowering uses.
#include "compiler/eval/exact/Quantise.h"
#include "compiler/eval/float32/FloatTensor.h"
#include "passes/model/Quantiser.h"
#include "test/eval/Random.h"
#include <cmath>
#include <gtest/gtest.h>

namespace dyadic::eval::test {
namespace {

using model::RoundingMode;
using Kind = QuantiserSpec::Kind;
constexpr RoundingMode everyMode[] = {RoundingMode::HalfEven, RoundingMode::Ceil, RoundingMode::Floor,
                                      RoundingMode::Down,     RoundingMode::Up,   RoundingMode::HalfUp,
                                      RoundingMode::HalfDown};

double roundDouble(RoundingMode mode, double v) {
  double m = std::fabs(v), sign = v < 0 ? -1 : 1;
  switch (mode) {
  case RoundingMode::HalfEven:
    return std::nearbyint(v);
  case RoundingMode::Ceil:
    return std::ceil(v);
  case RoundingMode::Floor:
    return std::floor(v);
  case RoundingMode::Down:
    return std::trunc(v);
  case RoundingMode::Up:
    return sign * std::ceil(m);
  case RoundingMode::HalfUp:
    return sign * std::floor(m + 0.5);
  case RoundingMode::HalfDown:
    return sign * std::ceil(m - 0.5);
  }
  return 0;
}

QuantiserSpec spec(float bits, bool isSigned, RoundingMode mode = RoundingMode::HalfEven) {
  QuantiserSpec s;
  s.bits = bits;
  s.isSigned = isSigned;
  s.mode = mode;
  return s;
}

Quantiser made(const QuantiserSpec &s) {
  auto q = Quantiser::make(s);
  EXPECT_TRUE(q) << q.error;
  return *q;
}

TEST(ExactQuant, EveryModeOnQuartersAndClips) {
  for (RoundingMode mode : everyMode)
    for (bool isSigned : {false, true})
      for (int k = -80; k <= 80; ++k) {
        double v = k / 4.0, low = isSigned ? -8 : 0, high = isSigned ? 7 : 15;
        Quantiser q = made(spec(4, isSigned, mode));
        EXPECT_EQ(q.code(Rational(v), 0), roundDouble(mode, std::max(std::min(v, high), low))) << v;
      }
}

TEST(ExactQuant, AgreesWithStepFunctions) {
  Random random(11);
  for (int round = 0; round < 2000; ++round) {
    QuantiserSpec s =
        spec(static_cast<float>(random.within(2, 16)) / 2, random.chance(50), everyMode[random.within(0, 6)]);
    s.narrow = random.chance(30);
    s.scale.values[0] = random.scale();
    s.zero.values[0] = random.chance(50) ? Rational(0) : random.number();
    if (s.isSigned && s.bits < 1)
      continue;
    Quantiser q = made(s);
    auto steps =
        model::makeQuantBits(s.scale.values[0], s.zero.values[0], s.bits, s.isSigned, s.narrow, s.mode);
    ASSERT_TRUE(steps) << steps.error;
    Rational x =
        random.chance(50) ? random.number() : Rational(random.within(-40, 40) * s.scale.values[0] / 2);
    Rational v = steps->preMul * x + steps->preAdd;
    ASSERT_EQ(q.code(x, 0), steps->codeMul * steps->indexOfV(v) + steps->codeAdd) << round;
  }
}

TEST(ExactQuant, ClipComesBeforeRounding) {
  EXPECT_EQ(made(spec(7.5F, true)).code(1000, 0), 90); // 2^6.5 - 1 = 89.51
  EXPECT_EQ(made(spec(7.5F, true, RoundingMode::Floor)).code(1000, 0), 89);
}

TEST(ExactQuant, BoundsAreFloat32) {
  EXPECT_EQ(made(spec(25, false)).code(model::powerOfTwo(40), 0), int64_t(1) << 25);
  EXPECT_EQ(made(spec(24, false)).code(model::powerOfTwo(40), 0), (int64_t(1) << 24) - 1);
  EXPECT_EQ(made(spec(32, true)).code(model::powerOfTwo(40), 0), int64_t(1) << 31);
}

TEST(ExactQuant, OneBit) {
  QuantiserSpec s = spec(1, true);
  s.narrow = true; // ignored
  s.scale.values[0] = Rational(1, 4);
  Quantiser q = made(s);
  EXPECT_EQ(q.code(0, 0), 1);
  EXPECT_EQ(q.code(Rational(-1, 1000000), 0), -1);
  EXPECT_EQ(q.value({2}, {1, -1}).at(1), Rational(-1, 4));
  Quantiser u = made(spec(1, false));
  EXPECT_EQ(u.code(Rational(1, 2), 0), 0);
  EXPECT_EQ(u.code(Rational(3, 2), 0), 1);
}

TEST(ExactQuant, HalfUpActsOnTheExactValue) {
  Rational below = *model::fromFloat32(0.49999997F);
  EXPECT_EQ(made(spec(8, true, RoundingMode::HalfUp)).code(below, 0), 0);
  QuantiserSpec s = spec(8, true, RoundingMode::HalfUp);
  EXPECT_EQ(floatCodes(s, {{1}, {0.49999997F}})[0], 1); // the executor's |x| + 0.5 rounds up
}

TEST(ExactQuant, RequantisingKeepsTheCode) {
  for (RoundingMode mode : everyMode) {
    QuantiserSpec s = spec(8, true, mode);
    s.scale.values[0] = *model::fromFloat32(0.0431F);
    Quantiser q = made(s);
    for (int64_t c = -128; c < 128; ++c)
      ASSERT_EQ(q.code(q.value({1}, {c}).at(0), 0), c);
  }
}

TEST(ExactQuant, ParametersBroadcastFromTheRight) {
  QuantiserSpec s = spec(8, true);
  s.scale = {{2}, {1, 10}}; // [C] on NCHW runs along W
  s.zero = {{3, 1, 1}, {0, 1, Rational(1, 2)}};
  Quantiser q = made(s);
  Tensor x = Tensor::makeDense({1, 3, 1, 2}, std::vector<Rational>(6, Rational(20)));
  EXPECT_EQ(q.codes(x), (std::vector<int64_t>{20, 2, 21, 3, 20, 2})); // 20.5 and 2.5 go to even
  Tensor y = q.value(x.shape, q.codes(x));
  EXPECT_EQ(y.at(3), 20);
  EXPECT_EQ(y.at(4), Rational(39, 2));
  EXPECT_EQ(y.at(5), 15);
}

TEST(ExactQuant, LatticeInputGivesTheSameCodes) {
  Random random(12);
  for (int round = 0; round < 100; ++round) {
    QuantiserSpec s =
        spec(static_cast<float>(random.within(2, 8)), random.chance(50), everyMode[random.within(0, 6)]);
    if (random.chance(50))
      s.scale = {{3, 1, 1}, {random.scale(), random.scale(), random.scale()}};
    Quantiser q = made(s);
    Tensor t = random.tensor({2, 3, 2, 2});
    std::vector<int64_t> codes = q.codes(t);
    for (const Shape &i : indices(t.shape)) {
      size_t flat = static_cast<size_t>(((i[0] * 3 + i[1]) * 2 + i[2]) * 2 + i[3]);
      size_t slot = s.scale.values.size() == 1 ? 0 : static_cast<size_t>(i[1]);
      ASSERT_EQ(codes[flat], q.code(at(t, i), slot));
    }
  }
}

TEST(ExactBipolar, ZeroIsPlusOne) {
  QuantiserSpec s;
  s.kind = Kind::Bipolar;
  s.scale.values[0] = Rational(1, 8);
  Quantiser q = made(s);
  EXPECT_EQ(q.codes(Tensor::makeDense({3}, {0, -1, 2})), (std::vector<int64_t>{1, -1, 1}));
  EXPECT_EQ(q.value({1}, {-1}).at(0), Rational(-1, 8));
}

TEST(ExactTrunc, VersionOneNeitherClipsNorRescales) {
  for (RoundingMode mode : everyMode)
    for (int w2 = -600; w2 <= 600; w2 += 7) {
      QuantiserSpec s;
      s.kind = Kind::TruncV1;
      s.scale.values[0] = Rational(1, 8);
      s.zero.values[0] = 3;
      s.inBits = 8;
      s.bits = 5;
      s.mode = mode;
      double w = std::nearbyint(w2 / 2.0 + 3);
      Rational x(w2, 16);
      x.canonicalize();
      Quantiser q = made(s);
      ASSERT_EQ(q.code(x, 0), roundDouble(mode, w / 8));
      ASSERT_EQ(q.value({1}, {5}).at(0), Rational(1, 4));
    }
}

TEST(ExactTrunc, VersionTwoClipsAndRescales) {
  for (RoundingMode mode : everyMode)
    for (int w = -100; w <= 100; ++w) {
      QuantiserSpec s;
      s.kind = Kind::TruncV2;
      s.scale.values[0] = Rational(1, 8);
      s.outScale.values[0] = Rational(1, 2);
      s.zero.values[0] = 6;
      s.bits = 4;
      s.isSigned = true;
      s.mode = mode;
      Quantiser q = made(s);
      double y = (w + 6) / 4.0; // T = 4
      ASSERT_EQ(q.code(Rational(w) / 8, 0), roundDouble(mode, std::max(std::min(y, 7.0), -8.0)));
      ASSERT_EQ(q.value({1}, {5}).at(0), (5 - Rational(3, 2)) / 2);
    }
}

TEST(ExactTrunc, DivisorIsTheNearestPowerOfTwo) {
  QuantiserSpec s;
  s.kind = Kind::TruncV2;
  s.bits = 8;
  s.outScale.values[0] = Rational(16, 9); // log2 = 0.83: T = 2
  EXPECT_EQ(made(s).code(10, 0), 5);
  s.outScale.values[0] = Rational(7, 5); // log2 = 0.485: T = 1
  EXPECT_EQ(made(s).code(10, 0), 10);
  s.outScale.values[0] = Rational(1, 3); // log2 = -1.58: T = 1/4
  EXPECT_EQ(made(s).code(10, 0), 40);
}

TEST(ExactMultiThreshold, CountsUnsortedThresholds) {
  QuantiserSpec s;
  s.kind = Kind::MultiThreshold;
  s.thresholds = {{3, 1, 2}, {0, 0, Rational(1, 2)}};
  s.outScale.values[0] = 2;
  s.outBias = -1;
  s.axis = 1;
  s.rank = 3;
  Quantiser q = made(s);
  Tensor x = Tensor::makeDense({1, 2, 2}, {2, Rational(5, 2), 0, -1});
  EXPECT_EQ(q.codes(x), (std::vector<int64_t>{2, 2, 2, 0}));
  EXPECT_EQ(q.value({1, 2, 2}, {2, 2, 2, 0}).at(3), -1);
  EXPECT_EQ(q.value({1, 2, 2}, {2, 2, 2, 0}).at(0), 3);
  EXPECT_EQ(floatCodes(s, {{1, 2, 2}, {2, 2.5F, 0, -1}}), (std::vector<int64_t>{2, 2, 2, 0}));
}

TEST(Boundary, DistanceToTheNearestReachableBoundary) {
  auto distance = [](const Quantiser &q, const Rational &x) { return q.boundary(x, 0, {0}).distance; };
  Quantiser even = made(spec(4, true));
  EXPECT_EQ(*distance(even, Rational(9, 4)), Rational(1, 4));
  EXPECT_EQ(*distance(even, Rational(5, 2)), 0);
  EXPECT_EQ(*distance(even, 100), Rational(100) - Rational(13, 2)); // 7 and 8 would meet beyond the clip
  EXPECT_EQ(*distance(made(spec(4, true, RoundingMode::Floor)), Rational(9, 4)), Rational(1, 4));
  EXPECT_EQ(*distance(made(spec(4, true, RoundingMode::Down)), Rational(1, 8)), Rational(7, 8)); // none at 0
  EXPECT_EQ(*distance(made(spec(4, true, RoundingMode::Up)), Rational(1, 8)), Rational(1, 8));
  QuantiserSpec s;
  s.kind = Kind::TruncV1;
  s.inBits = 8;
  s.bits = 6;
  s.mode = RoundingMode::Floor; // codes change where w goes from 3 to 4: at 7/2
  EXPECT_EQ(*distance(made(s), Rational(13, 4)), Rational(1, 4));
  EXPECT_FALSE(distance(made(s), Rational(5, 4)));
}

TEST(Boundary, NamesTheCodesThatMeet) {
  QuantiserSpec s;
  s.kind = Kind::MultiThreshold;
  s.thresholds = {{1, 1, 3}};
  s.axis = 0;
  s.rank = 1;
  auto b = made(s).boundary(Rational(9, 8), 0, {0});
  EXPECT_EQ(*b.distance, Rational(1, 8));
  EXPECT_EQ(b.below, 0);
  EXPECT_EQ(b.above, 2);
  b = made(spec(4, true)).boundary(Rational(-13, 8), 0, {0});
  EXPECT_EQ(b.below, -2);
  EXPECT_EQ(b.above, -1);
}

TEST(FloatQuant, AgreesAwayFromBoundaries) {
  Random random(13);
  for (int round = 0; round < 500; ++round) {
    QuantiserSpec s = spec(8, random.chance(50), everyMode[random.within(0, 6)]);
    s.scale.values[0] = *model::fromFloat32(static_cast<float>(random.within(1, 4000)) / 30000.0F);
    float x = static_cast<float>(random.within(-1000000, 1000000)) / 77777.0F;
    Quantiser q = made(s);
    auto b = q.boundary(*model::fromFloat32(x), 0, {0});
    if (b.distance && *b.distance < Rational(1, 1000))
      continue;
    EXPECT_EQ(floatCodes(s, {{1}, {x}})[0], q.code(*model::fromFloat32(x), 0));
  }
}

} // namespace
} // namespace dyadic::eval::test
