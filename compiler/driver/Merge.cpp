// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic merge`: the shards of one exploration as one folder.
#include "compiler/driver/Commands.h"
#include "compiler/explore/Tables.h"

namespace dyadic {

llvm::Error runMerge(const MergeCommand &command, Session &session) {
  session.phase("read points");
  std::optional<explore::Plan> plan;
  for (const std::string &folder : command.folders) {
    llvm::Expected<explore::Plan> own = explore::Store::planOf(folder);
    if (!own)
      return own.takeError();
    if (plan && explore::toText(*plan) != explore::toText(*own))
      return failure(ExitCode::Usage, "'" + folder + "' is of another exploration than '" +
                                          command.folders.front() +
                                          "': the model, the machine, the sweep or the version differ");
    plan = std::move(*own);
  }
  explore::Points points;
  std::vector<std::string> missing;
  for (size_t i = 0; i < plan->grid.size(); ++i) {
    std::optional<explore::Point> point;
    for (size_t f = 0; f < command.folders.size() && !point; ++f)
      point = explore::Store(command.folders[f]).read(*plan, i);
    if (point)
      points.push_back(std::move(*point));
    else
      missing.push_back(plan->grid.name(i));
  }
  if (!missing.empty())
    return failure(ExitCode::Usage, llvm::Twine(missing.size()) + " of " + llvm::Twine(plan->grid.size()) +
                                        " points are in none of the folders, the first is " +
                                        missing.front() + "; run the shards that are missing");
  session.phase("write tables");
  llvm::Expected<explore::Store> store = explore::Store::open(command.output, *plan);
  if (!store)
    return store.takeError();
  for (const explore::Point &point : points)
    if (llvm::Error error = store->write(*plan, point))
      return error;
  if (llvm::Error error = explore::writeTables(*store, *plan, points))
    return error;
  session.endPhase();
  explore::printText(*plan, points, session.out());
  session.object()["points"] = static_cast<int64_t>(points.size());
  session.object()["folder"] = llvm::json::fixUTF8(command.output);
  return llvm::Error::success();
}

} // namespace dyadic
