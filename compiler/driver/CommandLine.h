// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From argv to one command's plain options, and from its error to an exit code.
#pragma once
#include "compiler/Failure.h"

namespace dyadic {

ExitCode runCommandLine(int argc, const char *const *argv);

} // namespace dyadic
