// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic compile`: down the ladder, then a folder of C, or one level's module as text.
#include "compiler/driver/Commands.h"
#include "compiler/driver/Load.h"
#include "compiler/output/OutputSet.h"
#include "compiler/targets/Targets.h"

namespace dyadic {
namespace {

/// With places: they carry the ONNX nodes' names into the C.
std::string print(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os, mlir::OpPrintingFlags().enableDebugInfo());
  os << '\n';
  return text;
}

llvm::Error checkOptions(const CompileOptions &options) {
  if (llvm::Error error = checkName(options.name))
    return error;
  if (options.stopAfter == Level::Float32)
    return failure(ExitCode::Usage,
                   "--stop-after: float32 is no step of compile; there are qonnx, qint and plat");
  if (!options.target.empty())
    return loadTarget(options.target).takeError();
  if (!options.stopAfter || *options.stopAfter == Level::Plat)
    return failure(ExitCode::Usage,
                   "--target is required: the machine to make code for, as dyadic targets lists them");
  return llvm::Error::success();
}

} // namespace

llvm::Error runCompile(const CompileCommand &command, Session &session) {
  const CompileOptions &options = command.options;
  if (llvm::Error error = checkOptions(options))
    return error;
  llvm::Expected<LoadedModel> loaded = loadModel(command.model, session);
  if (!loaded)
    return loaded.takeError();
  Level last = options.stopAfter.value_or(Level::Plat);
  if (last < loaded->level)
    return failure(ExitCode::Usage, "--stop-after " + toString(last) + ": the module is of level " +
                                        toString(loaded->level) + " already");
  if (llvm::Error error = lowerModel(*loaded, last, options.implementations, session))
    return error;
  if (options.stopAfter) {
    session.phase("write");
    return writeFile(command.output, print(*loaded->module));
  }
  return failure(ExitCode::Internal, "no code generator");
}

} // namespace dyadic
