// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C of many networks in one program, on this computer or on an emulated board.
#pragma once
#include "test/fuzz/Check.h"

namespace dyadic::fuzz {

struct Machine {
  std::string target = "host"; ///< as scripts/cross has it
  std::string flags = "-O1";
  std::string library; ///< the compiled runtime, or empty: its sources
};

struct Outcome {
  std::vector<std::string> wrong; ///< by network: nothing, or what
  uint64_t failures = 0;          ///< runs in which a transfer failed, as it was told to
};

/// Builds and runs the networks in `folder`, which is made. An error: the program could not be built, or did
/// not come to its end.
llvm::Expected<Outcome> runProgram(const std::vector<Emitted> &networks, const Machine &machine,
                                   const std::string &folder);

/// Compiles the runtime once, for this computer.
llvm::Error buildLibrary(const std::string &folder, const std::string &flags);

} // namespace dyadic::fuzz
