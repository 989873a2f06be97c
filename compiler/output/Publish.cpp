// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes under temporary names, flushes, renames; every failing call leaves what stood there before.
#include "compiler/output/Publish.h"
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace dyadic {
namespace {

using llvm::StringRef;
using llvm::Twine;

/// Temporary paths in a form that a signal handler may walk: C strings that stay where they are.
struct Partial {
  std::vector<std::string> files;
  std::vector<std::string> folders; // each after the folders within it

  void remove() const {
    for (const std::string &file : files)
      unlink(file.c_str());
    for (const std::string &folder : folders)
      rmdir(folder.c_str());
  }
};
std::atomic<const Partial *> current = nullptr;

/// Removes what it names when it goes out of scope, or when a signal comes first; release() keeps it.
class PartialGuard {
public:
  explicit PartialGuard(Partial paths) : partial(std::move(paths)) { current = &partial; }
  ~PartialGuard() {
    current = nullptr;
    if (armed)
      partial.remove();
  }
  PartialGuard(const PartialGuard &) = delete;
  PartialGuard &operator=(const PartialGuard &) = delete;
  void release() {
    current = nullptr;
    armed = false;
  }

private:
  Partial partial;
  bool armed = true;
};

llvm::Error diskFailure(const Twine &what, const Twine &path) {
  return failure(ExitCode::Disk, what + " '" + path + "': " + strerror(errno));
}

llvm::Error writeAll(int fd, StringRef bytes, const Twine &path) {
  while (!bytes.empty()) {
    ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return diskFailure("cannot write", path);
    bytes = bytes.drop_front(size_t(n));
  }
  return llvm::Error::success();
}

/// Creates `path`, which must not exist, with these bytes, flushed to the disk.
llvm::Error createFile(const std::string &path, StringRef bytes) {
  int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0)
    return diskFailure("cannot create", path);
  llvm::Error error = writeAll(fd, bytes, path);
  if (!error && fsync(fd) != 0)
    error = diskFailure("cannot write", path);
  if (close(fd) != 0 && !error)
    error = diskFailure("cannot write", path);
  return error;
}

llvm::Error flushFolder(const std::string &path) {
  int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return diskFailure("cannot open", path);
  bool flushed = fsync(fd) == 0 || errno == EINVAL; // some file systems cannot flush a folder
  llvm::Error error = flushed ? llvm::Error::success() : diskFailure("cannot flush", path);
  close(fd);
  return error;
}

std::string parentOf(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// A name beside `path` that no other run uses.
std::string besides(const std::string &path, const char *what) {
  size_t slash = path.rfind('/');
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  std::string result = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  return result + "." + name.substr(0, 200) + "." + what + std::to_string(getpid());
}

/// Folders above `path` that do not exist yet, outermost last.
std::vector<std::string> missingParents(const std::string &path) {
  std::vector<std::string> missing;
  for (std::string parent = parentOf(path); access(parent.c_str(), F_OK) != 0 && errno == ENOENT;
       parent = parentOf(parent))
    missing.push_back(parent);
  return missing;
}

/// Swaps two folders; where the file system cannot, in two steps that are undone on failure.
llvm::Error swapFolders(const std::string &fresh, const std::string &path) {
  if (renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0)
    return llvm::Error::success();
  if (errno != EINVAL && errno != ENOSYS)
    return diskFailure("cannot replace", path);
  std::string aside = besides(path, "old");
  if (rename(path.c_str(), aside.c_str()) != 0)
    return diskFailure("cannot replace", path);
  if (rename(fresh.c_str(), path.c_str()) != 0) {
    llvm::Error error = diskFailure("cannot replace", path);
    rename(aside.c_str(), path.c_str());
    return error;
  }
  if (rename(aside.c_str(), fresh.c_str()) != 0)
    return diskFailure("cannot remove", aside);
  return llvm::Error::success();
}

Partial within(const std::string &root, const FolderContents &contents) {
  Partial partial;
  for (const std::string &file : contents.files)
    partial.files.push_back(root + "/" + file);
  for (const std::string &folder : contents.folders)
    partial.folders.push_back(root + "/" + folder);
  partial.folders.push_back(root);
  return partial;
}

FolderContents contentsOf(const OutputSet::Files &files) {
  FolderContents contents;
  std::set<std::string> folders;
  for (const auto &[name, bytes] : files) {
    contents.files.push_back(name);
    for (size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1))
      folders.insert(name.substr(0, slash));
  }
  contents.folders.assign(folders.rbegin(), folders.rend()); // "a/b" before "a"
  return contents;
}

} // namespace

void removePartialOutput() {
  if (const Partial *partial = current.exchange(nullptr))
    partial->remove();
}

llvm::Error publishFolder(const OutputSet::Files &files, const std::string &path, const FolderContents *old) {
  std::vector<std::string> parents = missingParents(path);
  std::string fresh = besides(path, "new");
  FolderContents contents = contentsOf(files);
  Partial partial = within(fresh, contents);
  partial.folders.insert(partial.folders.end(), parents.begin(), parents.end());
  partial.remove(); // what a killed run with this process number left
  PartialGuard guard(std::move(partial));

  for (auto parent = parents.rbegin(); parent != parents.rend(); ++parent)
    if (mkdir(parent->c_str(), 0777) != 0 && errno != EEXIST)
      return diskFailure("cannot create", *parent);
  if (mkdir(fresh.c_str(), 0777) != 0)
    return diskFailure("cannot create", fresh);
  for (auto folder = contents.folders.rbegin(); folder != contents.folders.rend(); ++folder)
    if (mkdir((fresh + "/" + *folder).c_str(), 0777) != 0)
      return diskFailure("cannot create", fresh + "/" + *folder);
  for (const auto &[name, bytes] : files)
    if (llvm::Error error = createFile(fresh + "/" + name, bytes))
      return error;
  for (const std::string &folder : contents.folders)
    if (llvm::Error error = flushFolder(fresh + "/" + folder))
      return error;
  if (llvm::Error error = flushFolder(fresh))
    return error;

  if (!old) {
    if (renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0 &&
        ((errno != EINVAL && errno != ENOSYS) || rename(fresh.c_str(), path.c_str()) != 0))
      return diskFailure("cannot create", path);
    guard.release();
    return flushFolder(parentOf(path));
  }
  for (const std::string &folder : within(path, *old).folders)
    if (faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
      return diskFailure("cannot replace the files in", folder);
  if (llvm::Error error = swapFolders(fresh, path))
    return error;
  // Now `fresh` names the old set: only the files that were examined go, and a folder only once it is empty.
  guard.release();
  {
    PartialGuard remover(within(fresh, *old));
  }
  if (access(fresh.c_str(), F_OK) == 0)
    return failure(ExitCode::Disk, "the new files are in '" + path +
                                       "', but the old ones could not be removed from '" + fresh + "'");
  return flushFolder(parentOf(path));
}

llvm::Error writeFile(StringRef name, StringRef bytes) {
  if (name == "-")
    return writeAll(STDOUT_FILENO, bytes, "standard output");
  std::string path = name.str();
  if (char *real = realpath(path.c_str(), nullptr)) { // through a link, the file it names is replaced
    path = real;
    free(real);
  }
  struct stat status;
  bool exists = stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode))
    return failure(ExitCode::Usage, "'" + name + "' is a folder; name a file");
  if (exists && !S_ISREG(status.st_mode)) {
    int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0)
      return diskFailure("cannot open", path);
    llvm::Error error = writeAll(fd, bytes, path);
    if (close(fd) != 0 && !error)
      error = diskFailure("cannot write", path);
    return error;
  }
  if (exists && access(path.c_str(), W_OK) != 0)
    return diskFailure("cannot write", path);
  struct stat folder;
  if (stat(parentOf(path).c_str(), &folder) != 0)
    return diskFailure("cannot write", path);
  std::string fresh = besides(path, "new");
  unlink(fresh.c_str());
  PartialGuard guard({{fresh}, {}});
  if (llvm::Error error = createFile(fresh, bytes))
    return error;
  if (exists)
    chmod(fresh.c_str(), status.st_mode & 07777); // an overwritten file keeps its permissions
  if (rename(fresh.c_str(), path.c_str()) != 0)
    return diskFailure("cannot write", path);
  guard.release();
  return flushFolder(parentOf(path));
}

} // namespace dyadic
