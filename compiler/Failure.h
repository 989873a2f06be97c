// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A failure carries the exit code it ends the program with; nothing below main decides to exit.
#pragma once
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <string>

namespace dyadic {

enum class ExitCode : int {
  Ok = 0,
  Rejected = 1,   // the model, or data that does not fit it
  Usage = 2,      // the command line, or a file of samples that is none
  DoesNotFit = 3, // memory or a deadline
  Mismatch = 4,   // two results that should agree
  Disk = 5,       // disk or permission
  Internal = 70,  // a fault of dyadic itself
  Interrupted = 130,
};

class Failure : public llvm::ErrorInfo<Failure> {
public:
  static char ID; // NOLINT: the name LLVM's ErrorInfo looks for
  Failure(ExitCode code, std::string message) : exitCode(code), text(std::move(message)) {}

  ExitCode code() const { return exitCode; }
  std::string message() const override { return text; }
  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override;

private:
  ExitCode exitCode;
  std::string text;
};

llvm::Error failure(ExitCode code, const llvm::Twine &message);

/// For errno after a system call on `path`: Usage when it names nothing, Disk otherwise.
llvm::Error systemFailure(const llvm::Twine &what, llvm::StringRef path, int error);

/// A whole file in memory; a missing one is a usage error, an unreadable one a disk error.
llvm::Expected<std::string> readFile(llvm::StringRef path, uint64_t maximumBytes = uint64_t(2) << 30);

} // namespace dyadic
