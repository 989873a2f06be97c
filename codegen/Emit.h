// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A placed plat module as a folder of C99: the one entry of this room.
#pragma once

#include "codegen/Figures.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dyadic::codegen {

/// Codes as the C API takes and gives them: ONNX axis order, batch first. [port][sample][element].
using PortCodes = std::vector<std::vector<std::vector<int64_t>>>;

struct SelfTest {
  PortCodes inputs;
  PortCodes expected;
};

struct EmitOptions {
  std::string name = "net"; ///< [a-z][a-z0-9_]*; prefix of files, macros and symbols
  std::string target;
  std::string port;           ///< of the machine: which dyadic_machine.c goes with a tiled network
  std::string version;        ///< of the compiler
  llvm::json::Object options; ///< for the manifest, free of paths
  std::optional<SelfTest> selfTest;
};

/// File name (with '/' between parts) to contents. The same module and options always give the same bytes.
llvm::Expected<std::map<std::string, std::string>> emit(mlir::ModuleOp placed, const EmitOptions &options);

/// What is wrong with a name for the emitted network, or nothing.
std::optional<std::string> badName(llvm::StringRef name);

} // namespace dyadic::codegen
