// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums and plans the bytes of L1.
#include "passes/tile/Near.h"

#include "passes/model/MemoryPlanner.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
namespace dyadic::tile {

Near::Near(plat::NetworkOp network) {
  for (auto [op, interval] : plat::liveIntervals(network))
    if (plat::BufferOp buffer = op; buffer.getLevel() == plat::Level::L1)
      live.insert({buffer, interval});
}

int64_t Near::used(int64_t layer) const {
  int64_t sum = 0;
  for (auto [op, interval] : live)
    if (plat::BufferOp buffer = op; interval.first <= layer && layer <= interval.last)
      sum += static_cast<int64_t>(llvm::alignTo(buffer.getSizeBytes(), 8));
  return sum;
}

int64_t Near::placed() const {
  model::PlanProblem problem;
  for (auto [op, interval] : live) {
    plat::BufferOp buffer = op;
    problem.buffers.push_back({buffer.getName().str(),
                               static_cast<int64_t>(buffer.getSizeBytes()),
                               static_cast<int64_t>(buffer.getAlign()),
                               interval.first,
                               interval.last,
                               {},
                               {}});
  }
  auto plan = model::planMemory(problem);
  return plan ? plan->arenaBytes : INT64_MAX;
}

} // namespace dyadic::tile
