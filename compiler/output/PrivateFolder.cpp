// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// mkdtemp, and a removal that uses nothing but system calls, so that a signal handler may do it.
#include "compiler/output/PrivateFolder.h"
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dyadic {
namespace {

char current[4096]; // the folder to remove; empty: none
constexpr int deepest = 8;

/// As getdents64 gives them.
struct Entry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[1];
};

void removeTree(int parent, const char *name, int depth);

void empty(int folder, int depth) {
  alignas(Entry) char buffer[2048];
  for (;;) {
    long bytes = syscall(SYS_getdents64, folder, buffer, sizeof buffer);
    if (bytes <= 0)
      return;
    for (long at = 0; at < bytes;) {
      auto *entry = reinterpret_cast<Entry *>(buffer + at);
      at += entry->length;
      if (std::strcmp(entry->name, ".") == 0 || std::strcmp(entry->name, "..") == 0)
        continue;
      if (unlinkat(folder, entry->name, 0) != 0 && (errno == EISDIR || errno == EPERM) && depth > 0)
        removeTree(folder, entry->name, depth - 1);
    }
  }
}

void removeTree(int parent, const char *name, int depth) {
  // What was removed may hide other entries from the same walk: again until the folder goes.
  for (int attempt = 0; attempt < 4; ++attempt) {
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
      return;
    empty(folder, depth);
    close(folder);
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
      return;
  }
}

} // namespace

void removePrivateFolder() {
  if (current[0] != '\0')
    removeTree(AT_FDCWD, current, deepest);
  current[0] = '\0';
}

llvm::Expected<PrivateFolder> PrivateFolder::create() {
  const char *temporary = std::getenv("TMPDIR");
  std::string path = temporary && *temporary == '/' ? temporary : "/tmp";
  path += "/dyadic.XXXXXX";
  if (path.size() >= sizeof current)
    return failure(ExitCode::Usage, "TMPDIR is too long a path");
  if (!mkdtemp(path.data())) // with no permissions for others
    return failure(ExitCode::Disk, "cannot create a temporary folder '" + path + "': " + strerror(errno));
  std::memcpy(current, path.c_str(), path.size() + 1);
  return PrivateFolder(std::move(path));
}

PrivateFolder::~PrivateFolder() {
  if (!folder.empty())
    removePrivateFolder();
}

void PrivateFolder::keep() {
  current[0] = '\0';
  folder.clear();
}

llvm::Error PrivateFolder::makeFolder(llvm::StringRef name) const {
  std::string path = folder + "/" + name.str();
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return failure(ExitCode::Disk, "cannot create '" + path + "': " + strerror(errno));
  return llvm::Error::success();
}

llvm::Error PrivateFolder::write(llvm::StringRef name, llvm::StringRef bytes) const {
  std::string path = folder + "/" + name.str();
  int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return failure(ExitCode::Disk, "cannot create '" + path + "': " + strerror(errno));
  bool good = true;
  while (good && !bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    good = n > 0;
    bytes = bytes.drop_front(good ? static_cast<size_t>(n) : 0);
  }
  int error = errno;
  if (close(fd) != 0 && good) {
    good = false;
    error = errno;
  }
  return good ? llvm::Error::success()
              : failure(ExitCode::Disk, "cannot write '" + path + "': " + strerror(error));
}

} // namespace dyadic
