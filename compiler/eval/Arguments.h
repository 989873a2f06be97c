// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the arrays a user gives to what each argument of @main holds.
#pragma once
#include "compiler/eval/Evaluate.h"
#include "compiler/eval/exact/Quantise.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace dyadic::eval {

/// One argument for all samples: exact real values as the graph sees them, or codes of the quantisers it
/// reaches.
struct Argument {
  Shape sampleShape;
  Tensor reals;                              ///< [samples, ...]; empty where codes are forced
  std::vector<int64_t> codes;                ///< of every sample, in the argument's axes
  std::vector<mlir::Operation *> quantisers; ///< that take those codes
  std::vector<Gather> moves;                 ///< how the codes of one batch reach each quantiser
};

struct Arguments {
  int64_t samples = 0, batch = 1;
  std::vector<Argument> list; ///< as @main has them
};

llvm::Expected<Arguments> bindArguments(mlir::func::FuncOp main, llvm::ArrayRef<Input> inputs);

} // namespace dyadic::eval
