// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Steps of every form against 128-bit and GMP arithmetic, and their edges by hand.
#include "Support.h"

namespace dyadic::test {

class StepForm : public testing::TestWithParam<int> {};

TEST_P(StepForm, EqualsItsMeaning) {
  const int form = GetParam();
  Random random(100u + static_cast<uint32_t>(form));
  const unsigned widths[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 32};
  for (int round = 0; round < 400; ++round) {
    const dyadic_type out{static_cast<uint8_t>(widths[random.index(0, 11)]),
                          static_cast<uint8_t>(random.chance(50))};
    const int64_t bound =
        form == DYADIC_FORM_TABLE ? random.between(0, 800) : int64_t{1} << random.index(0, 28);
    Step step(random, random.index(1, 4), 1, bound, out, form);
    for (int i = 0; i < 100; ++i) {
      const uint32_t c = random.index(0, step.step.channels - 1);
      const int64_t a = random.edgy(-bound, bound);
      const int64_t expected = step.reference(c, &a);
      ASSERT_EQ(dyadic_step1(&step.step, c, a), expected) << nameOf(out) << " a " << a;
      ASSERT_EQ(dyadic_stepN(&step.step, c, &a), expected);
      if (out.bits >= 32)
        continue;
      ASSERT_EQ(dyadic_step1_i32(&step.step, c, static_cast<int32_t>(a)), expected);
      int32_t block[] = {static_cast<int32_t>(a), static_cast<int32_t>(a)};
      const uint32_t stride = step.step.channels > c + 1 && random.chance(50) ? 1 : 0;
      dyadic_step_block(&step.step, c, stride, 2, block);
      ASSERT_EQ(block[0], expected);
      ASSERT_EQ(block[1], step.reference(c + stride, &a));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, StepForm, testing::Range(0, 9));

TEST(Step, SeveralTerms) {
  Random random(7);
  for (int round = 0; round < 1500; ++round) {
    const dyadic_type out = randomType(random, 16);
    const int64_t bound = int64_t{1} << random.index(0, 31);
    const uint32_t terms = random.index(2, 8);
    Step step(random, random.index(1, 4), terms, bound, out);
    for (int i = 0; i < 30; ++i) {
      int64_t a[8];
      for (int64_t &x : a)
        x = random.edgy(-bound, bound);
      const uint32_t c = random.index(0, step.step.channels - 1);
      ASSERT_EQ(dyadic_stepN(&step.step, c, a), step.reference(c, a)) << "form " << int(step.step.form);
    }
  }
}

static dyadic_step lineStep(int form, const int64_t *m, const int64_t *b, const uint8_t *n, int64_t low,
                            int64_t high) {
  dyadic_step step{};
  step.channels = 1;
  step.terms = 1;
  step.form = static_cast<uint8_t>(form);
  step.line = {nullptr, m, nullptr, b, n};
  step.clamp_min = low;
  step.clamp_max = high;
  return step;
}

TEST(Step, SaturatesAtBothEnds) {
  const int64_t m = 1, b = 0;
  const uint8_t n = 0;
  for (int form : {DYADIC_FORM_DYADIC32, DYADIC_FORM_DYADIC64, DYADIC_FORM_HALF_EVEN}) {
    const dyadic_step step = lineStep(form, &m, &b, &n, -8, 7);
    for (int32_t a : {INT32_MIN, -9, -8, -7, 6, 7, 8, INT32_MAX}) {
      const int64_t expected = a < -8 ? -8 : a > 7 ? 7 : a;
      EXPECT_EQ(dyadic_step1(&step, 0, a), expected);
      EXPECT_EQ(dyadic_step1_i32(&step, 0, a), expected);
    }
  }
}

TEST(Step, LargestShift) {
  const int64_t m = 1, b = 0;
  const uint8_t n = 62;
  const dyadic_step floors = lineStep(DYADIC_FORM_DYADIC64, &m, &b, &n, -8, 7);
  const dyadic_step nearest = lineStep(DYADIC_FORM_HALF_EVEN, &m, &b, &n, -8, 7);
  const int64_t half = int64_t{1} << 61;
  EXPECT_EQ(dyadic_step1(&floors, 0, -1), -1);
  EXPECT_EQ(dyadic_step1(&floors, 0, INT64_MIN), -2);
  EXPECT_EQ(dyadic_step1(&floors, 0, INT64_MAX), 1);
  EXPECT_EQ(dyadic_step1(&nearest, 0, half), 0);
  EXPECT_EQ(dyadic_step1(&nearest, 0, half + 1), 1);
  EXPECT_EQ(dyadic_step1(&nearest, 0, 3 * half), 2);
  EXPECT_EQ(dyadic_step1(&nearest, 0, -half), 0);
  EXPECT_EQ(dyadic_step1(&nearest, 0, -half - 1), -1);
  EXPECT_EQ(dyadic_step1(&nearest, 0, INT64_MAX), 2);
}

TEST(Step, NoShiftArrayMeansAnAffineMap) {
  const int64_t m = -3, b = int64_t{1} << 40;
  const dyadic_step step = lineStep(DYADIC_FORM_DYADIC64, &m, &b, nullptr, INT64_MIN, INT64_MAX);
  EXPECT_EQ(dyadic_step1(&step, 0, 5), b - 15);
  EXPECT_EQ(dyadic_step1(&step, 0, -5), b + 15);
}

// x / 4 in each rounding mode, against the definition of the mode.
TEST(Step, WideFormRoundsAsEachModeDoes) {
  const uint32_t A[] = {2, 0}, zero[] = {0, 0}, P[] = {8, 0};
  std::vector<uint32_t> minusP, minusHalf;
  toLimbs(-8, 2, minusP);
  toLimbs(-4, 2, minusHalf);
  struct Mode {
    const char *name;
    uint8_t tie;
    const uint32_t *q, *q2;
    int64_t (*round)(int64_t quarters);
  };
  auto floorOf = [](int64_t x) -> int64_t { return (x >= 0 ? x : x - 3) / 4; };
  static auto f = floorOf;
  const Mode modes[] = {
      {"FLOOR", DYADIC_TIE_INCLUSIVE, zero, nullptr, [](int64_t x) { return f(x); }},
      {"CEIL", DYADIC_TIE_EXCLUSIVE, minusP.data(), nullptr, [](int64_t x) { return -f(-x); }},
      {"HALF_EVEN", DYADIC_TIE_EVEN, minusHalf.data(), nullptr,
       [](int64_t x) { return (x & 7) == 2 ? f(x) : f(x + 2); }},
      {"HALF_UP", DYADIC_TIE_POSITIVE, minusHalf.data(), nullptr,
       [](int64_t x) { return x < 0 ? -f(-x + 2) : f(x + 2); }},
      {"HALF_DOWN", DYADIC_TIE_NOT_POSITIVE, minusHalf.data(), nullptr,
       [](int64_t x) { return x < 0 ? f(x + 2) : -f(-x + 2); }},
      {"DOWN", DYADIC_TIE_POSITIVE, zero, minusP.data(), [](int64_t x) { return x / 4; }},
      {"UP", DYADIC_TIE_NOT_POSITIVE, minusP.data(), zero, [](int64_t x) { return x < 0 ? f(x) : -f(-x); }},
  };
  for (const Mode &mode : modes) {
    const dyadic_wide wide{2, mode.tie, nullptr, A, zero, P, mode.q, mode.q2};
    for (int64_t x = -100; x <= 100; ++x) {
      const int64_t expected = std::min<int64_t>(15, std::max<int64_t>(-16, mode.round(x)));
      EXPECT_EQ(dyadic_wide_eval(&wide, 0, 1, &x, -16, 15), expected) << mode.name << " of " << x << " / 4";
    }
  }
}

} // namespace dyadic::test
