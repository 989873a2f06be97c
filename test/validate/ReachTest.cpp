// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The nearest sum against a list of all sums.
#include "compiler/validate/Reach.h"
#include "gtest/gtest.h"
#include <random>
#include <set>

using namespace dyadic::validate;
using dyadic::model::Integer;
using dyadic::model::Rational;

namespace {

std::set<Integer> allSums(const std::vector<Stride> &strides, const Rational &unit) {
  std::set<Rational> sums{0};
  for (const Stride &s : strides) {
    std::set<Rational> next;
    for (Integer n = s.lo; n <= s.hi; ++n)
      if (!s.ends || n == s.lo || n == s.hi)
        for (const Rational &sum : sums)
          next.insert(sum + s.step * n);
    sums = std::move(next);
  }
  std::set<Integer> whole;
  for (const Rational &sum : sums) {
    Rational units = sum / unit;
    EXPECT_EQ(units.get_den(), 1);
    whole.insert(units.get_num());
  }
  return whole;
}

TEST(Reach, NearestOfRandomSumsIsNearest) {
  std::mt19937 random(7);
  auto draw = [&](int lo, int hi) { return std::uniform_int_distribution<int>(lo, hi)(random); };
  for (int round = 0; round < 400; ++round) {
    std::vector<Stride> strides(static_cast<size_t>(draw(1, 4)));
    for (Stride &s : strides) {
      int lo = draw(-9, 4);
      Rational step(draw(-40, 40), draw(1, 3));
      step.canonicalize();
      s = {step, lo, lo + draw(0, 9), draw(0, 4) == 0};
    }
    auto made = Reach::of(strides, 10000);
    ASSERT_TRUE(std::holds_alternative<Reach>(made));
    const Reach &reach = std::get<Reach>(made);
    std::set<Integer> sums = allSums(strides, reach.unit());
    EXPECT_EQ(*sums.begin(), reach.lowest());
    EXPECT_EQ(*sums.rbegin(), reach.highest());
    for (int question = 0; question < 30; ++question) {
      Rational position(draw(-1500, 1500), draw(1, 4));
      position.canonicalize();
      Rational best = -1;
      for (const Integer &sum : sums)
        if (Rational d = abs(sum - position); best < 0 || d < best)
          best = d;
      Reach::Point point = reach.nearest(position);
      EXPECT_EQ(Rational(abs(point.sum - position)), best);
      Rational again = 0;
      for (size_t i = 0; i < strides.size(); ++i) {
        again += strides[i].step * point.parts[i];
        EXPECT_TRUE(point.parts[i] >= strides[i].lo && point.parts[i] <= strides[i].hi);
      }
      EXPECT_EQ(Rational(point.sum * reach.unit()), again);
    }
  }
}

TEST(Reach, LeastResidueOfLongSequences) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2000; ++round) {
    long m = 1 + static_cast<long>(random() % 500), n = static_cast<long>(random() % 700);
    long a = static_cast<long>(random() % 600) - 300, c = static_cast<long>(random() % 900) - 400;
    long best = m;
    for (long x = 0; x <= n; ++x)
      best = std::min(best, ((a * x + c) % m + m) % m);
    LeastResidue r = leastResidue(n, m, a, c);
    EXPECT_EQ(r.value, best);
    EXPECT_TRUE(r.at >= 0 && r.at <= n);
    EXPECT_EQ(dyadic::model::floorMod(a * r.at + c, m), best);
  }
}

/// Two accumulators of 2^21 values and scales that have nothing in common: 2^42 sums, one question.
TEST(Reach, WideAccumulatorsAreSolvedNotListed) {
  Rational a(8388617, 1 << 24), b(12582917, 1 << 20);
  Integer most = 1 << 20;
  auto made = Reach::of({{a, -most, most}, {b, -most, most}}, 1);
  ASSERT_TRUE(std::holds_alternative<Reach>(made));
  const Reach &reach = std::get<Reach>(made);
  Integer n = 777777, k = -123456;
  Rational exact = (a * n + b * k) / reach.unit();
  Reach::Point point = reach.nearest(exact + Rational(1, 3));
  EXPECT_EQ(point.sum, exact.get_num());
}

TEST(Reach, TooManyCombinationsAreRefused) {
  Integer most = 1000;
  auto made = Reach::of(
      {{Rational(1000003), 0, most}, {Rational(1000033), 0, most}, {Rational(1000037), 0, most}}, 1000);
  ASSERT_TRUE(std::holds_alternative<std::string>(made));
  EXPECT_EQ(std::get<std::string>(made),
            "a sum of 3 accumulators of unlike scales: 1001 combinations, more than 1000");
}

} // namespace
