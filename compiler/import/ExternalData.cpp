// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opens side files of weights without leaving the model's folder.
#include "compiler/Failure.h"
#include "compiler/import/Reader.h"
#include "compiler/import/Text.h"
#include "llvm/ADT/ScopeExit.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dyadic::import_ {
namespace {

llvm::Error bad(const llvm::Twine &message) { return failure(ExitCode::Rejected, message); }

/// The same promise as openat2's for kernels without it: one component at a time, no link followed, none
/// called "..".
int openStepwise(int folder, llvm::StringRef path) {
  int at = dup(folder);
  while (at >= 0) {
    auto [head, tail] = path.split('/');
    if (head.empty() || head == "..") {
      close(at);
      errno = EXDEV;
      return -1;
    }
    int flags =
        O_NOFOLLOW | O_CLOEXEC | (tail.empty() ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH | O_DIRECTORY);
    int next = openat(at, head.str().c_str(), flags);
    int error = errno;
    close(at);
    errno = error;
    if (next < 0 || tail.empty())
      return next;
    at = next;
    path = tail;
  }
  return -1;
}

int openBeneath(int folder, const std::string &path) {
  open_how how = {};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  int fd = int(syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how));
  return fd < 0 && (errno == ENOSYS || errno == EPERM) ? openStepwise(folder, path) : fd;
}

std::string reason(int error) {
  if (error == EXDEV)
    return "it leads out of the model's folder";
  if (error == ELOOP)
    return "it passes through a symbolic link";
  return strerror(error);
}
} // namespace

llvm::Expected<std::string> ExternalData::read(const std::string &location, int64_t offset, int64_t length,
                                               int64_t bytes) {
  std::string name = "its external data '" + shown(location) + "'";
  if (location.empty() || location.find('\0') != location.npos)
    return bad(name + " names no file");
  if (folder.empty())
    return bad(name + " cannot be read: the model comes from memory and has no folder");
  int base = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (base < 0)
    return bad(name + " cannot be read: the model's folder: " + strerror(errno));
  int fd = openBeneath(base, location);
  int error = errno;
  close(base);
  if (fd < 0)
    return bad(name + " cannot be read: " + reason(error) +
               "; only a plain file beside the model or in a folder below it is read");
  llvm::scope_exit closeFile([fd] { close(fd); });
  struct stat status;
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1)
    return bad(name + " is not a plain file with one name; copy it beside the model");
  if (length >= 0 && length != bytes)
    return bad(name + " has length " + llvm::Twine(length) + " where the tensor's shape needs " +
               llvm::Twine(bytes) + " bytes");
  if (offset > status.st_size || bytes > status.st_size - offset)
    return bad(name + " has " + llvm::Twine(status.st_size) + " bytes; the tensor needs " +
               llvm::Twine(bytes) + " at " + llvm::Twine(offset));
  if (length < 0 && status.st_size - offset != bytes)
    return bad(name + " has no length, and " + llvm::Twine(status.st_size - offset) +
               " bytes follow where the tensor's shape needs " + llvm::Twine(bytes));
  total += bytes;
  if (total > Limits::externalBytes)
    return bad(name + " brings the weights beyond " + llvm::Twine(Limits::externalBytes) + " bytes");
  std::string out(size_t(bytes), '\0');
  for (int64_t at = 0; at < bytes;) {
    ssize_t n = pread(fd, out.data() + at, size_t(bytes - at), offset + at);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return bad(name + " cannot be read: " + (n < 0 ? strerror(errno) : "it became shorter"));
    at += n;
  }
  return out;
}

} // namespace dyadic::import_
