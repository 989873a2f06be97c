// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every function of a small range comes back from its thresholds.
#include "compiler/canonical/Staircase.h"
#include <gtest/gtest.h>
#include <random>

namespace dyadic::canonical {
namespace {

/// What MultiThreshold counts.
int64_t count(const Rows &rows, size_t row, int64_t a) {
  int64_t n = 0;
  for (int64_t k = 0; k < rows.columns; ++k)
    n += a >= rows.values[row * static_cast<size_t>(rows.columns) + static_cast<size_t>(k)];
  return n;
}

TEST(Staircase, RisesAndFallsAddUpToAnyFunction) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<Staircase> stairs;
    std::vector<std::vector<int64_t>> functions;
    std::vector<int64_t> base(3), none(3, 0);
    int64_t lo = -static_cast<int64_t>(random() % 20);
    for (size_t row = 0; row < 3; ++row) {
      std::vector<int64_t> f, starts;
      for (int64_t a = lo; a < lo + 30; ++a) {
        f.push_back(static_cast<int64_t>(random() % 6) - 3);
        starts.push_back(a);
      }
      stairs.push_back(
          staircaseOf([&](int64_t a) { return f[static_cast<size_t>(a - lo)]; }, starts, lo + 29));
      base[row] = f[0] + 3;
      functions.push_back(std::move(f));
    }
    Rows risen = thresholdRows(stairs, 1, base), fallen = thresholdRows(stairs, -1, none);
    for (size_t row = 0; row < 3; ++row)
      for (int64_t a = lo; a < lo + 30; ++a)
        ASSERT_EQ(count(risen, row, a) - count(fallen, row, a) - 3,
                  functions[row][static_cast<size_t>(a - lo)]);
  }
}

TEST(Staircase, HalvingFindsEveryChangeOfAMonotoneFunction) {
  Staircase s = staircaseOf([](int64_t a) { return (a * 3 + 1) >> 4; }, {-1000}, 1000);
  for (int64_t a = -1000, at = 0, code = s.first; a <= 1000; ++a) {
    if (static_cast<size_t>(at) < s.changes.size() && s.changes[static_cast<size_t>(at)].at == a)
      code = s.changes[static_cast<size_t>(at++)].code;
    ASSERT_EQ(code, (a * 3 + 1) >> 4);
  }
}

TEST(Staircase, AFallingOneRisesOfTheNegated) {
  auto f = [](int64_t a) { return 5 - (a >> 3); };
  Staircase mirrored = staircaseOf(f, {-17}, 40).mirrored(),
            direct = staircaseOf([&](int64_t b) { return f(-b); }, {-40}, 17);
  EXPECT_TRUE(mirrored.rises());
  EXPECT_FALSE(mirrored.falls());
  EXPECT_EQ(mirrored.lo, direct.lo);
  EXPECT_EQ(mirrored.hi, direct.hi);
  EXPECT_TRUE(mirrored.sameFunction(direct));
}

TEST(Staircase, AConstantHasOneThresholdThatIsNeverReached) {
  Rows rows = thresholdRows(staircaseOf([](int64_t) { return 4; }, {-5}, 9), 1, int64_t{0});
  EXPECT_EQ(rows.columns, 1);
  EXPECT_EQ(rows.values, std::vector<int64_t>{10});
}

} // namespace
} // namespace dyadic::canonical
