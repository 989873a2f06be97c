// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shapes of tensors and the walk over their elements, row-major.
#pragma once
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include <functional>
#include <numeric>
#include <vector>

namespace dyadic::certificate {

inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value v) {
  return llvm::cast<mlir::RankedTensorType>(v.getType()).getShape();
}
inline int64_t countOf(llvm::ArrayRef<int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}
inline std::vector<int64_t> stridesOf(llvm::ArrayRef<int64_t> shape) {
  std::vector<int64_t> s(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    s[d - 1] = s[d] * shape[d];
  return s;
}

/// Calls `visit` with every index of `shape`.
template <typename Visit> void eachIndex(llvm::ArrayRef<int64_t> shape, Visit visit) {
  std::vector<int64_t> at(shape.size(), 0);
  for (int64_t k = 0, n = countOf(shape); k < n; ++k) {
    visit(llvm::ArrayRef<int64_t>(at));
    for (size_t d = shape.size(); d-- > 0 && ++at[d] == shape[d];)
      at[d] = 0;
  }
}

} // namespace dyadic::certificate
