// Steps whose value is a sum over several accumulators: residual adds, concatenations, fused bias tensors.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/Requantise.h"

namespace dyadic::model {

/// alpha * a with a in [lo, hi].
struct SumTerm {
  Rational alpha;
  int64_t lo = 0, hi = 0;
};

/// clip(sum of terms + beta, low, high): what unary operators after an addition leave as long as they are
/// affine or clips. LeakyRelu with slope <= 1 after a sum is max(step(v), step(slope * v)), two such
/// functions (or one accumulator through integerSum); it is no form of its own.
class SumFunction {
public:
  SumFunction(std::vector<SumTerm> terms, Rational beta) : parts(std::move(terms)), offset(std::move(beta)) {}
  void mulAdd(const Rational &alpha, const Rational &beta);
  void negate() { mulAdd(-1, 0); }
  void relu() { clip(Rational(0), std::nullopt); }
  void clip(const std::optional<Rational> &low, const std::optional<Rational> &high);

  const std::vector<SumTerm> &terms() const { return parts; }
  const Rational &beta() const { return offset; }
  Rational eval(std::span<const int64_t> a) const;
  /// Least and greatest value over all accumulators.
  std::pair<Rational, Rational> valueRange() const;
  /// The same without the clip.
  std::pair<Rational, Rational> sumRange() const;
  const std::optional<Rational> &low() const { return least; }
  const std::optional<Rational> &high() const { return greatest; }
  /// As a function of term `free`, the other accumulators fixed (a[free] is ignored).
  PiecewiseLinear row(size_t free, std::span<const int64_t> a) const;

private:
  std::vector<SumTerm> parts;
  Rational offset;
  std::optional<Rational> least, greatest; ///< least <= greatest
  Rational limited(Rational v) const;
};

/// A SumFunction and the quantiser behind it.
struct SumStep {
  SumFunction f;
  Quantiser q;
  int64_t eval(std::span<const int64_t> a) const { return q.index(f.eval(a)); }
  /// Least and greatest code.
  Clamp codes() const;
};

/// sum alpha_i a_i = unit * sum c_i a_i with integers c_i; [lo, hi] is the range of the integer sum (of all
/// its values, reached or not). None where some partial sum may pass `limit`.
struct IntegerSum {
  Rational unit;
  std::vector<int64_t> c;
  int64_t lo = 0, hi = 0;
};
std::optional<IntegerSum> integerSum(const std::vector<SumTerm> &terms, int64_t limit = int64_t{1} << 60);
/// The step as a function of the integer sum.
StepFunction sumStepFunction(const SumStep &step, const IntegerSum &sum);

/// The integers of the rule V = sum p_i a_i + q against k s + o[c]; none for MultiThreshold with uneven
/// steps.
struct SumRule {
  std::vector<Integer> p;
  AffineStep step; ///< its p is unused
};
std::optional<SumRule> sumRule(const SumStep &step);

struct SumLimits {
  Clamp clamp;
  /// Two terms are proven row by row of the one with fewer values when it has at most this many.
  int64_t maxRows = 4096;
};

/// Constant, dyadic64, half_even or wide, the first that is exact for all combinations of accumulators.
Result<Form> chooseSumForm(const SumStep &step, const SumLimits &limits);

/// Judges such a form: independent of the search but for the single-term judge it shares. None: right.
std::optional<std::string> judgeSumForm(const Form &form, const SumStep &step, Clamp clamp);

} // namespace dyadic::model
