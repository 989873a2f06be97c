// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The options that choose a machine, the same for every command that needs one.
#pragma once
#include "compiler/Options.h"
#include <CLI/CLI.hpp>

namespace dyadic {

/// --target-file and --set. The command adds --target, --on or TARGET itself.
void addTargetChanges(CLI::App &command, TargetOptions &options);

} // namespace dyadic
