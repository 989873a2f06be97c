// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Places every buffer of the network in the arena.
#include "dialects/plat/Liveness.h"
#include "passes/Passes.h"
#include "passes/model/PlanJudge.h"

namespace dyadic {
#define GEN_PASS_DEF_PLANMEMORY
#include "passes/Passes.h.inc"
} // namespace dyadic

using namespace mlir;
namespace dyadic {
namespace {

/// What the planner and its judge see of the network.
model::PlanProblem problemOf(const llvm::MapVector<plat::BufferOp, plat::Interval> &intervals) {
  model::PlanProblem problem;
  for (auto [buffer, live] : intervals) {
    model::PlanBuffer b;
    b.name = buffer.getName().str();
    b.sizeBytes = buffer.getSizeBytes();
    b.alignBytes = buffer.getAlign();
    b.first = live.first;
    b.last = live.last;
    problem.buffers.push_back(std::move(b));
  }
  return problem;
}

struct PlanMemory : impl::PlanMemoryBase<PlanMemory> {
  void runOnOperation() override {
    plat::NetworkOp network = plat::networkOf(getOperation());
    if (!network) {
      getOperation().emitError("plan-memory needs a module with one plat.network");
      return signalPassFailure();
    }
    auto intervals = plat::liveIntervals(network);
    auto far = place(network, intervals, plat::Level::L2);
    if (!far)
      return signalPassFailure();
    network.setArenaBytes(llvm::alignTo(far->arenaBytes, network.getArenaAlign()));
    network.setArenaBoundBytes(far->boundBytes);
    network.setBoundLayer(far->boundStep);
    if (has(intervals, plat::Level::L1)) {
      auto near = place(network, intervals, plat::Level::L1);
      if (!near)
        return signalPassFailure();
      network.setL1Bytes(llvm::alignTo(near->arenaBytes, network.getArenaAlign()));
    }
    if (has(intervals, plat::Level::L3)) {
      auto outer = place(network, intervals, plat::Level::L3);
      if (!outer)
        return signalPassFailure();
      network.setL3Bytes(llvm::alignTo(outer->arenaBytes, network.getArenaAlign()));
    }
    eraseUnused(network);
  }

  static bool has(const llvm::MapVector<plat::BufferOp, plat::Interval> &intervals, plat::Level level) {
    return llvm::any_of(intervals, [&](auto &entry) {
      return const_cast<plat::BufferOp &>(entry.first).getLevel() == level;
    });
  }

  /// Offsets for the buffers of one level; none after an error.
  std::optional<model::PlanSolution> place(plat::NetworkOp network,
                                           const llvm::MapVector<plat::BufferOp, plat::Interval> &all,
                                           plat::Level level) {
    llvm::MapVector<plat::BufferOp, plat::Interval> intervals;
    for (auto [buffer, live] : all)
      if (auto b = buffer; b.getLevel() == level)
        intervals.insert({buffer, live});
    model::PlanProblem problem = problemOf(intervals);
    auto plan = model::planMemory(problem);
    if (!plan) {
      network.emitOpError() << "cannot be planned: " << plan.error;
      return std::nullopt;
    }
    std::vector<std::string> faults = model::judgePlan(problem, *plan);
    for (const std::string &fault : faults)
      network.emitOpError() << "plan refused by its judge: " << fault;
    if (!faults.empty())
      return std::nullopt;
    for (auto [entry, offset] : llvm::zip(intervals, plan->offsetBytes)) {
      plat::BufferOp buffer = entry.first;
      buffer.setFirst(entry.second.first);
      buffer.setLast(entry.second.last);
      buffer.setOffset(offset);
    }
    return *plan;
  }

  /// Buffers that no kernel and no port touches have no place.
  static void eraseUnused(plat::NetworkOp network) {
    for (auto buffer : llvm::make_early_inc_range(network.getBody().getOps<plat::BufferOp>()))
      if (!buffer.getOffset() && !buffer.getUser()) {
        for (Operation *user : llvm::make_early_inc_range(buffer.getResult().getUsers()))
          user->erase();
        buffer.erase();
      }
  }
};

} // namespace
} // namespace dyadic
