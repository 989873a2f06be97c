// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From exact functions of accumulators to the channels of a #qint.step.
#pragma once
#include "passes/lower-to-qint/Lowering.h"
#include "passes/model/Form.h"
#include "passes/model/PiecewiseLinear.h"
#include "passes/model/Result.h"

namespace dyadic::lower {

/// One channel of a step, as #qint.step stores it.
struct StepChannel {
  qint::StepForm form = qint::StepForm::constant;
  llvm::SmallVector<int64_t, 2> mult;
  int64_t bias = 0;
  int8_t shift = 0;
  std::vector<int64_t> aux;
  llvm::SmallVector<model::Range, 2> ranges;
};

/// The extents along which the coefficients of an affine-kind view change (ranges aside).
Shape classShape(const View &v);
/// The function of its single term at `index` (of classShape), over `range`.
model::PiecewiseLinear functionOf(const View &v, llvm::ArrayRef<int64_t> index, model::Range range);
/// f / unit, exact on integers: one segment, two, or a table.
model::Result<StepChannel> exactStep(const model::PiecewiseLinear &f, const Rational &unit);

/// A proven form as #qint.step stores it; `ranges` has one entry per term.
StepChannel channelOf(const model::Form &form, llvm::ArrayRef<model::Range> ranges);

/// Emits qint.rescale over aligned `terms`; `steps` has one entry per class, `spread` says which class a
/// channel has.
mlir::Value emitStep(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<IntTensor> terms,
                     const Spread &spread, llvm::ArrayRef<StepChannel> steps, int64_t clampMin,
                     int64_t clampMax, mlir::Type element, llvm::StringRef node);

} // namespace dyadic::lower
