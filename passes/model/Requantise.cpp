// The ladder of forms for one accumulator.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/Requantise.h"
#include <algorithm>

namespace dyadic::model {

using Direction = PiecewiseLinear::Direction;

std::optional<Form> thresholdsForm(const StepFunction &f, Clamp clamp, int64_t maxThresholds) {
  if (f.direction() == Direction::Mixed)
    return std::nullopt;
  auto changes = f.list(maxThresholds);
  if (!changes)
    return std::nullopt;
  Form form;
  form.kind = FormKind::Thresholds;
  form.descending = f.direction() == Direction::Decreasing;
  int64_t code = form.descending ? clamp.max : clamp.min;
  auto step = [&](int64_t a, int64_t value) {
    int64_t times = std::abs(value - code);
    if (static_cast<int64_t>(form.thresholds.size()) + times > maxThresholds)
      return false;
    form.thresholds.insert(form.thresholds.end(), static_cast<size_t>(times), a);
    code = value;
    return true;
  };
  // A channel that starts off the clamp has its first thresholds at the first accumulator.
  bool fits = step(f.lo(), f.first());
  for (size_t i = 0; fits && i < changes->size(); ++i)
    fits = step((*changes)[i].a, (*changes)[i].value);
  return fits ? std::optional<Form>(std::move(form)) : std::nullopt;
}

std::optional<Form> tableForm(const StepFunction &f, int64_t maxTable) {
  if (f.hi() - f.lo() >= maxTable)
    return std::nullopt;
  auto changes = f.list(maxTable);
  if (!changes)
    return std::nullopt;
  Form form;
  form.kind = FormKind::Table;
  form.aLow = f.lo();
  form.table.reserve(static_cast<size_t>(f.hi() - f.lo() + 1));
  int64_t code = f.first();
  size_t next = 0;
  for (int64_t a = f.lo(); a <= f.hi(); ++a) {
    if (next < changes->size() && (*changes)[next].a == a)
      code = (*changes)[next++].value;
    form.table.push_back(code);
  }
  return form;
}

Result<Form> chooseForm(const StepFunction &f, const FormLimits &limits) {
  const Clamp clamp = limits.clamp;
  if (f.minCode() < clamp.min || f.maxCode() > clamp.max)
    return Result<Form>::failure("codes " + std::to_string(f.minCode()) + ".." + std::to_string(f.maxCode()) +
                                 " leave the step's clamp " + std::to_string(clamp.min) + ".." +
                                 std::to_string(clamp.max));
  if (f.constant()) {
    Form form;
    form.b = f.first();
    return form;
  }
  if (auto form = dyadicForm(f, clamp))
    return *form;
  if (auto form = halfEvenForm(f, clamp))
    return *form;
  if (auto form = twoSegmentForm(f, clamp))
    return *form;
  auto pieces = piecesForm(f, clamp, /*mayBeWide=*/false);
  if (!f.listed()) {
    if (pieces)
      return *pieces;
    if (auto form = wideForm(f, clamp))
      return *form;
    if (auto form = piecesForm(f, clamp, /*mayBeWide=*/true))
      return *form;
  }
  auto thresholds = thresholdsForm(f, clamp, limits.maxThresholds);
  auto table = tableForm(f, limits.maxTable);
  const std::optional<Form> *smallest = nullptr;
  for (const auto *form : {&pieces, &table, &thresholds})
    if (*form && (!smallest || formBytes(**form, limits.codeBytes) < formBytes(**smallest, limits.codeBytes)))
      smallest = form;
  if (smallest)
    return **smallest;
  if (auto form = wideForm(f, clamp))
    return *form;
  if (auto form = piecesForm(f, clamp, /*mayBeWide=*/true))
    return *form;
  return Result<Form>::failure("no exact form for " + std::to_string(f.maxCode() - f.minCode() + 1) +
                               " codes over accumulators " + std::to_string(f.lo()) + ".." +
                               std::to_string(f.hi()) +
                               (f.direction() == Direction::Mixed ? ", which rise and fall" : ""));
}

} // namespace dyadic::model
