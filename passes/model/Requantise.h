// Chooses, for one channel, the cheapest form that equals its step function everywhere.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/Form.h"
#include "passes/model/Result.h"
#include "passes/model/StepFunction.h"

namespace dyadic::model {

struct FormLimits {
  Clamp clamp;                     ///< of the step: holds every code of every channel (commonClamp)
  unsigned codeBytes = 1;          ///< of one table entry: 1, or 2 beyond 8 bits
  int64_t maxTable = 1 << 16;      ///< entries of one channel's table
  int64_t maxThresholds = 1 << 16; ///< of one channel, repetitions included
};

/// In the order constant, dyadic32, dyadic64, half_even, two_segment; then, up to StepFunction::listLimit
/// changes, the smallest of pieces, table and thresholds, beyond pieces of lines, wide, pieces with wide ones
/// and only then what lists. Fails only for non-monotone functions over more than maxTable accumulators that
/// no few pieces describe, and where numbers exceed 256 bits.
Result<Form> chooseForm(const StepFunction &f, const FormLimits &limits);

/// The single forms, each none where it does not apply or cannot be exact.
std::optional<Form> dyadicForm(const StepFunction &f, Clamp clamp);
std::optional<Form> halfEvenForm(const StepFunction &f, Clamp clamp);
std::optional<Form> twoSegmentForm(const StepFunction &f, Clamp clamp);
std::optional<Form> thresholdsForm(const StepFunction &f, Clamp clamp, int64_t maxThresholds);
std::optional<Form> tableForm(const StepFunction &f, int64_t maxTable);
std::optional<Form> wideForm(const StepFunction &f, Clamp clamp);
/// Lines, half-even shifts and constants, wide ones only where they may be and none of these reaches as far.
std::optional<Form> piecesForm(const StepFunction &f, Clamp clamp, bool mayBeWide);

/// The tie rule and the two offsets of a rule that dyadic_wide.h can hold; none for others (Trunc with
/// rounding to nearest).
struct WideRule {
  Integer positive, notPositive; ///< o for k > 0 and for k <= 0
  TieRule tie;
};
std::optional<WideRule> wideRule(const AffineStep &step);

/// Limbs that hold every number of the step for accumulators in the ranges; 0 when more than
/// WideStep::maxLimbs.
unsigned wideLimbs(const WideStep &wide, std::span<const std::pair<int64_t, int64_t>> ranges, Clamp clamp);

} // namespace dyadic::model
