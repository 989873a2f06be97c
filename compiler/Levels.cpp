// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The list of dialects.
#include "compiler/Levels.h"
#include "dialects/plat/Plat.h"
#include "dialects/qint/Qint.h"
#include "dialects/qonnx/Qonnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace dyadic {

void registerLevels(mlir::DialectRegistry &registry) {
  registry.insert<mlir::func::FuncDialect, qonnx::QonnxDialect, qint::QintDialect, plat::PlatDialect>();
}

} // namespace dyadic
