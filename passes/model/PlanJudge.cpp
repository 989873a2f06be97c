// Checks offsets, alignment, arena size and the overlap of every pair of buffers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/PlanJudge.h"
#include <algorithm>

namespace dyadic::model {

static std::string bytes(const PlanBuffer &b, int64_t offset) {
  return b.name + " at bytes " + std::to_string(offset) + ".." + std::to_string(offset + b.sizeBytes - 1);
}

/// `late` works in place of `early`, directly or through others, and begins when `early` ends: they may
/// share.
static bool sharesStorage(const PlanProblem &problem, size_t early, size_t late) {
  size_t at = late;
  for (size_t hops = 0; hops <= problem.buffers.size(); ++hops) {
    const auto &before = problem.buffers[at].inPlaceOf;
    if (!before)
      return false;
    at = *before;
    if (at == early)
      return problem.buffers[early].last <= problem.buffers[late].first;
  }
  return false;
}

std::vector<std::string> judgePlan(const PlanProblem &problem, const PlanSolution &plan) {
  const auto &buffers = problem.buffers;
  std::vector<std::string> faults;
  if (plan.offsetBytes.size() != buffers.size()) {
    faults.push_back("the plan has " + std::to_string(plan.offsetBytes.size()) + " offsets for " +
                     std::to_string(buffers.size()) + " buffers");
    return faults;
  }
  int64_t top = 0;
  for (size_t i = 0; i < buffers.size(); ++i) {
    const PlanBuffer &b = buffers[i];
    const int64_t offset = plan.offsetBytes[i];
    if (offset < 0)
      faults.push_back(b.name + " has the negative offset " + std::to_string(offset));
    if (offset % b.alignBytes != 0)
      faults.push_back(b.name + " at offset " + std::to_string(offset) + " is not aligned to " +
                       std::to_string(b.alignBytes) + " bytes");
    if (b.fixedOffsetBytes && *b.fixedOffsetBytes != offset)
      faults.push_back(b.name + " is fixed at offset " + std::to_string(*b.fixedOffsetBytes) +
                       " but placed at " + std::to_string(offset));
    if (offset + b.sizeBytes > plan.arenaBytes)
      faults.push_back(bytes(b, offset) + " leaves the arena of " + std::to_string(plan.arenaBytes) +
                       " bytes");
    if (b.inPlaceOf && (*b.inPlaceOf >= buffers.size() || plan.offsetBytes[*b.inPlaceOf] != offset))
      faults.push_back(b.name + " works in place but does not begin where its source does");
    top = std::max(top, offset + b.sizeBytes);
  }
  if (top < plan.arenaBytes)
    faults.push_back("the arena has " + std::to_string(plan.arenaBytes) + " bytes but only " +
                     std::to_string(top) + " are used");
  for (size_t i = 0; i < buffers.size(); ++i)
    for (size_t j = i + 1; j < buffers.size(); ++j) {
      const PlanBuffer &a = buffers[i], &b = buffers[j];
      const int64_t from = std::max(a.first, b.first), to = std::min(a.last, b.last);
      const int64_t low = std::max(plan.offsetBytes[i], plan.offsetBytes[j]);
      const int64_t high = std::min(plan.offsetBytes[i] + a.sizeBytes, plan.offsetBytes[j] + b.sizeBytes);
      if (from > to || low >= high || sharesStorage(problem, i, j) || sharesStorage(problem, j, i))
        continue;
      faults.push_back(bytes(a, plan.offsetBytes[i]) + " and " + bytes(b, plan.offsetBytes[j]) +
                       " share bytes " + std::to_string(low) + ".." + std::to_string(high - 1) +
                       " in steps " + std::to_string(from) + ".." + std::to_string(to));
    }
  // The stated bound is a claim about the problem: live bytes without gaps never exceed it at its step.
  int64_t live = 0;
  for (const PlanBuffer &b : buffers)
    if (!b.inPlaceOf && b.first <= plan.boundStep && plan.boundStep <= b.last)
      live += b.sizeBytes;
  if (live > plan.arenaBytes)
    faults.push_back("step " + std::to_string(plan.boundStep) + " has " + std::to_string(live) +
                     " live bytes in an arena of " + std::to_string(plan.arenaBytes));
  if (plan.boundBytes > plan.arenaBytes)
    faults.push_back("the bound of " + std::to_string(plan.boundBytes) + " bytes exceeds the arena");
  return faults;
}

} // namespace dyadic::model
