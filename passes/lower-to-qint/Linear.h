// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What convolution and matrix product share: the integers that stand for weights and scales.
#pragma once
#include "passes/lower-to-qint/Lowering.h"

namespace dyadic::lower {

/// The constant behind a value, if it is one.
mlir::Operation *constantOf(mlir::Value v);
/// One entry for each index along `axis`.
Coeffs alongAxis(size_t rank, size_t axis, std::vector<Rational> values);

/// A linear op: which weight meets which input, and for which output. `flat` is a weight's index in the file.
struct Products {
  mlir::Operation *constant;
  unsigned outAxis;
  std::vector<Rational> factors;   ///< the scale of each input
  std::vector<model::Range> codes; ///< its integers
  llvm::function_ref<int64_t(int64_t flat)> inputOf, outputOf;
  bool padded; ///< an input may be missing
};

/// Integers to sum with, and what the sums reach.
struct Sums {
  IntWeights weights;
  std::vector<model::AccumulatorRange> ranges; ///< one per output
  mlir::Type type;
};

} // namespace dyadic::lower
