// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which integers can stand at each element: interval arithmetic by the ops' own definitions, sharing nothing
// with the lowering.
#pragma once

#include "dialects/qint/Reference.h"

#include <optional>

namespace dyadic {

/// Least and greatest integer at each element, in physical order.
struct Bounds {
  qint::Ints lo, hi;
};

/// The bounds of an op's result from those of its operands. None where 64 bits might not hold a sum, or where
/// nothing is known of an operand (null). An error where a step is not proven over all that reaches it.
llvm::Expected<std::optional<Bounds>> reach(mlir::Operation *op, llvm::ArrayRef<const Bounds *> in);

} // namespace dyadic
