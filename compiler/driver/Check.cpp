// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic check`: everything that stands between a model and its code, all at once.
#include "compiler/driver/Commands.h"
#include "compiler/driver/Load.h"
#include "compiler/import/Import.h"

namespace dyadic {

llvm::Error runCheck(const CheckCommand &command, Session &session) {
  llvm::Expected<LoadedModel> loaded = loadModel(command.model, session);
  if (!loaded)
    return loaded.takeError();
  if (loaded->level == Level::Qonnx && mlir::failed(import_::checkInputs(*loaded->module)))
    return failure(ExitCode::Rejected, "'" + command.model.path + "' cannot be compiled");
  session.out() << command.model.path << ": ok\n";
  return llvm::Error::success();
}

} // namespace dyadic
