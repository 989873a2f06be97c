// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What shapes demand of an op in any dialect: static extents, and the rules of moving elements about.
#pragma once

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

namespace dyadic::dialects {

/// Nothing that computes has more elements, so that products of extents never overflow below.
constexpr int64_t mostElements = int64_t{1} << 31;
/// Far beyond any real geometry, and small enough that sums and products of two stay exact.
constexpr int64_t mostExtent = INT32_MAX;

inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value v) {
  return mlir::cast<mlir::RankedTensorType>(v.getType()).getShape();
}

/// Operands and results are ranked, of static shape, with 1 to mostElements elements.
mlir::LogicalResult ranked(mlir::Operation *op);

// Each op has `ranked` operands and one result; where it has one operand, that is what is moved.
mlir::LogicalResult transposed(mlir::Operation *op, llvm::ArrayRef<int64_t> perm);
mlir::LogicalResult reshaped(mlir::Operation *op);
/// All begins, then all ends.
mlir::LogicalResult padded(mlir::Operation *op, llvm::ArrayRef<int64_t> pads);
mlir::LogicalResult sliced(mlir::Operation *op, llvm::ArrayRef<int64_t> starts,
                           llvm::ArrayRef<int64_t> steps);
/// One list of input indices for each axis.
mlir::LogicalResult gathered(mlir::Operation *op, mlir::ArrayAttr maps);
mlir::LogicalResult concatenated(mlir::Operation *op, int64_t axis);

} // namespace dyadic::dialects
