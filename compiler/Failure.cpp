// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Failures, and the one place that reads files whole.
#include "compiler/Failure.h"
#include "llvm/Support/raw_ostream.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dyadic {

char Failure::ID = 0;

void Failure::log(llvm::raw_ostream &os) const { os << text; }
std::error_code Failure::convertToErrorCode() const { return llvm::inconvertibleErrorCode(); }

llvm::Error failure(ExitCode code, const llvm::Twine &message) {
  return llvm::make_error<Failure>(code, message.str());
}

llvm::Error systemFailure(const llvm::Twine &what, llvm::StringRef path, int error) {
  ExitCode code = error == ENOENT || error == ENOTDIR || error == EISDIR ? ExitCode::Usage : ExitCode::Disk;
  return failure(code, what + " '" + path + "': " + strerror(error));
}

llvm::Expected<std::string> readFile(llvm::StringRef path, uint64_t maximumBytes) {
  int fd = open(path.str().c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return systemFailure("cannot open", path, errno);
  struct stat status;
  if (fstat(fd, &status) != 0 || S_ISDIR(status.st_mode)) {
    int error = S_ISDIR(status.st_mode) ? EISDIR : errno;
    close(fd);
    return systemFailure("cannot read", path, error);
  }
  // The size is a hint only: pipes have none, and a file may grow while it is read.
  std::string bytes;
  if (S_ISREG(status.st_mode) && status.st_size > 0 && uint64_t(status.st_size) <= maximumBytes)
    bytes.reserve(size_t(status.st_size));
  char chunk[1 << 16];
  for (;;) {
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      int error = errno;
      close(fd);
      return systemFailure("cannot read", path, error);
    }
    if (n == 0)
      break;
    bytes.append(chunk, size_t(n));
    if (bytes.size() > maximumBytes) {
      close(fd);
      return failure(ExitCode::Rejected,
                     "'" + path + "' is larger than " + llvm::Twine(maximumBytes) + " bytes");
    }
  }
  close(fd);
  return bytes;
}

} // namespace dyadic
