// Checks offsets, alignment, arena size and the overlap of every pair of buffers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/PlanJudge.h"
#include <algorithm>

namespace dyadic::model {

static std::string bytes(const PlanBuffer &b, int64_t offset) {
  return b.name + " at bytes " + std::to_string(offset) + ".." + std::to_string(offset + b.size_bytes - 1);
}

/// `late` works in place of `early`, directly or through others, and begins when `early` ends: they may
/// share.
static bool sharesStorage(const PlanProblem &problem, size_t early, size_t late) {
  size_t at = late;
  for (size_t hops = 0; hops <= problem.buffers.size(); ++hops) {
    const auto &before = problem.buffers[at].in_place_of;
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
  if (plan.offset_bytes.size() != buffers.size()) {
    faults.push_back("the plan has " + std::to_string(plan.offset_bytes.size()) + " offsets for " +
                     std::to_string(buffers.size()) + " buffers");
    return faults;
  }
  int64_t top = 0;
  for (size_t i = 0; i < buffers.size(); ++i) {
    const PlanBuffer &b = buffers[i];
    const int64_t offset = plan.offset_bytes[i];
    if (offset < 0)
      faults.push_back(b.name + " has the negative offset " + std::to_string(offset));
    if (offset % b.align_bytes != 0)
      faults.push_back(b.name + " at offset " + std::to_string(offset) + " is not aligned to " +
                       std::to_string(b.align_bytes) + " bytes");
    if (b.fixed_offset_bytes && *b.fixed_offset_bytes != offset)
      faults.push_back(b.name + " is fixed at offset " + std::to_string(*b.fixed_offset_bytes) +
                       " but placed at " + std::to_string(offset));
    if (offset + b.size_bytes > plan.arena_bytes)
      faults.push_back(bytes(b, offset) + " leaves the arena of " + std::to_string(plan.arena_bytes) +
                       " bytes");
    if (b.in_place_of && (*b.in_place_of >= buffers.size() || plan.offset_bytes[*b.in_place_of] != offset))
      faults.push_back(b.name + " works in place but does not begin where its source does");
    top = std::max(top, offset + b.size_bytes);
  }
  if (top < plan.arena_bytes)
    faults.push_back("the arena has " + std::to_string(plan.arena_bytes) + " bytes but only " +
                     std::to_string(top) + " are used");
  for (size_t i = 0; i < buffers.size(); ++i)
    for (size_t j = i + 1; j < buffers.size(); ++j) {
      const PlanBuffer &a = buffers[i], &b = buffers[j];
      const int64_t from = std::max(a.first, b.first), to = std::min(a.last, b.last);
      const int64_t low = std::max(plan.offset_bytes[i], plan.offset_bytes[j]);
      const int64_t high = std::min(plan.offset_bytes[i] + a.size_bytes, plan.offset_bytes[j] + b.size_bytes);
      if (from > to || low >= high || sharesStorage(problem, i, j) || sharesStorage(problem, j, i))
        continue;
      faults.push_back(bytes(a, plan.offset_bytes[i]) + " and " + bytes(b, plan.offset_bytes[j]) +
                       " share bytes " + std::to_string(low) + ".." + std::to_string(high - 1) +
                       " in steps " + std::to_string(from) + ".." + std::to_string(to));
    }
  // The stated bound is a claim about the problem: live bytes without gaps never exceed it at its step.
  int64_t live = 0;
  for (const PlanBuffer &b : buffers)
    if (!b.in_place_of && b.first <= plan.bound_step && plan.bound_step <= b.last)
      live += b.size_bytes;
  if (live > plan.arena_bytes)
    faults.push_back("step " + std::to_string(plan.bound_step) + " has " + std::to_string(live) +
                     " live bytes in an arena of " + std::to_string(plan.arena_bytes));
  if (plan.bound_bytes > plan.arena_bytes)
    faults.push_back("the bound of " + std::to_string(plan.bound_bytes) + " bytes exceeds the arena");
  return faults;
}

} // namespace dyadic::model
