// Chooses the form of a step over several accumulators.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/MultiTerm.h"
#include <algorithm>

namespace dyadic::model {

/// |sum of any partial products + b| stays below 2^62, which also leaves room for the rounding of half_even.
static bool sumFits(const Form &form, const std::vector<SumTerm> &terms) {
  Integer size = abs(Integer(form.b));
  for (size_t i = 0; i < terms.size(); ++i)
    size += abs(Integer(form.m[i])) * std::max(abs(Integer(terms[i].lo)), abs(Integer(terms[i].hi)));
  return size < (Integer(1) << 62);
}

/// Forms that follow the unclipped rule clip with the step's clamp: right when that gives the codes at both
/// ends, for then a clip of the channel that binds is the clamp.
static bool clampSuffices(const SumStep &step, const SumRule &rule, Clamp clamp) {
  AffineStep low = rule.step, high = rule.step;
  for (size_t i = 0; i < rule.p.size(); ++i) {
    const SumTerm &t = step.f.terms()[i];
    low.q += rule.p[i] * (rule.p[i] < 0 ? t.hi : t.lo);
    high.q += rule.p[i] * (rule.p[i] < 0 ? t.lo : t.hi);
  }
  low.p = high.p = 0;
  Clamp codes = step.codes();
  return std::clamp(low.index(0), clamp.min, clamp.max) == codes.min &&
         std::clamp(high.index(0), clamp.min, clamp.max) == codes.max;
}

static std::optional<Form> halfEvenSum(const SumStep &step, const SumRule &rule) {
  const AffineStep &s = rule.step;
  if (s.inclusive != std::array<bool, 4>{true, false, true, false})
    return std::nullopt;
  Integer common = gcd(s.q, s.s);
  for (const Integer &p : rule.p)
    common = gcd(common, p);
  for (const Integer &o : s.o)
    if (2 * o != -s.s)
      return std::nullopt;
  auto n = exactLog2(Rational(Integer(s.s / common)));
  auto b = toInt64(s.q / common);
  if (!n || *n > 62 || !b)
    return std::nullopt;
  Form form;
  form.kind = FormKind::HalfEven;
  form.b = *b;
  form.n = static_cast<unsigned>(*n);
  for (const Integer &p : rule.p) {
    auto m = toInt64(p / common);
    if (!m)
      return std::nullopt;
    form.m.push_back(*m);
  }
  return sumFits(form, step.f.terms()) ? std::optional<Form>(form) : std::nullopt;
}

/// All scales are small multiples of one: the sum of c_i a_i is a single accumulator.
static std::optional<Form> dyadicOfIntegerSum(const SumStep &step, Clamp clamp, int64_t limit) {
  auto sum = integerSum(step.f.terms(), limit);
  if (!sum)
    return std::nullopt;
  auto form = dyadicForm(sumStepFunction(step, *sum), clamp);
  if (!form)
    return std::nullopt;
  form->kind = FormKind::Dyadic64;
  const int64_t m = form->m[0];
  form->m.clear();
  for (int64_t c : sum->c) {
    auto product = toInt64(Integer(m) * c);
    if (!product)
      return std::nullopt;
    form->m.push_back(*product);
  }
  return sumFits(*form, step.f.terms()) ? form : std::nullopt;
}

namespace {
/// m_0 x + m_1 y + b >= v 2^n (lower), < v 2^n (upper).
struct PlanePoint {
  int64_t x, y, v;
};
struct PlaneConstraints {
  std::vector<PlanePoint> lower, upper;
};
} // namespace

/// Keeps of one row (equal x, ascending y) what can bind: its convex hull from above or below.
static void appendHull(std::vector<PlanePoint> &out, size_t rowStart, const PlanePoint &p, int sign) {
  while (out.size() > rowStart + 1) {
    const PlanePoint &u = out[out.size() - 2], &t = out.back();
    __int128 turn =
        static_cast<__int128>(t.v - u.v) * (p.y - u.y) - static_cast<__int128>(p.v - u.v) * (t.y - u.y);
    if (sign * turn > 0)
      break;
    out.pop_back();
  }
  out.push_back(p);
}

/// Constraints of all rows; `fixed` is the term whose every value makes a row.
static std::optional<PlaneConstraints> rowConstraints(const SumStep &step, size_t fixed, Clamp clamp) {
  PlaneConstraints result;
  const SumTerm &outer = step.f.terms()[fixed];
  const bool falling = step.f.terms()[1 - fixed].alpha * step.q.preMul < 0; // also where a row is constant
  for (int64_t x = outer.lo; x <= outer.hi; ++x) {
    const int64_t a[2] = {x, x}; // row() ignores the free one
    StepFunction row = StepFunction::compose(step.f.row(1 - fixed, a), step.q);
    auto changes = row.list(1 << 12);
    if (!changes)
      return std::nullopt;
    const size_t lowerStart = result.lower.size(), upperStart = result.upper.size();
    auto plateau = [&](int64_t from, int64_t to, int64_t code) {
      if (code > clamp.min)
        appendHull(result.lower, lowerStart, {x, falling ? to : from, code}, 1);
      if (code < clamp.max)
        appendHull(result.upper, upperStart, {x, falling ? from : to, code + 1}, -1);
    };
    int64_t start = row.lo(), code = row.first();
    for (const Change &change : *changes) {
      plateau(start, change.a - 1, code);
      start = change.a;
      code = change.value;
    }
    plateau(start, row.hi(), code);
  }
  return result;
}

/// The interval of b for given multipliers, if any.
static std::optional<int64_t> offsetFor(const PlaneConstraints &c, int64_t m0, int64_t m1, unsigned n) {
  using Int128 = __int128;
  const Int128 unit = static_cast<Int128>(1) << n, most = static_cast<Int128>(1) << 62;
  Int128 low = -most, high = most;
  for (const PlanePoint &p : c.lower)
    low = std::max(low, p.v * unit - static_cast<Int128>(m0) * p.x - static_cast<Int128>(m1) * p.y);
  for (const PlanePoint &p : c.upper) {
    high = std::min(high, p.v * unit - 1 - static_cast<Int128>(m0) * p.x - static_cast<Int128>(m1) * p.y);
    if (high < low)
      return std::nullopt;
  }
  if (low > high)
    return std::nullopt;
  return static_cast<int64_t>(std::clamp(static_cast<Int128>(0), low, high));
}

/// Two terms of unrelated scales: multipliers are the exact ratios rounded to n bits, give or take one.
static std::optional<Form> dyadicOfTwoTerms(const SumStep &step, const SumLimits &limits) {
  const auto &terms = step.f.terms();
  auto rule = sumRule(step);
  if (terms.size() != 2 || !rule)
    return std::nullopt;
  const size_t fixed = terms[0].hi - terms[0].lo <= terms[1].hi - terms[1].lo ? 0 : 1;
  if (terms[fixed].hi - terms[fixed].lo >= limits.maxRows)
    return std::nullopt;
  auto constraints = rowConstraints(step, fixed, limits.clamp);
  if (!constraints)
    return std::nullopt;
  const Integer unit = rule->step.s;
  auto tryShift = [&](unsigned n) -> std::optional<Form> {
    Form form;
    form.kind = FormKind::Dyadic64;
    form.n = n;
    form.m.resize(2);
    auto near = [&](size_t i) { return toInt64(floorDiv((rule->p[i] << (n + 1)) + unit, 2 * unit)); };
    auto outer = near(fixed), inner = near(1 - fixed);
    if (!outer || !inner)
      return std::nullopt;
    for (int64_t d :
         {0, 1, -1, 2, 3, 4, -2, -3, -4}) { // d runs through the 3 x 3 neighbours, the centre first
      form.m[fixed] = *outer + (d + 4) / 3 - 1;
      form.m[1 - fixed] = *inner + (d + 4) % 3 - 1;
      // The constraints stand at the ends of plateaus for a form that runs the way the rows do.
      if (sgn(rule->p[1 - fixed]) * form.m[1 - fixed] < 0 ||
          (rule->p[1 - fixed] == 0 && form.m[1 - fixed] != 0))
        continue;
      auto b = offsetFor(*constraints, form.m[fixed], form.m[1 - fixed], n);
      if (!b)
        continue;
      form.b = *b;
      if (sumFits(form, terms))
        return form;
    }
    return std::nullopt;
  };
  // More bits help, nearly always: the first of every fourth shift, then the smallest of those skipped.
  for (unsigned n = 0; n <= 60; n += 4)
    if (auto form = tryShift(n)) {
      for (unsigned fewer = n < 3 ? 0 : n - 3; fewer < n; ++fewer)
        if (auto smaller = tryShift(fewer))
          return smaller;
      return form;
    }
  return std::nullopt;
}

static std::optional<Form> wideSum(const SumStep &step, const SumRule &rule, Clamp clamp) {
  auto tie = wideRule(rule.step);
  if (!tie)
    return std::nullopt;
  Form form;
  form.kind = FormKind::Wide;
  form.wide.A = rule.p;
  form.wide.B = rule.step.q;
  form.wide.P = rule.step.s;
  form.wide.Q = tie->positive;
  form.wide.Q2 = tie->notPositive;
  form.wide.tie = tie->tie;
  std::vector<std::pair<int64_t, int64_t>> ranges;
  for (const SumTerm &t : step.f.terms())
    ranges.emplace_back(t.lo, t.hi);
  form.wide.limbs = wideLimbs(form.wide, ranges, clamp);
  return form.wide.limbs == 0 ? std::nullopt : std::optional<Form>(std::move(form));
}

Result<Form> chooseSumForm(const SumStep &step, const SumLimits &limits) {
  Clamp codes = step.codes();
  if (codes.min < limits.clamp.min || codes.max > limits.clamp.max)
    return Result<Form>::failure("codes " + std::to_string(codes.min) + ".." + std::to_string(codes.max) +
                                 " leave the step's clamp " + std::to_string(limits.clamp.min) + ".." +
                                 std::to_string(limits.clamp.max));
  if (codes.min == codes.max) {
    Form form;
    form.b = codes.min;
    return form;
  }
  // Small integers make the cheapest search and the smallest numbers; large ones are proven over many sums
  // that never occur, so they come after the search over the rows that do.
  if (auto form = dyadicOfIntegerSum(step, limits.clamp, int64_t{1} << 24))
    return *form;
  auto rule = sumRule(step);
  const bool ruleHolds = rule && clampSuffices(step, *rule, limits.clamp);
  if (ruleHolds)
    if (auto form = halfEvenSum(step, *rule))
      return *form;
  if (auto form = dyadicOfTwoTerms(step, limits))
    return *form;
  if (auto form = dyadicOfIntegerSum(step, limits.clamp, int64_t{1} << 40))
    return *form;
  if (ruleHolds)
    if (auto form = wideSum(step, *rule, limits.clamp))
      return *form;
  return Result<Form>::failure(
      !rule ? std::string("a MultiThreshold with uneven thresholds follows a sum of different scales")
            : "no exact form for a sum of " + std::to_string(step.f.terms().size()) + " terms");
}

} // namespace dyadic::model
