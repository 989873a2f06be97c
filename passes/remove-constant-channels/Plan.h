// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which channels can go: a fixpoint over the tensors that hold them.
#pragma once
#include "dialects/qint/Qint.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"

namespace dyadic::constant_channels {

using Codes = llvm::ArrayRef<int64_t>;

/// A step behind a linear op whose accumulators serve nothing else: the place where a channel is made.
struct Site {
  qint::RescaleOp rescale;
  mlir::Operation *producer = nullptr; ///< conv2d of one group, depthwise_conv2d or matmul
  llvm::SmallVector<bool> removable;   ///< by channel
  llvm::SmallVector<int64_t> code; ///< of a removable channel, in the arithmetic of its type (bipolar -1, 1)
  unsigned removed() const { return static_cast<unsigned>(llvm::count(removable, true)); }
};

/// Sites by their result, in program order, with at least one removable channel each.
llvm::MapVector<mlir::Value, Site> plan(mlir::ModuleOp module);

/// Whether the innermost axis, the channels, stays as it is: a convolution of one spatial axis stands between
/// two such.
bool keepsChannels(qint::ReshapeOp reshape);

/// The step that alone reads a linear op's accumulators, one channel per output; null otherwise. `foldable`:
/// an offset of the accumulators can move into it.
qint::RescaleOp stepBehind(mlir::Value accumulators);
bool foldable(qint::RescaleOp step);

/// The step of those channels that stay.
qint::StepAttr select(qint::StepAttr step, llvm::ArrayRef<int64_t> keep);
/// The step as a function of a' where a = a' + delta[c].
qint::StepAttr shift(qint::StepAttr step, llvm::ArrayRef<int64_t> delta);

} // namespace dyadic::constant_channels
