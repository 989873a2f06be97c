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
  std::vector<int64_t> codes;                ///< of every sample, in the argument's axes, where known
  bool forced = false;                       ///< the quantisers take `codes` instead of quantising
  std::vector<mlir::Operation *> quantisers; ///< that this argument reaches, where asked for
  std::vector<Gather> moves;                 ///< how one batch of the argument reaches each; -1: padding does
};

struct Arguments {
  int64_t samples = 0, batch = 1;
  std::vector<Argument> list; ///< as @main has them
};

/// With `needCodes`, float inputs too must have codes, and find their quantisers.
llvm::Expected<Arguments> bindArguments(mlir::func::FuncOp main, llvm::ArrayRef<Input> inputs,
                                        bool needCodes = false);

} // namespace dyadic::eval
