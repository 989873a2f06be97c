// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bends of piecewise linear functions: slope, runs and jumps add up to the function on every integer.
#include "passes/model/Bends.h"
#include "passes/model/Lattice.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace dyadic::model {
namespace {

Rational sumOf(const Bends &b, int64_t a) {
  a = b.mirrored ? -a : a;
  Rational v = b.slope * a + b.offset;
  for (const Bends::Run &r : b.runs)
    v += r.factor * std::clamp<int64_t>(a - r.from, 0, r.to - r.from);
  for (const Bends::Jump &j : b.jumps)
    if (a >= j.at)
      v += j.height;
  return v;
}

void expectExact(const PiecewiseLinear &f) {
  Bends b = bendsOf(f);
  for (int64_t a = f.lo(); a <= f.hi(); ++a)
    ASSERT_EQ(sumOf(b, a), f.eval(a)) << a;
}

TEST(Bends, ReluIsOneRunAndOneJump) {
  auto f = PiecewiseLinear::affine(-50, 50, Rational(3, 7), Rational(1, 11));
  f.relu();
  Bends b = bendsOf(f);
  EXPECT_EQ(b.slope, 0);
  EXPECT_EQ(b.runs.size(), 1U);
  EXPECT_EQ(b.jumps.size(), 1U);
  expectExact(f);
}

TEST(Bends, FallingReluToo) {
  auto f = PiecewiseLinear::affine(-50, 50, Rational(-3, 7), Rational(1, 11));
  f.relu();
  EXPECT_EQ(bendsOf(f).slope, 0);
  EXPECT_EQ(bendsOf(f).offset, 0);
  EXPECT_EQ(bendsOf(f).runs.size(), 1U);
  expectExact(f);
}

TEST(Bends, LeakyReluKeepsTheAccumulator) {
  auto f = PiecewiseLinear::affine(-50, 50, Rational(3, 7), Rational(1, 11));
  f.leakyRelu(Rational(1, 10));
  Bends b = bendsOf(f);
  EXPECT_NE(b.slope, 0);
  EXPECT_EQ(b.runs.size(), 1U);
  EXPECT_EQ(b.jumps.size(), 1U);
  expectExact(f);
}

TEST(Bends, BendOnAnIntegerNeedsNoJump) {
  for (int64_t alpha : {2, -2})
    for (int64_t bend : {-3, 0, 5}) {
      auto f = PiecewiseLinear::affine(-20, 20, alpha, Rational(-alpha * bend));
      f.leakyRelu(Rational(1, 4));
      EXPECT_TRUE(bendsOf(f).jumps.empty()) << alpha << " at " << bend;
      expectExact(f);
    }
}

TEST(Bends, RandomFunctions) {
  std::mt19937 random(1);
  auto rational = [&](int size) {
    Rational r(static_cast<long>(random() % (2 * size + 1)) - size, 1 + static_cast<long>(random() % 9));
    r.canonicalize();
    return r;
  };
  for (int n = 0; n < 2000; ++n) {
    auto lo = static_cast<int64_t>(random() % 40) - 20;
    auto f = PiecewiseLinear::affine(lo, lo + static_cast<int64_t>(random() % 40), rational(5), rational(30));
    for (unsigned k = 0, bends = random() % 4; k < bends; ++k)
      switch (random() % 5) {
      case 0:
        f.relu();
        break;
      case 1:
        f.leakyRelu(rational(3));
        break;
      case 2:
        f.abs();
        break;
      case 3:
        f.clip(rational(20), rational(20));
        break;
      default:
        f.mulAdd(rational(4), rational(20));
      }
    expectExact(f);
  }
}

TEST(Digits, AddUp) {
  for (const char *text : {"0", "1", "-1", "123456789012345678901234567890", "-99999999999999999999"}) {
    Integer value(text), sum, weight = 1;
    for (int64_t d : digitsOf(value, 20)) {
      EXPECT_LT(std::abs(d), 1 << 20);
      sum += weight * static_cast<long>(d);
      weight <<= 20;
    }
    EXPECT_EQ(sum, value);
  }
}

} // namespace
} // namespace dyadic::model
