// Sums of accumulators as functions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/MultiTerm.h"
#include "passes/model/Lattice.h"
#include <algorithm>

namespace dyadic::model {

void SumFunction::mulAdd(const Rational &alpha, const Rational &beta) {
  for (SumTerm &term : parts)
    term.alpha *= alpha;
  offset = offset * alpha + beta;
  for (auto *bound : {&least, &greatest})
    if (*bound)
      **bound = **bound * alpha + beta;
  if (alpha < 0)
    std::swap(least, greatest);
}

void SumFunction::clip(const std::optional<Rational> &low, const std::optional<Rational> &high) {
  // Clipping is monotone: the new bounds are the old ones clipped.
  auto apply = [&](std::optional<Rational> &bound, const std::optional<Rational> &infinite) {
    if (!bound)
      bound = infinite;
    if (!bound)
      return;
    if (low && *bound < *low)
      bound = low;
    if (high && *bound > *high)
      bound = high;
  };
  apply(least, low);
  apply(greatest, high);
}

Rational SumFunction::limited(Rational v) const {
  if (least && v < *least)
    v = *least;
  if (greatest && v > *greatest)
    v = *greatest;
  return v;
}

Rational SumFunction::eval(std::span<const int64_t> a) const {
  Rational v = offset;
  for (size_t i = 0; i < parts.size(); ++i)
    v += parts[i].alpha * a[i];
  return limited(std::move(v));
}

std::pair<Rational, Rational> SumFunction::sumRange() const {
  Rational low = offset, high = offset;
  for (const SumTerm &t : parts) {
    low += t.alpha * (t.alpha < 0 ? t.hi : t.lo);
    high += t.alpha * (t.alpha < 0 ? t.lo : t.hi);
  }
  return {low, high};
}

std::pair<Rational, Rational> SumFunction::valueRange() const {
  auto [low, high] = sumRange();
  return {limited(low), limited(high)};
}

PiecewiseLinear SumFunction::row(size_t free, std::span<const int64_t> a) const {
  Rational fixed = offset;
  for (size_t i = 0; i < parts.size(); ++i)
    if (i != free)
      fixed += parts[i].alpha * a[i];
  auto f = PiecewiseLinear::affine(parts[free].lo, parts[free].hi, parts[free].alpha, fixed);
  f.clip(least, greatest);
  return f;
}

Clamp SumStep::codes() const {
  auto [low, high] = f.valueRange();
  int64_t x = q.index(low), y = q.index(high);
  return {std::min(x, y), std::max(x, y)};
}

std::optional<IntegerSum> integerSum(const std::vector<SumTerm> &terms, int64_t limit) {
  std::vector<Rational> alphas;
  for (const SumTerm &t : terms)
    alphas.push_back(t.alpha);
  CommonUnit common = commonUnit(alphas);
  IntegerSum sum{common.unit, {}, 0, 0};
  Integer low = 0, high = 0, size = 0;
  for (size_t i = 0; i < terms.size(); ++i) {
    const Integer &c = common.multiples[i];
    Integer x = c * terms[i].lo, y = c * terms[i].hi;
    low += std::min(x, y);
    high += std::max(x, y);
    size += std::max({Integer(abs(x)), Integer(abs(y)), Integer(abs(c))});
    if (size > limit)
      return std::nullopt;
    sum.c.push_back(c.get_si());
  }
  sum.lo = low.get_si();
  sum.hi = high.get_si();
  return sum;
}

StepFunction sumStepFunction(const SumStep &step, const IntegerSum &sum) {
  auto f = PiecewiseLinear::affine(sum.lo, sum.hi, sum.unit, step.f.beta());
  f.clip(step.f.low(), step.f.high());
  return StepFunction::compose(f, step.q);
}

/// A listed quantiser with evenly spaced thresholds of one kind (any with a single one) as an affine rule.
static std::optional<AffineRule> affineRule(const Quantiser &q) {
  if (!q.listed)
    return q.rule;
  if (q.thresholds.empty())
    return std::nullopt;
  AffineRule rule;
  if (q.thresholds.size() > 1)
    rule.step = q.thresholds[1].theta - q.thresholds[0].theta;
  if (rule.step <= 0)
    return std::nullopt;
  for (size_t i = 0; i < q.thresholds.size(); ++i)
    if (q.thresholds[i].theta != q.thresholds[0].theta + rule.step * static_cast<long>(i) ||
        q.thresholds[i].inclusive != q.thresholds[0].inclusive)
      return std::nullopt;
  rule.offset.fill(q.thresholds[0].theta - rule.step * (q.kmin + 1));
  rule.inclusive.fill(q.thresholds[0].inclusive);
  return rule;
}

std::optional<SumRule> sumRule(const SumStep &step) {
  auto rule = affineRule(step.q);
  if (!rule)
    return std::nullopt;
  std::vector<Rational> numbers;
  for (const SumTerm &t : step.f.terms())
    numbers.push_back(t.alpha * step.q.preMul);
  numbers.push_back(step.f.beta() * step.q.preMul + step.q.preAdd);
  numbers.push_back(rule->step);
  numbers.insert(numbers.end(), rule->offset.begin(), rule->offset.end());
  std::vector<Integer> integers = commonUnit(numbers).multiples;
  SumRule result;
  const size_t terms = step.f.terms().size();
  result.p.assign(integers.begin(), integers.begin() + static_cast<std::ptrdiff_t>(terms));
  result.step.q = integers[terms];
  result.step.s = integers[terms + 1];
  for (size_t c = 0; c < 4; ++c) {
    result.step.o[c] = integers[terms + 2 + c];
    result.step.inclusive[c] = rule->inclusive[c];
  }
  return result;
}

} // namespace dyadic::model
