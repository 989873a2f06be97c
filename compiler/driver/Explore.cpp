// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic explore`: what is not finished yet is computed in parallel, then the tables are made of all points.
#include "compiler/driver/Crash.h"
#include "compiler/driver/Exploration.h"
#include "compiler/explore/Tables.h"
#include "compiler/explore/Workers.h"
#include <thread>

namespace dyadic {
namespace {

/// Finished points by number; what is missing is left out.
explore::Points readPoints(const explore::Store &store, const explore::Plan &plan) {
  explore::Points points;
  for (size_t i = 0; i < plan.grid.size(); ++i)
    if (std::optional<explore::Point> point = store.read(plan, i))
      points.push_back(std::move(*point));
  return points;
}

unsigned jobsOf(unsigned asked) {
  return asked != 0 ? asked : std::max(1U, std::thread::hardware_concurrency());
}

} // namespace

llvm::Error runExplore(ExploreCommand command, Session &session) {
  session.phase("read options");
  llvm::Expected<explore::Grid> grid = explore::Grid::parse(command.sweeps);
  if (!grid)
    return grid.takeError();
  llvm::Expected<explore::Shard> shard = explore::parseShard(command.shard);
  if (!shard)
    return shard.takeError();
  if (!command.options.target.given())
    return failure(
        ExitCode::Usage,
        "--target is required: the machine whose figures are swept, as dyadic targets lists them; or "
        "--target-file");
  Exploration exploration(command, session);
  if (llvm::Error error = exploration.prepare(std::move(*grid)))
    return error;
  const explore::Plan &plan = exploration.plan();
  llvm::Expected<explore::Store> store = explore::Store::open(command.output, plan);
  if (!store)
    return store.takeError();

  session.phase("explore");
  std::vector<size_t> missing;
  size_t mine = 0;
  for (size_t i = 0; i < plan.grid.size(); ++i)
    if (shard->holds(i)) {
      ++mine;
      if (!store->read(plan, i))
        missing.push_back(i);
    }
  if (!missing.empty())
    if (llvm::Error error = store->removeTables())
      return error;
  setInterruptNote("finished points are kept, and the same command goes on");
  auto work = [&](size_t i) -> llvm::Error {
    setInterruptNote(nullptr); // the first process speaks for all
    llvm::Expected<explore::Point> point = exploration.compute(missing[i]);
    return point ? store->write(plan, *point) : point.takeError();
  };
  auto progress = [&](size_t done) {
    session.progress(static_cast<double>(mine - missing.size() + done) /
                     static_cast<double>(std::max<size_t>(1, mine)));
  };
  if (llvm::Error error = explore::runForked(missing.size(), jobsOf(command.jobs), work, progress))
    return error;

  session.phase("write tables");
  explore::Points points = readPoints(*store, plan);
  bool complete = points.size() == plan.grid.size();
  if (complete)
    if (llvm::Error error = explore::writeTables(*store, plan, points))
      return error;
  session.endPhase();
  auto infeasible = llvm::count_if(points, [](const explore::Point &p) { return !p.feasible(); });
  if (complete)
    explore::printText(plan, points, session.out());
  session.out() << "  " << plan.grid.size() << " points, " << points.size() << " finished, " << missing.size()
                << " of them now, " << infeasible << " infeasible; "
                << (complete ? "tables and drawings are in "
                             : "the rest is for other shards, then dyadic merge; points are in ")
                << command.output << '\n';
  session.object()["points"] = static_cast<int64_t>(plan.grid.size());
  session.object()["finished"] = static_cast<int64_t>(points.size());
  session.object()["computed"] = static_cast<int64_t>(missing.size());
  session.object()["infeasible"] = static_cast<int64_t>(infeasible);
  session.object()["folder"] = llvm::json::fixUTF8(command.output);
  return llvm::Error::success();
}

} // namespace dyadic
