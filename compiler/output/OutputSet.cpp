// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Collects files; what an old folder may hold is decided here, how a new one is put in place in Publish.cpp.
#include "compiler/output/OutputSet.h"
#include "compiler/Json.h"
#include "compiler/output/Publish.h"
#include "llvm/ADT/StringSet.h"
#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dyadic {
namespace {

using llvm::StringRef;
using llvm::Twine;

constexpr StringRef manifestSuffix = "_manifest.json";
constexpr unsigned maximumDepth = 8;

/// All that a folder holds, with names relative to it; a symbolic link counts as a file.
llvm::Error listFolder(const std::string &folder, const std::string &prefix, unsigned depth,
                       FolderContents &contents) {
  if (depth == maximumDepth)
    return failure(ExitCode::Usage, "'" + folder + "' is no folder that dyadic wrote: nested too deeply");
  DIR *handle = opendir(folder.c_str());
  if (!handle)
    return systemFailure("cannot list", folder, errno);
  std::vector<std::string> names;
  while (dirent *entry = readdir(handle))
    if (StringRef name = entry->d_name; name != "." && name != "..")
      names.push_back(name.str());
  closedir(handle);
  std::sort(names.begin(), names.end());
  for (const std::string &name : names) {
    std::string path = folder + "/" + name;
    struct stat status;
    if (lstat(path.c_str(), &status) != 0)
      return systemFailure("cannot read", path, errno);
    if (!S_ISDIR(status.st_mode)) {
      contents.files.push_back(prefix + name);
      continue;
    }
    if (llvm::Error error = listFolder(path, prefix + name + "/", depth + 1, contents))
      return error;
    contents.folders.push_back(prefix + name); // after what it holds
  }
  return llvm::Error::success();
}

/// The names that the manifests in `folder` list, and the manifests' own.
llvm::StringSet<> listedNames(const std::string &folder, const FolderContents &contents) {
  llvm::StringSet<> listed;
  for (const std::string &name : contents.files) {
    if (!StringRef(name).ends_with(manifestSuffix) || StringRef(name).contains('/'))
      continue;
    struct stat status;
    if (stat((folder + "/" + name).c_str(), &status) != 0 || !S_ISREG(status.st_mode))
      continue; // a pipe would be waited for
    llvm::Expected<std::string> text = readFile(folder + "/" + name, 64 << 20);
    if (!text) {
      llvm::consumeError(text.takeError()); // then it lists nothing, and the first file is named
      continue;
    }
    llvm::Expected<llvm::json::Value> json = parseJson(*text);
    if (!json) {
      llvm::consumeError(json.takeError());
      continue;
    }
    const llvm::json::Object *root = json->getAsObject();
    const llvm::json::Object *files = root ? root->getObject("files") : nullptr;
    if (!files)
      continue;
    listed.insert(name);
    for (const auto &entry : *files)
      listed.insert(entry.first);
  }
  return listed;
}

/// The folder itself where `folder` is a link to it; "out/" is "out".
llvm::Expected<std::string> resolve(StringRef folder) {
  std::string path = folder.rtrim('/').str();
  if (path.empty())
    path = folder.empty() ? "" : "/";
  if (path.empty())
    return failure(ExitCode::Usage, "-o: the folder's name is empty");
  char real[PATH_MAX];
  if (realpath(path.c_str(), real))
    return std::string(real);
  if (errno != ENOENT)
    return systemFailure("cannot use", path, errno);
  return path;
}

} // namespace

llvm::Error OutputSet::add(StringRef name, std::string bytes) {
  llvm::SmallVector<StringRef, 4> parts;
  name.split(parts, '/');
  for (StringRef part : parts)
    if (part.empty() || part == "." || part == ".." || part.contains('\0'))
      return failure(ExitCode::Internal, "'" + name + "' cannot name an output file");
  if (!contents.emplace(name.str(), std::move(bytes)).second)
    return failure(ExitCode::Internal, "two output files are named '" + name + "'");
  return llvm::Error::success();
}

llvm::Error OutputSet::writeFolder(StringRef folder) const {
  llvm::Expected<std::string> path = resolve(folder);
  if (!path)
    return path.takeError();
  struct stat status;
  if (lstat(path->c_str(), &status) != 0) {
    if (errno != ENOENT)
      return systemFailure("cannot use", *path, errno);
    return publishFolder(contents, *path, nullptr);
  }
  if (!S_ISDIR(status.st_mode))
    return failure(ExitCode::Usage, "-o '" + folder + "' is a file; name a folder");
  struct stat here;
  if (stat(".", &here) == 0 && here.st_dev == status.st_dev && here.st_ino == status.st_ino)
    return failure(ExitCode::Usage,
                   "-o '" + folder + "' would replace the current folder; name another, such as out");
  FolderContents old;
  if (llvm::Error error = listFolder(*path, "", 0, old))
    return error;
  llvm::StringSet<> listed = listedNames(*path, old);
  for (const std::string &name : old.files)
    if (!listed.contains(name))
      return failure(ExitCode::Usage, "'" + folder + "' holds '" + name +
                                          "', which no manifest in it lists; nothing was written. Move the "
                                          "file away or name another folder");
  return publishFolder(contents, *path, &old);
}

} // namespace dyadic
