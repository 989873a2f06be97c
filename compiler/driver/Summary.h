// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What `compile` says at its end.
#pragma once
#include "codegen/Figures.h"
#include "compiler/driver/Session.h"
#include "compiler/output/OutputSet.h"
#include "passes/model/Machine.h"

namespace dyadic {

/// The short table on session.out(), the same figures in the JSON object. `everyNode`: which layer forms its
/// products how, and why.
void summarise(const codegen::Figures &figures, const OutputSet &files, llvm::StringRef folder,
               bool everyNode, Session &session);

/// Which of the machine's levels the plan uses; told where that is not all of them.
void describePlan(const codegen::Figures &figures, const model::Machine &machine, Session &session);

} // namespace dyadic
