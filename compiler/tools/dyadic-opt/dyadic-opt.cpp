// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The workbench: parses a module of any level, runs the passes that are named, prints it.
#include "compiler/Levels.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  dyadic::registerLevels(registry);
  mlir::registerTransformsPasses();
  dyadic::registerDyadicPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "dyadic-opt: the workbench for passes\n", registry));
}
