// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the windows of convolutions and pools lie.
#pragma once
#include "compiler/import/Node.h"

namespace dyadic::import_ {

struct Windows {
  Dims kernel, strides, pads, dilations;
  Dims out; ///< number of windows along each axis
};

/// Reads strides, pads, dilations, auto_pad and ceil_mode; `in` holds the spatial extents, `kernel` is known.
mlir::LogicalResult readWindows(Node &n, DimsRef in, DimsRef kernel, bool pool, Windows &out);

/// The operators on values, for callers that bring NCHW values themselves.
mlir::FailureOr<mlir::Value> makeConv(Node &n, mlir::Value x, ConstantRef weights, size_t biasInput);
mlir::FailureOr<mlir::Value> makePool(Node &n, mlir::Value x, bool average);
mlir::FailureOr<mlir::Value> makeBatchNorm(Node &n, mlir::Value x);

} // namespace dyadic::import_
