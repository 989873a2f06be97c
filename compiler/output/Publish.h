// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts a complete folder in place by one rename.
#pragma once
#include "compiler/output/OutputSet.h"
#include <string>
#include <vector>

namespace dyadic {

struct FolderContents {
  std::vector<std::string> files;   // relative names
  std::vector<std::string> folders; // each after the folders within it
};

/// `old` tells what the existing folder at `path` holds; null when there is none.
llvm::Error publishFolder(const OutputSet::Files &files, const std::string &path, const FolderContents *old);

} // namespace dyadic
