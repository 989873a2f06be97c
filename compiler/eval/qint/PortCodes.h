// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The codes that samples are, where only the integer levels are at hand: by what each input's port says.
#pragma once
#include "compiler/eval/Evaluate.h"
#include "dialects/qint/Qint.h"

namespace dyadic::eval {

/// One input of a qint or plat module.
struct InputPort {
  qint::PortAttr port;
  bool bipolar = false;
  int64_t codeMin = 0, codeMax = 0; ///< of the caller's codes
};

/// The ports of a qint module's arguments, in their order.
std::vector<InputPort> inputPorts(mlir::ModuleOp qintModule);

/// One array per port, samples first, as `inputCodes` gives them for the qonnx module. Integers are codes.
/// Reals go through the port's thresholds; on a declared lattice (a port without a quantiser) they must lie
/// within 2^-22 of a code.
llvm::Expected<std::vector<Codes>> portCodes(llvm::ArrayRef<InputPort> ports, llvm::ArrayRef<Input> inputs);

} // namespace dyadic::eval
