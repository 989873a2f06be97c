// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a qint module on codes: what the integer program computes, with runtime-c's own rounding.
#pragma once
#include "compiler/eval/Evaluate.h"

namespace dyadic::eval {

/// `inputs`: one array of codes per argument, samples first, then the argument's ONNX axes after the batch,
/// as `inputCodes` gives them for the qonnx module. Any number of samples, whatever batch the module has. The
/// result holds outputs as reals (from each port's scale and offset, heads applied) and every tap under its
/// key. An error is an overflow or a code outside its type, that is, a fault of the compiler.
llvm::Expected<RunResult> evaluateQint(mlir::ModuleOp module, llvm::ArrayRef<Codes> inputs, bool wantCodes);

/// Scale and offset of each output without a quantiser, as Options::accumulators takes them.
std::map<std::string, AccumulatorLattice> accumulatorLattices(mlir::ModuleOp module);

} // namespace dyadic::eval
