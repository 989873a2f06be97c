// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --io PORT=user|slot: whose memory an input or an output lies in.
#pragma once
#include "compiler/driver/Load.h"

namespace dyadic {

/// Marks arguments and results of a module of level qint; a usage error where there is no such port.
llvm::Error settleUserMemory(mlir::ModuleOp module, const std::vector<std::string> &io);

/// "input_0=user", for each port of a placed module that is the user's.
std::vector<std::string> userMemoryOf(mlir::ModuleOp module);

} // namespace dyadic
