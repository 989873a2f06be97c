// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lays a step out as the runtime's structs and calls the runtime.
#include "dialects/qint/StepEvaluator.h"
#include "dialects/qint/StepArrays.h"

#include "dyadic_step.h"
#include "dyadic_wide.h"

using namespace mlir;
namespace dyadic::qint {
namespace {

template <typename T> std::vector<T> as(const std::vector<int64_t> &v) { return {v.begin(), v.end()}; }
template <typename T> const T *orNull(const std::vector<T> &v) { return v.empty() ? nullptr : v.data(); }

} // namespace

/// A dyadic_step and the arrays it points into.
struct StepEvaluator::Owned {
  /// A dyadic_wide and the arrays it points into.
  struct Limbs {
    std::vector<uint32_t> row, a, b, p, q, q2;
    dyadic_wide wide{};
    void point(const WideArrays &from) {
      row = as<uint32_t>(from.row);
      a = as<uint32_t>(from.A);
      b = as<uint32_t>(from.B);
      p = as<uint32_t>(from.P);
      q = as<uint32_t>(from.Q);
      q2 = as<uint32_t>(from.Q2);
      wide = {static_cast<uint8_t>(from.limbs),
              static_cast<uint8_t>(from.tie),
              orNull(row),
              orNull(a),
              orNull(b),
              orNull(p),
              orNull(q),
              orNull(q2)};
    }
  };
  std::vector<uint8_t> forms, n, upperN, descending, pieceForms, pieceN;
  std::vector<uint32_t> first, count, entryFirst;
  Limbs limbs, pieceLimbs;
  StepArrays arrays;
  dyadic_two_segment segments{};
  dyadic_thresholds thresholds{};
  dyadic_table table{};
  dyadic_pieces pieces{};
  dyadic_step step{};

  static dyadic_line line(const LineArrays &l, const std::vector<uint8_t> &shift) {
    return {nullptr, orNull(l.m), nullptr, orNull(l.b), orNull(shift)};
  }

  explicit Owned(StepArrays from) : arrays(std::move(from)) {
    forms = as<uint8_t>(arrays.forms);
    n = as<uint8_t>(arrays.line.n);
    upperN = as<uint8_t>(arrays.upper.n);
    descending = as<uint8_t>(arrays.descending);
    first = as<uint32_t>(arrays.thresholdFirst);
    count = as<uint32_t>(arrays.thresholdCount);
    entryFirst = as<uint32_t>(arrays.entryFirst);
    limbs.point(arrays.wide);
    pieceLimbs.point(arrays.pieces.wide);
    pieceForms = as<uint8_t>(arrays.pieces.forms);
    pieceN = as<uint8_t>(arrays.pieces.line.n);
    // The kernels read a bias and a multiplier for every line form; absent arrays are zeros.
    auto whole = [&](LineArrays &l) {
      if (l.m.empty())
        l.m.assign(arrays.channels * arrays.terms, 0);
      if (l.b.empty())
        l.b.assign(arrays.channels, 0);
    };
    whole(arrays.line);
    whole(arrays.upper);
    segments = {orNull(arrays.split), line(arrays.upper, upperN)};
    thresholds = {nullptr, arrays.thresholds.data(), orNull(first), orNull(count), orNull(descending)};
    table = {arrays.entries.data(), {64, 1}, orNull(entryFirst), orNull(arrays.aLow)};
    pieces = {static_cast<uint32_t>(arrays.pieces.count), arrays.pieces.start.data(), pieceForms.data(),
              line(arrays.pieces.line, pieceN), &pieceLimbs.wide};
    step = {static_cast<uint32_t>(arrays.channels),
            static_cast<uint8_t>(arrays.terms),
            static_cast<uint8_t>(arrays.form),
            orNull(forms),
            line(arrays.line, n),
            arrays.clampMin,
            arrays.clampMax,
            arrays.split.empty() ? nullptr : &segments,
            first.empty() ? nullptr : &thresholds,
            entryFirst.empty() ? nullptr : &table,
            arrays.wide.limbs == 0 ? nullptr : &limbs.wide,
            arrays.pieces.count == 0 ? nullptr : &pieces};
  }
  Owned(const Owned &) = delete;
  Owned &operator=(const Owned &) = delete;
};

StepEvaluator::StepEvaluator(std::unique_ptr<Owned> owned) : owned(std::move(owned)) {}
StepEvaluator::StepEvaluator(StepEvaluator &&) noexcept = default;
StepEvaluator::~StepEvaluator() = default;

llvm::Expected<StepEvaluator> StepEvaluator::make(StepAttr step) {
  llvm::Expected<StepArrays> arrays = makeStepArrays(step);
  if (!arrays)
    return arrays.takeError();
  return StepEvaluator(std::make_unique<Owned>(std::move(*arrays)));
}

int64_t StepEvaluator::operator()(int64_t channel, ArrayRef<int64_t> terms) const {
  const dyadic_step *step = &owned->step;
  uint32_t c = dyadic_step_channel(step, static_cast<uint32_t>(channel));
  return terms.size() == 1 ? dyadic_step1(step, c, terms[0]) : dyadic_stepN(step, c, terms.data());
}

} // namespace dyadic::qint
