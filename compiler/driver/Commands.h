// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The commands, each with its options; one source file does each.
#pragma once
#include "compiler/Options.h"
#include "compiler/driver/Session.h"
#include <string>
#include <vector>

namespace dyadic {

struct TargetsCommand {
  std::string target; // empty: list them
};
llvm::Error runTargets(const TargetsCommand &command, Session &session);

} // namespace dyadic
