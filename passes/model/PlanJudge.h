// Re-checks a memory plan; shares nothing with the planner but the problem.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/MemoryPlanner.h"

namespace dyadic::model {

/// Empty when the plan is right. Otherwise one sentence for each fault: buffers, steps and bytes by name.
std::vector<std::string> judgePlan(const PlanProblem &problem, const PlanSolution &plan);

} // namespace dyadic::model
