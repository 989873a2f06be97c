// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the numbers and shapes that ops carry.
#pragma once
#include "compiler/eval/exact/Quantise.h"
#include "dialects/qonnx/Qonnx.h"

namespace dyadic::eval {

inline Shape shapeOf(mlir::Type type) {
  llvm::ArrayRef<int64_t> s = mlir::cast<mlir::ShapedType>(type).getShape();
  return {s.begin(), s.end()};
}
inline Shape shapeOf(mlir::Value v) { return shapeOf(v.getType()); }
inline Shape listOf(llvm::ArrayRef<int64_t> list) { return {list.begin(), list.end()}; }

std::vector<float> readFloats(mlir::ElementsAttr attr);
/// Two's complement, or unsigned where the element type says so.
std::vector<int64_t> readIntegers(mlir::ElementsAttr attr);
std::vector<Rational> readRationals(mlir::ElementsAttr attr);
Parameter readParameter(mlir::ElementsAttr attr);

bool isQuantiser(mlir::Operation *op);
/// The key under which a quantiser's codes are tapped and stored.
llvm::StringRef keyOf(mlir::Operation *quantiser);
QuantiserSpec specOf(mlir::Operation *quantiser);

/// The window geometry of qonnx.conv, max_pool and average_pool.
Windows windowsOf(mlir::Operation *op);

/// Where each result element of a single-input movement op comes from (-1: padding); none for other ops.
std::optional<Gather> movementOf(mlir::Operation *op);

} // namespace dyadic::eval
