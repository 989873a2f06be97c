// Steps over several accumulators against brute force, and their judge against planted faults.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/MultiTerm.h"
#include "test/unit/ModelTestSupport.h"
#include <chrono>
#include <gtest/gtest.h>
#include <iostream>
#include <map>

using namespace dyadic::model;
using namespace dyadic::model::test;

namespace {
SumStep randomSum(Random &random, size_t terms, int64_t size, int bits) {
  int kind = static_cast<int>(random.pick(0, 2));
  std::vector<SumTerm> parts;
  Rational s = kind == 0   ? randomFloat(random, -2, false)
               : kind == 1 ? powerOfTwo(random.pick(-3, 0))
                           : ratio(random.pick(1, 7), 5);
  for (size_t i = 0; i < terms; ++i) {
    int64_t lo = -random.pick(0, size), hi = lo + random.pick(1, size);
    Rational alpha = kind == 0   ? randomFloat(random, static_cast<int>(random.pick(-4, -1)), true)
                     : kind == 1 ? Rational(powerOfTwo(random.pick(-6, -2)) * random.pick(-3, 3))
                                 : ratio(random.pick(-6, 6), random.pick(1, 6));
    parts.push_back({alpha, lo, hi});
  }
  SumFunction f(parts, kind == 0 ? randomFloat(random, 1, true) : ratio(random.pick(-20, 20), 8));
  if (random.oneIn(3))
    f.relu();
  if (random.oneIn(5))
    f.mulAdd(ratio(-3, 2), ratio(1, 2));
  if (random.oneIn(5))
    f.clip(ratio(-3, 2), ratio(9, 2));
  if (random.oneIn(12))
    return {f, *makeBipolar(s)};
  if (random.oneIn(12))
    return {f, makeMultiThreshold({-1, ratio(-1, 2), 0, ratio(1, 2)}, 1, 0)};
  auto mode = random.oneIn(2) ? RoundingMode::HalfEven : static_cast<RoundingMode>(random.pick(0, 6));
  return {f, *makeQuantBits(s, random.pick(-1, 1), static_cast<float>(bits), random.oneIn(2), false, mode)};
}

bool next(std::vector<int64_t> &a, const std::vector<SumTerm> &terms) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (++a[i] <= terms[i].hi)
      return true;
    a[i] = terms[i].lo;
  }
  return false;
}

std::optional<std::vector<int64_t>> firstDifference(const Form &form, const SumStep &step, Clamp clamp) {
  std::vector<int64_t> a;
  for (const SumTerm &t : step.f.terms())
    a.push_back(t.lo);
  do {
    if (evalForm(form, a, clamp) != step.eval(a))
      return a;
  } while (next(a, step.f.terms()));
  return std::nullopt;
}
} // namespace

TEST(MultiTerm, FormsEqualBruteForce) {
  Random random(61);
  std::map<std::string, int> seen;
  int found = 0, harmless = 0, refused = 0;
  for (int round = 0; round < 1500; ++round) {
    size_t terms = round % 5 == 0 ? 3 : round % 7 == 0 ? 1 : 2;
    SumStep step = randomSum(random, terms, terms == 3 ? 8 : 40, static_cast<int>(random.pick(1, 8)));
    Clamp clamp = step.codes();
    if (random.oneIn(4))
      clamp.min -= 2;
    auto form = chooseSumForm(step, {clamp});
    if (!form) { // a clip that is not the clamp's, with three unrelated scales: no form can hold it
      ASSERT_TRUE(clamp.min < step.codes().min) << form.error;
      continue;
    }
    ++seen[formName(form->kind)];
    auto wrong = judgeSumForm(*form, step, clamp);
    ASSERT_FALSE(wrong) << formName(form->kind) << ": " << *wrong;
    ASSERT_FALSE(firstDifference(*form, step, clamp)) << formName(form->kind) << " round " << round;

    Form fault = *form;
    int64_t delta = random.oneIn(2) ? 1 : -1;
    if (fault.kind == FormKind::Wide)
      (random.oneIn(2) ? fault.wide.B : fault.wide.A[0]) += delta;
    else if (fault.m.empty() || random.oneIn(2))
      fault.b += delta;
    else
      fault.m[0] += delta;
    wrong = judgeSumForm(fault, step, clamp);
    auto a = firstDifference(fault, step, clamp);
    if (a) {
      ASSERT_TRUE(wrong) << "missed a fault in " << formName(fault.kind);
    }
    ++(a ? found : wrong ? refused : harmless);
  }
  for (auto &[name, count] : seen)
    std::cout << name << " " << count << " ";
  std::cout << "; faults: " << found << " found, " << harmless << " harmless, " << refused
            << " refused though harmless\n";
  EXPECT_GT(seen["dyadic64"], 400);
  EXPECT_GT(seen["half_even"], 20);
  EXPECT_GT(seen["wide"], 20);
}

TEST(MultiTerm, ResidualAddOfEightBits) {
  Random random(62);
  auto start = std::chrono::steady_clock::now();
  std::map<std::string, int> seen;
  unsigned most = 0;
  for (int round = 0; round < 20; ++round) {
    Rational s = randomFloat(random, -4, false);
    SumFunction f({{randomFloat(random, -4, false), -128, 127}, {randomFloat(random, -3, false), -128, 127}},
                  0);
    f.relu();
    SumStep step{f, *makeQuantBits(s, 0, 8, false, false, RoundingMode::HalfEven)};
    Clamp clamp = step.codes();
    auto form = chooseSumForm(step, {clamp});
    ASSERT_TRUE(form) << form.error;
    ++seen[formName(form->kind)];
    most = std::max(most, form->n);
    auto wrong = judgeSumForm(*form, step, clamp);
    ASSERT_FALSE(wrong) << *wrong;
    if (round < 4) {
      ASSERT_FALSE(firstDifference(*form, step, clamp));
    }
  }
  double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  for (auto &[name, count] : seen)
    std::cout << name << " " << count << " ";
  std::cout << "largest shift " << most << ", 20 steps chosen and judged in " << ms << " ms\n";
  EXPECT_EQ(seen["dyadic64"], 20);
}

TEST(MultiTerm, WideRangesAndIntegerSums) {
  Random random(63);
  Rational s = randomFloat(random, -4, false);
  SumFunction f({{randomFloat(random, -14, false), -2000000, 3000000},
                 {randomFloat(random, -13, false), -32768, 32767}},
                s);
  SumStep step{f, *makeQuantBits(s, 0, 16, true, false, RoundingMode::HalfEven)};
  Clamp clamp = step.codes();
  auto form = chooseSumForm(step, {clamp});
  ASSERT_TRUE(form);
  EXPECT_EQ(form->kind, FormKind::Wide);
  EXPECT_FALSE(judgeSumForm(*form, step, clamp));
  for (int i = 0; i < 2000; ++i) {
    int64_t a[] = {random.pick(-2000000, 3000000), random.pick(-32768, 32767)};
    ASSERT_EQ(evalForm(*form, a, clamp), step.eval(a));
  }
  auto sum = *integerSum({{ratio(1, 3), -5, 7}, {ratio(-1, 2), 0, 9}});
  EXPECT_EQ(sum.unit, ratio(1, 6));
  EXPECT_EQ(sum.c, (std::vector<int64_t>{2, -3}));
  EXPECT_EQ(sum.lo, -10 - 27);
  EXPECT_EQ(sum.hi, 14);
  EXPECT_FALSE(integerSum({{ratio(1, 3), -5, 7}}, 6));
}
