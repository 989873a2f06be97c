// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluation of element-wise operators on constants, each result rounded once.
#pragma once
#include "compiler/import/Node.h"

namespace dyadic::import_ {

enum class Binary {
  add,
  sub,
  mul,
  div,
  mod,
  pow,
  min,
  max,
  equal,
  less,
  lessOrEqual,
  greater,
  greaterOrEqual,
  logicalAnd,
  logicalOr,
  logicalXor
};
enum class Unary { neg, abs, sqrt, exp, log, ceil, floor, round, sign, reciprocal, relu, logicalNot };

/// numpy broadcasting; both operands of one type (except for pow, whose result has the first one's).
mlir::FailureOr<Constant> fold(Node &n, Binary op, const Constant &a, const Constant &b);
mlir::FailureOr<Constant> fold(Node &n, Unary op, const Constant &a);

/// Correctly rounded (rule 8).
float exactPow(float a, float b);

/// ONNX Cast.
mlir::FailureOr<Constant> cast(Node &n, const Constant &a, Type to);

} // namespace dyadic::import_
