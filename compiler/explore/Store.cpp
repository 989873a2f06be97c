// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files of points: each is written under another name and renamed, so that a half one is never read.
#include "compiler/explore/Store.h"
#include "compiler/Json.h"
#include "compiler/output/OutputSet.h"
#include "llvm/Support/FormatVariadic.h"
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dyadic::explore {
namespace {

using llvm::StringRef;
using llvm::json::Array;
using llvm::json::Object;

constexpr StringRef gridFile = "grid.json";

std::string printed(Object object) {
  return llvm::formatv("{0:2}\n", llvm::json::Value(std::move(object))).str();
}

llvm::Error makeFolder(const std::string &path) {
  if (mkdir(path.c_str(), 0777) == 0 || errno == EEXIST)
    return llvm::Error::success();
  return failure(ExitCode::Disk, "cannot make the folder '" + path + "': " + strerror(errno));
}

llvm::Expected<bool> isEmpty(const std::string &path) {
  DIR *handle = opendir(path.c_str());
  if (!handle)
    return systemFailure("cannot list", path, errno);
  bool empty = true;
  while (dirent *entry = readdir(handle))
    empty &= StringRef(entry->d_name) == "." || StringRef(entry->d_name) == "..";
  closedir(handle);
  return empty;
}

bool exists(const std::string &path) { return access(path.c_str(), F_OK) == 0; }

std::vector<std::string> texts(const Array *list) {
  std::vector<std::string> all;
  for (const llvm::json::Value &value : list ? *list : Array())
    all.push_back(value.getAsString().value_or("").str());
  return all;
}

} // namespace

std::string toText(const Plan &plan) {
  Array axes;
  for (const Axis &axis : plan.grid.axes())
    axes.push_back(Object{{"path", axis.path}, {"values", Array(axis.values)}});
  return printed(Object{{"version", plan.version},
                        {"target", llvm::json::fixUTF8(plan.target)},
                        {"set", Array(plan.overrides)},
                        {"axes", std::move(axes)},
                        {"points", Array(plan.keys)}});
}

llvm::Expected<Plan> Store::planOf(StringRef folder) {
  std::string path = (folder + "/" + gridFile).str();
  llvm::Expected<std::string> text = readFile(path);
  if (!text)
    return text.takeError();
  llvm::Expected<llvm::json::Value> json = parseJson(*text);
  auto damaged = [&] { return failure(ExitCode::Usage, "'" + path + "' is not what dyadic explore writes"); };
  if (!json) {
    llvm::consumeError(json.takeError());
    return damaged();
  }
  const Object *object = json->getAsObject();
  const Array *list = object ? object->getArray("axes") : nullptr;
  if (!list)
    return damaged();
  Plan plan;
  plan.version = object->getString("version").value_or("").str();
  plan.target = object->getString("target").value_or("").str();
  plan.overrides = texts(object->getArray("set"));
  plan.keys = texts(object->getArray("points"));
  std::vector<Axis> axes;
  for (const llvm::json::Value &value : *list) {
    const Object *axis = value.getAsObject();
    if (!axis)
      return damaged();
    axes.push_back({axis->getString("path").value_or("").str(), texts(axis->getArray("values"))});
  }
  plan.grid = Grid(std::move(axes));
  auto isKey = [](const std::string &key) {
    return key.size() == 64 && key.find_first_not_of("0123456789abcdef") == std::string::npos;
  };
  if (plan.grid.size() != plan.keys.size() || !llvm::all_of(plan.keys, isKey))
    return damaged();
  return plan;
}

llvm::Expected<Store> Store::open(StringRef folder, const Plan &plan) {
  std::string path = folder.str();
  if (path.empty())
    return failure(ExitCode::Usage, "-o: the folder's name is empty");
  if (llvm::Error error = makeFolder(path))
    return error;
  if (!exists(path + "/" + gridFile.str())) {
    llvm::Expected<bool> empty = isEmpty(path);
    if (!empty)
      return empty.takeError();
    if (!*empty)
      return failure(ExitCode::Usage, "'" + path + "' holds files, and none of them is the " + gridFile +
                                          " of an exploration; name another folder");
  }
  if (llvm::Error error = writeFile(path + "/" + gridFile.str(), toText(plan)))
    return error;
  if (llvm::Error error = makeFolder(path + "/points"))
    return error;
  return Store(path);
}

std::optional<Point> Store::read(const Plan &plan, size_t point) const {
  llvm::Expected<std::string> text = readFile(folder + "/points/" + plan.keys[point] + ".json");
  if (!text) {
    llvm::consumeError(text.takeError());
    return std::nullopt;
  }
  std::optional<Point> found = fromJson(*text, plan.grid, plan.keys[point]);
  if (found && found->setting != plan.grid.at(point))
    return std::nullopt;
  return found;
}

llvm::Error Store::write(const Plan &plan, const Point &point) const {
  return writeFile(folder + "/points/" + point.key + ".json", printed(toJson(point, plan.grid)));
}

llvm::Error Store::writeTable(StringRef name, StringRef text) const {
  return writeFile(folder + "/" + name.str(), text);
}

llvm::Error Store::removeTables() const {
  for (const char *name :
       {"points.csv", "layers.csv", "explore.json", "layers.svg", "memory.svg", "cycles.svg"}) {
    std::string path = folder + "/" + name;
    if (unlink(path.c_str()) != 0 && errno != ENOENT)
      return systemFailure("cannot remove", path, errno);
  }
  return llvm::Error::success();
}

} // namespace dyadic::explore
