// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic check`: everything that stands between a model and its code, all at once.
#include "compiler/driver/Commands.h"
#include "compiler/driver/Load.h"

namespace dyadic {

llvm::Error runCheck(const CheckCommand &command, Session &session) {
  llvm::Expected<LoadedModel> loaded = loadModel(command.model, session);
  if (!loaded)
    return loaded.takeError();
  if (llvm::Error error = lowerModel(*loaded, std::max(loaded->level, Level::Qint), {}, session))
    return error;
  session.out() << command.model.path << ": ok\n";
  return llvm::Error::success();
}

} // namespace dyadic
