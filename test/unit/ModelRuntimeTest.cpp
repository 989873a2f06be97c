// The runtime's C evaluates every form as the model does: chosen forms of one channel, all kinds, one and two
// terms. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/MultiTerm.h"
#include "runtime-c/include/dyadic_step.h"
#include "test/unit/ModelTestSupport.h"
#include <gtest/gtest.h>
#include <map>

using namespace dyadic::model;
using namespace dyadic::model::test;

namespace {
/// One channel's form as the runtime's struct, with the arrays it points to.
struct RuntimeStep {
  std::vector<int64_t> m, upperM;
  int64_t b, upperB, split, aLow;
  uint8_t n, upperN, descending;
  uint32_t zero = 0, count;
  int32_t m32, b32;
  std::vector<int16_t> entries;
  dyadic_two_segment segments{};
  dyadic_thresholds thresholds{};
  dyadic_table table{};
  dyadic_step step{};

  RuntimeStep(const Form &form, size_t terms, Clamp clamp)
      : m(form.m), upperM{form.upperM}, b(form.b), upperB(form.upperB), split(form.split), aLow(form.aLow),
        n(static_cast<uint8_t>(form.n)), upperN(static_cast<uint8_t>(form.upperN)),
        descending(form.descending), count(static_cast<uint32_t>(form.thresholds.size())),
        entries(form.table.begin(), form.table.end()) {
    step.channels = 1;
    step.terms = static_cast<uint8_t>(terms);
    step.form = static_cast<uint8_t>(form.kind);
    step.line = {nullptr, m.data(), nullptr, &b, &n};
    if (form.kind == FormKind::Dyadic32) {
      m32 = static_cast<int32_t>(form.m[0]);
      b32 = static_cast<int32_t>(form.b);
      step.line = {&m32, nullptr, &b32, nullptr, &n};
    }
    step.clamp_min = clamp.min;
    step.clamp_max = clamp.max;
    segments = {&split, {nullptr, upperM.data(), nullptr, &upperB, &upperN}};
    step.segments = &segments;
    thresholds = {nullptr, form.thresholds.data(), &zero, &count, &descending};
    step.thresholds = &thresholds;
    table = {entries.data(), {16, 1}, &zero, &aLow};
    step.table = &table;
    if (form.kind == FormKind::Wide)
      limbs.add(form.wide, form.wide.limbs);
    limbs.wide.row = &zero;
    step.wide = &limbs.wide;
    addPieces(form);
  }

private:
  /// Rows of a dyadic_wide.
  struct Limbs {
    std::vector<uint32_t> A, B, P, Q, Q2;
    dyadic_wide wide{};
    void add(const WideStep &w, unsigned count) {
      auto append = [&](std::vector<uint32_t> &to, const Integer &value) {
        for (uint32_t limb : toLimbs(value, count))
          to.push_back(limb);
      };
      for (const Integer &a : w.A)
        append(A, a);
      append(B, w.B);
      append(P, w.P);
      append(Q, w.Q);
      append(Q2, w.Q2);
      wide = {static_cast<uint8_t>(count),
              static_cast<uint8_t>(w.tie),
              nullptr,
              A.data(),
              B.data(),
              P.data(),
              Q.data(),
              Q2.data()};
    }
  };

  void addPieces(const Form &form) {
    unsigned most = 0;
    for (const FormPiece &piece : form.pieces)
      most = std::max(most, piece.form.wide.limbs);
    for (const auto &[start, own] : form.pieces) {
      if (!pieceForms.empty())
        starts.push_back(start);
      pieceForms.push_back(static_cast<uint8_t>(own.kind));
      pieceM.push_back(own.m.empty() ? 0 : own.m[0]);
      pieceB.push_back(own.b);
      pieceN.push_back(static_cast<uint8_t>(own.n));
      rows.push_back(static_cast<uint32_t>(pieceLimbs.B.size() / std::max(1U, most)));
      if (own.kind == FormKind::Wide)
        pieceLimbs.add(own.wide, most);
    }
    pieceLimbs.wide.row = rows.data();
    pieces = {static_cast<uint32_t>(form.pieces.size()),
              starts.data(),
              pieceForms.data(),
              {nullptr, pieceM.data(), nullptr, pieceB.data(), pieceN.data()},
              &pieceLimbs.wide};
    step.pieces = &pieces;
  }

  Limbs limbs, pieceLimbs;
  std::vector<int64_t> starts, pieceM, pieceB;
  std::vector<uint8_t> pieceForms, pieceN;
  std::vector<uint32_t> rows;
  dyadic_pieces pieces{};
};
} // namespace

TEST(ModelRuntime, OneTerm) {
  Random random(91);
  std::map<FormKind, int> seen;
  for (int round = 0; round < 600; ++round) {
    const bool powers = random.oneIn(3);
    Rational s = powers ? Rational(ratio(1, 8)) : randomFloat(random, -3, false);
    Rational alpha = powers ? Rational(ratio(random.pick(-5, 5), 64)) : randomFloat(random, -8, true);
    auto f =
        PiecewiseLinear::affine(-random.pick(0, 600), random.pick(0, 600), alpha, s * random.pick(-9, 9) / 2);
    if (random.oneIn(3))
      f.leakyRelu(ratio(13, 128));
    auto q = *makeQuantBits(s, random.pick(-2, 2), static_cast<float>(random.pick(1, 8)), random.oneIn(2),
                            false, static_cast<RoundingMode>(random.pick(0, 6)));
    StepFunction g = StepFunction::compose(f, q);
    Clamp clamp{g.minCode(), g.maxCode()};
    for (auto form : {std::optional<Form>(*chooseForm(g, {clamp})), dyadicForm(g, clamp),
                      halfEvenForm(g, clamp), thresholdsForm(g, clamp, 1 << 10), tableForm(g, 1 << 12),
                      wideForm(g, clamp), piecesForm(g, clamp, false), piecesForm(g, clamp, true)}) {
      if (!form || (g.constant() && form->kind != FormKind::Constant))
        continue;
      ++seen[form->kind];
      RuntimeStep runtime(*form, 1, clamp);
      for (int64_t a = g.lo(); a <= g.hi(); ++a) {
        ASSERT_EQ(dyadic_step1(&runtime.step, 0, a), g.eval(a)) << formName(form->kind) << " at " << a;
        if (form->kind == FormKind::Dyadic32) {
          ASSERT_EQ(dyadic_step1_i32(&runtime.step, 0, static_cast<int32_t>(a)), g.eval(a));
        }
      }
    }
  }
  seen[FormKind::Dyadic64] += 10; // so small a range never needs it; two terms do
  for (int kind = 0; kind <= 8; ++kind)
    EXPECT_GT(seen[static_cast<FormKind>(kind)], 5) << formName(static_cast<FormKind>(kind));
}

TEST(ModelRuntime, TwoTermsAndWide) {
  Random random(92);
  int dyadic64 = 0;
  for (int round = 0; round < 60; ++round) {
    const bool large = round % 2 == 0; // 16 bits out: the multi-limb form at the edge of its limbs
    const int64_t size = large ? int64_t{1} << random.pick(16, 31) : 100;
    Rational s = randomFloat(random, -4, false), unit = large ? s * 32768 / size : s;
    SumFunction f({{unit * randomFloat(random, 0, true) * randomFloat(random, 0, false), -size, size},
                   {unit * randomFloat(random, -1, true) * randomFloat(random, 0, false), -size, size}},
                  randomFloat(random, 3, true));
    SumStep step{
        f, *makeQuantBits(s, 0, large ? 16.0F : 8.0F, true, false, static_cast<RoundingMode>(round % 7))};
    Clamp clamp = step.codes();
    auto form = chooseSumForm(step, {clamp});
    ASSERT_TRUE(form) << form.error;
    ASSERT_FALSE(judgeSumForm(*form, step, clamp));
    EXPECT_TRUE(!large || form->kind == FormKind::Wide);
    dyadic64 += form->kind == FormKind::Dyadic64;
    RuntimeStep runtime(*form, 2, clamp);
    for (int i = 0; i < 300; ++i) {
      int64_t a[2] = {random.pick(-size, size), random.pick(-size, size)};
      if (i < 4) {
        a[0] = i & 1 ? size : -size;
        a[1] = i & 2 ? size : -size;
      }
      ASSERT_EQ(dyadic_stepN(&runtime.step, 0, a), step.eval(a)) << formName(form->kind);
    }
  }
  EXPECT_GT(dyadic64, 10);
}
