// Judges the form of a step over several accumulators.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/MultiTerm.h"
#include "passes/model/RequantiseJudge.h"
#include <algorithm>

namespace dyadic::model {

using Verdict = std::optional<std::string>;

/// Every partial sum of products, with b, in any order.
static bool overflows(const Form &form, const std::vector<SumTerm> &terms) {
  Integer size = abs(Integer(form.b));
  for (size_t i = 0; i < terms.size(); ++i)
    size += abs(Integer(form.m[i])) * std::max(abs(Integer(terms[i].lo)), abs(Integer(terms[i].hi)));
  return size >= (Integer(1) << 63) || form.n > 62;
}

/// m_i = M c_i with c_i the integers of the common unit: then the step over all values of the integer sum
/// decides.
static bool provenAsIntegerSum(const Form &form, const SumStep &step, Clamp clamp) {
  auto sum = integerSum(step.f.terms());
  if (!sum)
    return false;
  Form single = form;
  single.m = {0};
  for (size_t i = 0; i < sum->c.size(); ++i)
    if (sum->c[i] != 0)
      single.m[0] = form.m[i] / sum->c[i];
  for (size_t i = 0; i < sum->c.size(); ++i)
    if (Integer(single.m[0]) * sum->c[i] != form.m[i])
      return false;
  return !judgeForm(single, sumStepFunction(step, *sum), clamp);
}

static Verdict judgeDyadic(const Form &form, const SumStep &step, Clamp clamp) {
  if (provenAsIntegerSum(form, step, clamp))
    return std::nullopt;
  const auto &terms = step.f.terms();
  if (terms.size() != 2)
    return "a dyadic form of " + std::to_string(terms.size()) + " terms of unrelated scales cannot be proven";
  const size_t fixed = terms[0].hi - terms[0].lo <= terms[1].hi - terms[1].lo ? 0 : 1;
  for (int64_t x = terms[fixed].lo; x <= terms[fixed].hi; ++x) {
    const int64_t a[2] = {x, x};
    Form row = form;
    row.m = {form.m[1 - fixed]};
    row.b = form.m[fixed] * x + form.b; // fits: checked before
    if (auto wrong = judgeForm(row, StepFunction::compose(step.f.row(1 - fixed, a), step.q), clamp))
      return "with term " + std::to_string(fixed) + " at " + std::to_string(x) + ": " + *wrong;
  }
  return std::nullopt;
}

/// The rule without clips, limited by the clamp alone, gives the right codes at its least and greatest value.
static bool clipsAgree(const SumStep &step, const SumRule &rule, Clamp clamp) {
  for (bool greatest : {false, true}) {
    Integer v = rule.step.q;
    std::vector<int64_t> a;
    for (size_t i = 0; i < rule.p.size(); ++i) {
      const SumTerm &t = step.f.terms()[i];
      a.push_back((rule.p[i] > 0) == greatest ? t.hi : t.lo);
      v += rule.p[i] * a.back();
    }
    AffineStep at = rule.step;
    at.p = 0;
    at.q = v;
    if (std::clamp(at.index(0), clamp.min, clamp.max) != step.eval(a))
      return false;
  }
  return true;
}

Verdict judgeSumForm(const Form &form, const SumStep &step, Clamp clamp) {
  const auto &terms = step.f.terms();
  const Clamp codes = step.codes();
  if (codes.min < clamp.min || codes.max > clamp.max)
    return "the clamp cuts off codes of the step function";
  if (form.kind == FormKind::Constant)
    return codes.min == codes.max && codes.min == form.b ? Verdict() : "the code is not constant";
  if (form.kind == FormKind::Dyadic64 || form.kind == FormKind::HalfEven) {
    if (form.m.size() != terms.size())
      return "the form has " + std::to_string(form.m.size()) + " multipliers for " +
             std::to_string(terms.size()) + " terms";
    if (overflows(form, terms))
      return "the sum of products does not fit 64 bits";
    if (form.kind == FormKind::Dyadic64)
      return judgeDyadic(form, step, clamp);
  } else if (form.kind != FormKind::Wide) {
    return std::string(formName(form.kind)) + " is no form for several terms";
  }
  // HalfEven and Wide carry the exact numbers of the rule; compare them in rationals.
  auto rule = sumRule(step);
  if (!rule || !clipsAgree(step, *rule, clamp))
    return "the clips of the step are not those of the clamp";
  const AffineStep &s = rule->step;
  bool same = true;
  if (form.kind == FormKind::HalfEven) {
    const Integer unit = Integer(1) << form.n;
    for (size_t i = 0; i < terms.size(); ++i)
      same &= form.m[i] * s.s == rule->p[i] * unit;
    same &= form.b * s.s == s.q * unit;
    for (unsigned c = 0; c < 4; ++c)
      same &= 2 * s.o[c] == -s.s && s.inclusive[c] == (c % 2 == 0);
    return same ? Verdict() : "m, b, n are not the exact ratios that a half-even shift needs";
  }
  const WideStep &w = form.wide;
  if (w.A.size() != terms.size() || w.P <= 0 || w.limbs < 1 || w.limbs > WideStep::maxLimbs)
    return "the wide form is malformed";
  Integer value = abs(w.B);
  for (size_t i = 0; i < terms.size(); ++i) {
    same &= w.A[i] * s.s == rule->p[i] * w.P;
    value += abs(w.A[i]) *
             std::max({Integer(abs(Integer(terms[i].lo))), Integer(abs(Integer(terms[i].hi))), Integer(1)});
  }
  same &= w.B * s.s == s.q * w.P;
  for (unsigned c = 0; c < 4; ++c) {
    const bool positive = c >= 2, even = c % 2 == 0;
    const bool belongs[] = {true, false, even, positive, !positive};
    same &= s.o[c] * w.P == (positive ? w.Q : w.Q2) * s.s &&
            s.inclusive[c] == belongs[static_cast<size_t>(w.tie)];
  }
  for (const Integer &k : {Integer(clamp.min), Integer(clamp.max)})
    value = std::max({value, Integer(abs(w.P * k + w.Q)), Integer(abs(w.P * k + w.Q2)), w.P,
                      Integer(abs(w.Q)), Integer(abs(w.Q2))});
  if (value >= (Integer(1) << (32 * w.limbs - 1)))
    return "a number of the wide form does not fit " + std::to_string(w.limbs) + " limbs";
  return same ? Verdict() : "the wide form's numbers are not those of the step function";
}

} // namespace dyadic::model
