// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From MODEL and TARGET to a network with every buffer in its place: what compile, report and explore share.
#pragma once
#include "compiler/driver/Load.h"
#include "compiler/targets/Targets.h"

namespace dyadic {

/// Nothing is found where nothing was asked for.
llvm::Error findTarget(const TargetOptions &options, std::optional<Target> &target);

/// A usage error where the target decides something and none is given: from plat on, and for the choice of
/// implementations.
llvm::Error needTarget(const CompileOptions &options, Level from, Level last);

/// What the passes need to know of the options and the machine.
PipelineOptions pipelineFor(const CompileOptions &options, const std::optional<Target> &target);

/// The arena against the room that the machine has for it; the error tells the figures it comes from.
llvm::Error checkFit(int64_t arenaBytes, const model::Machine &machine);

} // namespace dyadic
