// Every chosen form against brute force, and the judge against planted faults.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Requantise.h"
#include "passes/model/RequantiseJudge.h"
#include "test/unit/ModelTestSupport.h"
#include <chrono>
#include <gtest/gtest.h>
#include <iostream>

using namespace dyadic::model;
using namespace dyadic::model::test;

namespace {

enum class Scales { Floats, PowersOfTwo, SmallRatios };

/// alpha spreads `codes` codes over the accumulators when the range is `size` wide.
StepFunction randomStep(Random &random, Scales scales, int bits, int64_t size) {
  int64_t lo = -random.pick(0, size), hi = lo + random.pick(1, size);
  Rational slope(int64_t{1} << bits, size), alpha, beta, s, z;
  int exponent = static_cast<int>(random.pick(-8, 2));
  switch (scales) {
  case Scales::Floats:
    s = randomFloat(random, exponent, random.oneIn(8));
    alpha = *fromFloat32(nearestFloat32(Rational(slope * s * ratio(random.pick(1, 60), 20)))) *
            randomFloat(random, 0, true);
    beta = s * randomFloat(random, bits - 2, true);
    z = random.pick(-2, 2);
    break;
  case Scales::PowersOfTwo:
    s = powerOfTwo(exponent);
    alpha = powerOfTwo(exponent + bits - static_cast<int>(std::log2(size)) +
                       static_cast<int>(random.pick(-2, 1))) *
            random.pick(-3, 3);
    beta = powerOfTwo(exponent - 3) * random.pick(-20, 20);
    z = random.pick(-2, 2);
    break;
  case Scales::SmallRatios:
    s = ratio(random.pick(1, 9), random.pick(1, 9));
    alpha = slope * ratio(random.pick(-20, 20), random.pick(1, 9));
    beta = ratio(random.pick(-40, 40), random.pick(1, 4));
    z = ratio(random.pick(-4, 4), 2);
    break;
  }
  auto f = PiecewiseLinear::affine(lo, hi, alpha, beta);
  if (random.oneIn(3))
    f.relu();
  if (random.oneIn(6))
    f.leakyRelu(ratio(13, 128));
  if (random.oneIn(12))
    f.abs();
  if (random.oneIn(12))
    f.clip(std::nullopt, Rational(beta + s * 3));
  auto mode = static_cast<RoundingMode>(random.pick(0, 6));
  if (random.oneIn(2))
    mode = RoundingMode::HalfEven;
  if (random.oneIn(10))
    return StepFunction::compose(
        f, *makeTruncV2(s, z, s * powerOfTwo(random.pick(-1, 4)), 0, (1 << bits) - 1, mode));
  if (random.oneIn(12))
    return StepFunction::compose(f, *makeTruncV1(s, z, random.pick(bits, 16), bits, mode));
  if (random.oneIn(12)) {
    std::vector<Rational> t;
    for (int64_t i = random.pick(0, 20); i > 0; --i)
      t.push_back(s * random.pick(-40, 40) / 4);
    return StepFunction::compose(f, makeMultiThreshold(t, 1, 0));
  }
  return StepFunction::compose(
      f, *makeQuantBits(s, z, static_cast<float>(bits), random.oneIn(2), random.oneIn(2), mode));
}

std::optional<int64_t> firstDifference(const Form &form, const StepFunction &f, Clamp clamp) {
  for (int64_t a = f.lo(); a <= f.hi(); ++a)
    if (evalForm(form, a, clamp) != f.eval(a))
      return a;
  return std::nullopt;
}

/// The clamp another channel of the step may have widened.
Clamp randomClamp(Random &random, const StepFunction &f) {
  Clamp clamp{f.minCode(), f.maxCode()};
  if (random.oneIn(3))
    clamp.min -= random.pick(0, 3);
  if (random.oneIn(3))
    clamp.max += random.pick(0, 3);
  return clamp;
}

void checkAll(Random &random, Scales scales, int bits, int64_t size, std::map<std::string, int> &seen) {
  StepFunction f = randomStep(random, scales, bits, size);
  for (int retry = 0; retry < 4 && f.constant(); ++retry)
    f = randomStep(random, scales, bits, size);
  Clamp clamp = randomClamp(random, f);
  FormLimits limits{clamp};
  auto form = chooseForm(f, limits);
  ASSERT_TRUE(form) << form.error;
  ++seen[formName(form->kind)];
  auto wrong = judgeForm(*form, f, clamp);
  ASSERT_FALSE(wrong) << formName(form->kind) << ": " << *wrong;
  auto a = firstDifference(*form, f, clamp);
  ASSERT_FALSE(a) << formName(form->kind) << " at " << *a;
  for (auto other :
       {dyadicForm(f, clamp), halfEvenForm(f, clamp), f.constant() ? std::nullopt : twoSegmentForm(f, clamp),
        thresholdsForm(f, clamp, 1 << 18), tableForm(f, 1 << 18), wideForm(f, clamp),
        piecesForm(f, clamp, false), piecesForm(f, clamp, true)}) {
    if (!other || f.constant())
      continue;
    wrong = judgeForm(*other, f, clamp);
    ASSERT_FALSE(wrong) << formName(other->kind) << ": " << *wrong;
    a = firstDifference(*other, f, clamp);
    ASSERT_FALSE(a) << formName(other->kind) << " at " << *a;
  }
}

void print(const char *what, const std::map<std::string, int> &seen) {
  std::cout << what << ":";
  for (auto &[name, count] : seen)
    std::cout << " " << name << " " << count;
  std::cout << "\n";
}

} // namespace

TEST(Requantise, NarrowOutputs) {
  for (Scales scales : {Scales::Floats, Scales::PowersOfTwo, Scales::SmallRatios}) {
    Random random(11 + static_cast<uint64_t>(scales));
    std::map<std::string, int> seen;
    for (int round = 0; round < 1200; ++round)
      ASSERT_NO_FATAL_FAILURE(
          checkAll(random, scales, static_cast<int>(random.pick(1, 8)), 1 << random.pick(3, 11), seen))
          << "round " << round;
    print("narrow", seen);
  }
}

TEST(Requantise, WideOutputs) {
  for (Scales scales : {Scales::Floats, Scales::PowersOfTwo, Scales::SmallRatios}) {
    Random random(21 + static_cast<uint64_t>(scales));
    std::map<std::string, int> seen;
    for (int round = 0; round < 60; ++round)
      ASSERT_NO_FATAL_FAILURE(
          checkAll(random, scales, static_cast<int>(random.pick(10, 16)), 1 << random.pick(13, 16), seen))
          << "round " << round;
    print("wide", seen);
  }
}

TEST(Requantise, JudgeAgreesWithBruteForceOnFaults) {
  // A planted change is either found or shown harmless by brute force; never is a wrong form accepted.
  Random random(31);
  int found = 0, harmless = 0, refused = 0;
  for (int round = 0; round < 3000; ++round) {
    bool wideOutput = round % 10 == 0;
    StepFunction f =
        randomStep(random, static_cast<Scales>(random.pick(0, 2)),
                   static_cast<int>(wideOutput ? 11 : random.pick(2, 8)), wideOutput ? 1 << 14 : 1 << 9);
    Clamp clamp = randomClamp(random, f);
    auto chosen = chooseForm(f, FormLimits{clamp});
    ASSERT_TRUE(chosen);
    Form form = *chosen;
    int64_t delta = random.oneIn(2) ? 1 : -1;
    switch (form.kind) {
    case FormKind::Constant:
      form.b += delta;
      break;
    case FormKind::Thresholds: {
      auto &t = form.thresholds[static_cast<size_t>(
          random.pick(0, static_cast<int64_t>(form.thresholds.size()) - 1))];
      t += delta;
      break;
    }
    case FormKind::Table:
      form.table[static_cast<size_t>(random.pick(0, static_cast<int64_t>(form.table.size()) - 1))] += delta;
      break;
    case FormKind::Wide:
      (random.oneIn(2) ? form.wide.B : form.wide.Q) += delta;
      break;
    case FormKind::Pieces: {
      FormPiece &piece =
          form.pieces[static_cast<size_t>(random.pick(0, static_cast<int64_t>(form.pieces.size()) - 1))];
      if (random.oneIn(3) && &piece != &form.pieces[0])
        piece.start += delta;
      else if (piece.form.kind == FormKind::Wide)
        piece.form.wide.B += delta;
      else if (random.oneIn(2) || piece.form.m.empty())
        piece.form.b += delta;
      else
        piece.form.m[0] += delta;
      break;
    }
    default:
      switch (random.pick(0, 3)) {
      case 0:
        form.m[0] += delta;
        break;
      case 1:
        form.b += delta;
        break;
      case 2:
        form.n += form.n == 0 || random.oneIn(2) ? 1 : -1;
        break;
      default:
        if (form.kind == FormKind::TwoSegment)
          (random.oneIn(2) ? form.split : form.upperB) += delta;
        else
          form.b -= 3;
      }
    }
    auto wrong = judgeForm(form, f, clamp);
    auto a = firstDifference(form, f, clamp);
    if (a) {
      ASSERT_TRUE(wrong) << "missed a fault in " << formName(form.kind) << " at " << *a;
    }
    if (wrong)
      ++(a ? found
           : refused); // half_even and wide are judged by their numbers: refusing a harmless change is fine
    else
      ++harmless;
    if (wrong && !a) {
      EXPECT_TRUE(form.kind == FormKind::HalfEven || form.kind == FormKind::Wide ||
                  form.kind == FormKind::Pieces || form.kind == FormKind::Thresholds ||
                  wrong->find("fit") != std::string::npos || wrong->find("shift") != std::string::npos)
          << *wrong << " " << formName(form.kind);
    }
  }
  std::cout << found << " found, " << harmless << " harmless, " << refused << " refused though harmless\n";
  EXPECT_GT(found, 1000);
}

TEST(Requantise, JudgeNamesOverflowAndCutRange) {
  auto q = *makeQuantBits(ratio(1, 3), 0, 8, false, false, RoundingMode::HalfEven);
  auto f = StepFunction::compose(PiecewiseLinear::affine(-1000, 1000, ratio(1, 37), ratio(1, 5)), q);
  Clamp clamp{f.minCode(), f.maxCode()};
  Form form = *dyadicForm(f, clamp);
  ASSERT_EQ(form.kind, FormKind::Dyadic32);
  EXPECT_FALSE(judgeForm(form, f, clamp));
  auto wider =
      StepFunction::compose(PiecewiseLinear::affine(-1000, 2000000000, ratio(1, 37), ratio(1, 5)), q);
  EXPECT_TRUE(judgeForm(form, wider, {wider.minCode(), wider.maxCode()}));
  Form shifted = form;
  shifted.n = 40;
  EXPECT_TRUE(judgeForm(shifted, f, clamp));
  EXPECT_TRUE(judgeForm(form, f, {clamp.min + 1, clamp.max}));
  Form raised = form;
  ASSERT_TRUE(raiseShift(raised, form.n + 3, f.lo(), f.hi()));
  EXPECT_FALSE(judgeForm(raised, f, clamp));
  EXPECT_FALSE(raiseShift(raised, 31, f.lo(), f.hi()));
}

TEST(Requantise, WideRangesStaySymbolic) {
  // 16-bit activations and accumulators of 2^30: nothing may be listed, everything is proven.
  Random random(41);
  std::map<std::string, int> seen;
  auto start = std::chrono::steady_clock::now();
  for (int round = 0; round < 1000; ++round) {
    Rational s = randomFloat(random, -10, false);
    int64_t size = int64_t{1} << random.pick(16, 31);
    Rational alpha = s * randomFloat(random, 17, true) * randomFloat(random, 1, false) / size;
    auto f = PiecewiseLinear::affine(-size, size, alpha, s * randomFloat(random, 12, true));
    if (random.oneIn(2))
      f.relu();
    if (random.oneIn(5))
      f.leakyRelu(ratio(13, 128));
    auto g = StepFunction::compose(f, *makeQuantBits(s, 0, 16, true, false, RoundingMode::HalfEven));
    Clamp clamp{g.minCode(), g.maxCode()};
    auto form = chooseForm(g, FormLimits{clamp, 2});
    ASSERT_TRUE(form) << form.error;
    ++seen[formName(form->kind)];
    auto wrong = judgeForm(*form, g, clamp);
    ASSERT_FALSE(wrong) << *wrong;
    for (int i = 0; i < 100; ++i) {
      int64_t a = random.pick(-size, size);
      ASSERT_EQ(evalForm(*form, a, clamp), g.eval(a));
    }
  }
  double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  print("16 bits", seen);
  std::cout << "1000 channels chosen and judged in " << ms << " ms\n";
}

TEST(Requantise, MobileNetSizeIsQuick) {
  Random random(51);
  std::vector<PiecewiseLinear> channels;
  Rational s = randomFloat(random, -4, false);
  for (int i = 0; i < 4500; ++i) {
    auto f = PiecewiseLinear::affine(-random.pick(20000, 200000), random.pick(20000, 200000),
                                     s * randomFloat(random, 0, true) * randomFloat(random, 0, false) *
                                         ratio(1, 64),
                                     s * randomFloat(random, 6, true));
    f.relu();
    channels.push_back(f);
  }
  auto q = *makeQuantBits(s, 0, 8, false, false, RoundingMode::HalfEven);
  auto start = std::chrono::steady_clock::now();
  std::vector<StepFunction> steps;
  for (auto &f : channels)
    steps.push_back(StepFunction::compose(f, q));
  auto clamp = commonClamp(steps);
  auto composed = std::chrono::steady_clock::now();
  std::map<std::string, int> seen;
  std::vector<Form> forms;
  for (auto &f : steps) {
    auto form = chooseForm(f, FormLimits{{clamp.first, clamp.second}});
    ASSERT_TRUE(form) << form.error;
    ++seen[formName(form->kind)];
    forms.push_back(*form);
  }
  auto searched = std::chrono::steady_clock::now();
  for (size_t i = 0; i < steps.size(); ++i)
    ASSERT_FALSE(judgeForm(forms[i], steps[i], {clamp.first, clamp.second}));
  auto judged = std::chrono::steady_clock::now();
  auto ms = [](auto from, auto to) { return std::chrono::duration<double, std::milli>(to - from).count(); };
  print("MobileNet size", seen);
  std::cout << "compose " << ms(start, composed) << " ms, choose " << ms(composed, searched) << " ms, judge "
            << ms(searched, judged) << " ms\n";
}
