// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Steps and exact affine maps; steps are computed by the runtime's C itself.
#include "compiler/eval/qint/Interpret.h"
#include "dialects/qint/StepArrays.h"

#include "dyadic_step.h"
#include "dyadic_wide.h"

using namespace mlir;
namespace dyadic::eval {
namespace {

template <typename T> std::vector<T> as(const std::vector<int64_t> &v) { return {v.begin(), v.end()}; }
template <typename T> const T *orNull(const std::vector<T> &v) { return v.empty() ? nullptr : v.data(); }

/// A dyadic_step and the arrays it points into.
struct OwnedStep {
  std::vector<uint8_t> forms, n, upperN, descending;
  std::vector<uint32_t> first, count, entryFirst, row, a, b, p, q, q2;
  qint::StepArrays arrays;
  dyadic_two_segment segments{};
  dyadic_thresholds thresholds{};
  dyadic_table table{};
  dyadic_wide wide{};
  dyadic_step step{};

  static dyadic_line line(const qint::LineArrays &l, const std::vector<uint8_t> &shift) {
    return {nullptr, orNull(l.m), nullptr, orNull(l.b), orNull(shift)};
  }

  explicit OwnedStep(qint::StepArrays from) : arrays(std::move(from)) {
    forms = as<uint8_t>(arrays.forms);
    n = as<uint8_t>(arrays.line.n);
    upperN = as<uint8_t>(arrays.upper.n);
    descending = as<uint8_t>(arrays.descending);
    first = as<uint32_t>(arrays.thresholdFirst);
    count = as<uint32_t>(arrays.thresholdCount);
    entryFirst = as<uint32_t>(arrays.entryFirst);
    row = as<uint32_t>(arrays.wideRow);
    a = as<uint32_t>(arrays.wideA);
    b = as<uint32_t>(arrays.wideB);
    p = as<uint32_t>(arrays.wideP);
    q = as<uint32_t>(arrays.wideQ);
    q2 = as<uint32_t>(arrays.wideQ2);
    // The kernels read a bias and a multiplier for every line form; absent arrays are zeros.
    auto whole = [&](qint::LineArrays &l) {
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
    wide = {static_cast<uint8_t>(arrays.limbs),
            static_cast<uint8_t>(arrays.tie),
            orNull(row),
            orNull(a),
            orNull(b),
            orNull(p),
            orNull(q),
            orNull(q2)};
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
            arrays.limbs == 0 ? nullptr : &wide};
  }
  OwnedStep(const OwnedStep &) = delete;
  OwnedStep &operator=(const OwnedStep &) = delete;
};

} // namespace

llvm::Expected<Ints> rescale(qint::RescaleOp op, ArrayRef<const Ints *> terms) {
  llvm::Expected<qint::StepArrays> arrays = qint::makeStepArrays(op.getStep());
  if (!arrays)
    return arrays.takeError();
  OwnedStep owned(std::move(*arrays));
  auto period = static_cast<size_t>(op.getStep().getPeriod()),
       channels = static_cast<size_t>(op.getStep().getChannels());
  bool bipolar = cast<RankedTensorType>(op.getType()).getElementType().isSignedInteger(1);
  Ints r(terms[0]->size()), a(terms.size());
  for (size_t i = 0; i < r.size(); ++i) {
    uint32_t channel = dyadic_step_channel(&owned.step, static_cast<uint32_t>(i / period % channels));
    for (size_t t = 0; t < terms.size(); ++t)
      a[t] = (*terms[t])[i];
    int64_t y = terms.size() == 1 ? dyadic_step1(&owned.step, channel, a[0])
                                  : dyadic_stepN(&owned.step, channel, a.data());
    r[i] = bipolar ? 2 * y - 1 : y;
  }
  return r;
}

Ints affine(qint::AffineOp op, ArrayRef<const Ints *> terms) {
  size_t period = op.getPeriod(), channels = op.getChannels();
  Ints r(terms[0]->size());
  for (size_t i = 0; i < r.size(); ++i) {
    size_t c = i / period % channels;
    int64_t sum = op.getBias()[c];
    for (size_t t = 0; t < terms.size(); ++t)
      sum += op.getMult()[c * terms.size() + t] * (*terms[t])[i];
    r[i] = std::clamp(sum, op.getLo(), op.getHi());
  }
  return r;
}

} // namespace dyadic::eval
