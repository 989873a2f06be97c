// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Machines as data: what compiler/targets/*/target.yaml, a user's own file and --set say.
#pragma once
#include "compiler/Failure.h"
#include "compiler/Options.h"
#include "passes/model/Machine.h"
#include <optional>
#include <string>
#include <vector>

namespace dyadic {

/// Command lines for people, scripts and `dyadic validate`; nothing else in the compiler runs them. Words are
/// apart by spaces.
struct Toolchain {
  std::string package; // Debian's, several apart by spaces; may be empty
  std::string compiler, flags;
  std::string program; // what more it takes to build a program that the emulator runs; may be empty
  std::string link;    // the linker's command line where the compiler does not link programs; may be empty
  std::string command; // of an emulator
  std::string note;
};

struct Target {
  std::string title; // one line for people
  model::Machine machine;
  Toolchain build;
  std::optional<Toolchain> emulator;
  std::vector<std::string> overrides; // "l2.bytes=262144": canonical, by path
  std::string extended;               // the texts of the user's own files that --target-file extends
  std::string fileSha256;             // of --target-file and these; empty: a shipped target
};

/// In the order of their names.
std::vector<llvm::StringRef> targetNames();

/// A usage error that lists the targets if there is none of this name.
llvm::Expected<Target> loadTarget(llvm::StringRef name);

/// The shipped target or the user's file, with what --set changes. Errors tell every mistake, one a line,
/// each with its place.
llvm::Expected<Target> loadTarget(const TargetOptions &options);

/// Reads a description, with those that it extends; errors begin with "FILE:LINE:COLUMN:".
llvm::Expected<Target> parseTarget(llvm::StringRef text, llvm::StringRef file,
                                   llvm::ArrayRef<std::string> overrides = {});

/// --set as "PATH=NUMBER", by path, the last of each; nothing of the target is looked at.
llvm::Expected<std::vector<std::string>> canonicalOverrides(llvm::ArrayRef<std::string> overrides);

/// All that --set can change, by path.
std::vector<std::string> targetPaths();

} // namespace dyadic
