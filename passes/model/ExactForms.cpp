// Forms that carry the exact ratios of the rule: the half-even shift and the multi-limb form.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Requantise.h"
#include <algorithm>

namespace dyadic::model {

/// The one rule that holds on every affine piece; none where pieces differ or none is affine.
static const AffineStep *commonStep(const StepFunction &f) {
  const AffineStep *step = nullptr;
  for (const StepPiece &piece : f.pieces()) {
    if (piece.constant)
      continue;
    if (step && (step->p != piece.step.p || step->q != piece.step.q || step->s != piece.step.s))
      return nullptr;
    step = &piece.step;
  }
  return step;
}

/// A form that follows the affine rule still has to give the codes of the constant pieces by its clamp.
static bool equalsOnConstantPieces(const StepFunction &f, const Form &form, Clamp clamp) {
  return std::all_of(f.pieces().begin(), f.pieces().end(), [&](const StepPiece &piece) {
    return !piece.constant || (evalForm(form, piece.start, clamp) == piece.value &&
                               evalForm(form, piece.end, clamp) == piece.value);
  });
}

std::optional<Form> halfEvenForm(const StepFunction &f, Clamp clamp) {
  const AffineStep *step = commonStep(f);
  if (!step || step->inclusive != std::array<bool, 4>{true, false, true, false})
    return std::nullopt;
  for (const Integer &o : step->o)
    if (2 * o != -step->s)
      return std::nullopt;
  Integer common = gcd(gcd(step->p, step->q), step->s);
  auto n = exactLog2(Rational(Integer(step->s / common)));
  auto m = toInt64(step->p / common), b = toInt64(step->q / common);
  if (!n || *n > 62 || !m || !b || !lineFits(*m, *b, f.lo(), f.hi(), 64))
    return std::nullopt;
  Form form;
  form.kind = FormKind::HalfEven;
  form.m = {*m};
  form.b = *b;
  form.n = static_cast<unsigned>(*n);
  if (!equalsOnConstantPieces(f, form, clamp))
    return std::nullopt;
  return form;
}

std::optional<WideRule> wideRule(const AffineStep &step) {
  if (step.o[0] != step.o[1] || step.o[2] != step.o[3])
    return std::nullopt;
  WideRule rule{step.o[2], step.o[0], TieRule::Inclusive};
  const auto &in = step.inclusive; // even and odd k <= 0, even and odd k > 0
  if (in == std::array<bool, 4>{true, true, true, true})
    rule.tie = TieRule::Inclusive;
  else if (in == std::array<bool, 4>{false, false, false, false})
    rule.tie = TieRule::Exclusive;
  else if (in == std::array<bool, 4>{true, false, true, false})
    rule.tie = TieRule::Even;
  else if (in == std::array<bool, 4>{false, false, true, true})
    rule.tie = TieRule::Positive;
  else if (in == std::array<bool, 4>{true, true, false, false})
    rule.tie = TieRule::NotPositive;
  else
    return std::nullopt;
  return rule;
}

unsigned wideLimbs(const WideStep &wide, std::span<const std::pair<int64_t, int64_t>> ranges, Clamp clamp) {
  // The largest absolute values bound everything that is compared.
  Integer value = abs(wide.B);
  for (size_t i = 0; i < wide.A.size(); ++i)
    value += abs(wide.A[i]) * std::max(abs(Integer(ranges[i].first)), abs(Integer(ranges[i].second)));
  Integer code = std::max(abs(Integer(clamp.min)), abs(Integer(clamp.max)));
  Integer boundary = wide.P * code + std::max(abs(wide.Q), abs(wide.Q2));
  Integer largest = std::max({value, boundary, wide.P});
  for (const Integer &a : wide.A) // a coefficient counts even where its accumulator is always 0
    largest = std::max(largest, Integer(abs(a)));
  size_t bits = mpz_sizeinbase(largest.get_mpz_t(), 2) + 1;
  unsigned limbs = static_cast<unsigned>((bits + 31) / 32);
  return limbs <= WideStep::maxLimbs ? limbs : 0;
}

std::optional<Form> wideForm(const StepFunction &f, Clamp clamp) {
  const AffineStep *step = commonStep(f);
  if (!step)
    return std::nullopt;
  auto rule = wideRule(*step);
  if (!rule)
    return std::nullopt;
  Form form;
  form.kind = FormKind::Wide;
  Integer common = gcd(gcd(step->p, step->q), gcd(step->s, gcd(rule->positive, rule->notPositive)));
  form.wide.A = {Integer(step->p / common)};
  form.wide.B = step->q / common;
  form.wide.P = step->s / common;
  form.wide.Q = rule->positive / common;
  form.wide.Q2 = rule->notPositive / common;
  form.wide.tie = rule->tie;
  const std::pair<int64_t, int64_t> range{f.lo(), f.hi()};
  form.wide.limbs = wideLimbs(form.wide, {&range, 1}, clamp);
  if (form.wide.limbs == 0 || !equalsOnConstantPieces(f, form, clamp))
    return std::nullopt;
  return form;
}

} // namespace dyadic::model
