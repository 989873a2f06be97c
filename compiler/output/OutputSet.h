// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The files that one run writes, held in memory until all of them exist.
#pragma once
#include "compiler/Failure.h"
#include <map>
#include <string>

namespace dyadic {

/// 64 lower-case hexadecimal digits.
std::string sha256(llvm::StringRef bytes);

class OutputSet {
public:
  using Files = std::map<std::string, std::string>;

  /// `name` is relative, its parts separated by '/', none of them empty, "." or "..". A second file of the
  /// same name is an internal error.
  llvm::Error add(llvm::StringRef name, std::string bytes);
  const Files &files() const { return contents; } // in the order of their names

  /// Makes `folder` hold exactly these files. An existing folder must hold nothing but what its own
  /// NAME_manifest.json lists.
  llvm::Error writeFolder(llvm::StringRef folder) const;

private:
  Files contents;
};

/// Writes one file under a temporary name beside `path` and renames it; "-" is stdout, and a device is
/// written as it is.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef bytes);

/// For a signal handler: removes what a running write has put on the disk so far. Async-signal-safe.
void removePartialOutput();

} // namespace dyadic
