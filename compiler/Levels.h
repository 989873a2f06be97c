// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The levels of the ladder, registered in one place for every program that reads modules.
#pragma once
#include "mlir/IR/DialectRegistry.h"

namespace dyadic {

/// qonnx, qint, plat and the upstream dialects that their modules are written in.
void registerLevels(mlir::DialectRegistry &registry);

} // namespace dyadic
