// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How large the terms of a value were before they were added: float32's error is a fraction of that.
#pragma once
#include "compiler/eval/Evaluate.h"
#include "compiler/eval/Interpreter.h"

namespace dyadic::eval {

/// A float32 evaluation of a sum is off by a small multiple of 2^-24 of its magnitude; 2^-20 leaves room for
/// long sums.
constexpr double nearness = 0x1p-20;

/// sum |w x| + |bias| of every element, carried through the element-wise operations from the producing linear
/// op to any later value; |value| itself at quantisers, arguments and constants. In doubles: it only scales a
/// bound.
class Magnitudes {
public:
  explicit Magnitudes(const Interpreter<ExactArithmetic> &values) : interpreter(values) {}
  const std::vector<double> &of(mlir::Value v);

private:
  std::vector<double> compute(mlir::Value v);
  const Interpreter<ExactArithmetic> &interpreter;
  llvm::DenseMap<mlir::Value, std::vector<double>> known;
};

/// Near-ties of one quantiser: every element whose value lies within 2^-20 magnitude / scale of a boundary.
/// `index` runs over the whole batch; `codes` are those of the exact values.
std::vector<NearTie> findNearTies(mlir::Operation *quantiser, const Quantiser &rule, const Tensor &input,
                                  const std::vector<int64_t> &codes, Magnitudes &magnitudes);
/// The same record for one element, whether near or not (no boundary: distance infinite).
NearTie describe(mlir::Operation *quantiser, const Quantiser &rule, const Tensor &input, int64_t index,
                 int64_t code, const Gather &slots, Magnitudes &magnitudes);

} // namespace dyadic::eval
