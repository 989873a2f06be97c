// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Machines as data: what compiler/targets/*/target.yaml say.
#pragma once
#include "compiler/Failure.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dyadic {

/// A number and where it comes from.
struct Figure {
  double value = 0;
  std::string kind; // measured, published or assumed
  std::string source;
};

struct MemoryLevel {
  std::string name;
  unsigned level = 2;          // 1 nearest to the core
  std::optional<Figure> bytes; // usable by the network; none: no stated limit
};

struct Cost {
  std::string name;
  Figure cycles;
};

/// Command lines for people and scripts; the compiler itself runs none of them.
struct Toolchain {
  std::string package; // Debian's; may be empty
  std::string command;
  std::string note;
};

struct Target {
  std::string name, title, isa, port;
  unsigned cores = 1;
  unsigned arenaAlignBytes = 8; // a power of two
  std::vector<MemoryLevel> memory;
  std::vector<Cost> costs;
  Toolchain build;
  std::optional<Toolchain> emulator;
};

/// In the order of their names.
std::vector<llvm::StringRef> targetNames();

/// A usage error that lists the targets if there is none of this name.
llvm::Expected<Target> loadTarget(llvm::StringRef name);

/// Reads a description; errors begin with "FILE:LINE:COLUMN:".
llvm::Expected<Target> parseTarget(llvm::StringRef text, llvm::StringRef file);

/// Cycles of one multiplication, rounded up; 1 where the description has no cost `multiply`.
int64_t mulCycles(const Target &target);

} // namespace dyadic
