// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A folder of one's own for the time of a run.
#pragma once
#include "compiler/Failure.h"

namespace dyadic {

/// Nobody else may enter it; gone when this object is, or when a signal ends the program first. One at a
/// time.
class PrivateFolder {
public:
  /// Beneath TMPDIR, or /tmp.
  static llvm::Expected<PrivateFolder> create();
  PrivateFolder(PrivateFolder &&other) noexcept : folder(std::move(other.folder)) { other.folder.clear(); }
  PrivateFolder &operator=(PrivateFolder &&) = delete;
  ~PrivateFolder();

  const std::string &path() const { return folder; }
  /// Folders within; "a/b" after "a".
  llvm::Error makeFolder(llvm::StringRef name) const;
  llvm::Error write(llvm::StringRef name, llvm::StringRef bytes) const;
  /// It stays, for a person to look into.
  void keep();

private:
  explicit PrivateFolder(std::string path) : folder(std::move(path)) {}
  std::string folder;
};

/// For a signal handler. Async-signal-safe.
void removePrivateFolder();

} // namespace dyadic
