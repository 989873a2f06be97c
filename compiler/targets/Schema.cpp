// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks a target description against its schema; each mistake is answered with its line and column.
#include "compiler/targets/Targets.h"
#include "compiler/yaml/Yaml.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"

namespace dyadic {
namespace {

using llvm::StringRef;
using llvm::Twine;
using yaml::Value;

/// Reads maps key by key; the first mistake is kept and everything after it is a no-op.
class Schema {
public:
  explicit Schema(StringRef file) : file(file) {}

  llvm::Expected<Target> read(const Value &root) {
    Target target;
    if (isMap(root, {"name", "title", "isa", "port", "cores", "arena_align_bytes", "memory", "costs", "build",
                     "emulator"})) {
      text(root, "name", target.name);
      text(root, "title", target.title);
      text(root, "isa", target.isa);
      text(root, "port", target.port);
      integer(root, "cores", 1, 1024, target.cores);
      integer(root, "arena_align_bytes", 1, 4096, target.arenaAlignBytes);
      if (!llvm::has_single_bit(target.arenaAlignBytes))
        wrong(root.find("arena_align_bytes")->place, "arena_align_bytes must be a power of two");
      memory(root, target);
      costs(root, target);
      if (const Value *value = need(root, "build"))
        target.build = toolchain(*value, {"package", "compiler", "flags"}, "compiler");
      if (const Value *value = root.find("emulator"))
        target.emulator = toolchain(*value, {"package", "command", "note"}, "command");
    }
    if (error)
      return std::move(*error);
    return target;
  }

private:
  void wrong(yaml::Place place, const Twine &what) {
    if (!error)
      error = yaml::errorAt(file, place, what);
  }
  bool isMap(const Value &value, llvm::ArrayRef<StringRef> keys) {
    if (value.kind != Value::Kind::Map) {
      wrong(value.place, Twine("a map is needed here, but this is ") + yaml::kindName(value.kind));
      return false;
    }
    for (const yaml::Entry &entry : value.entries)
      if (!llvm::is_contained(keys, entry.key)) {
        wrong(entry.place, "'" + entry.key + "' is no key here; there are " + llvm::join(keys, ", "));
        return false;
      }
    return true;
  }
  const Value *need(const Value &map, StringRef key) {
    const Value *value = map.find(key);
    if (!value)
      wrong(map.place, "'" + key + "' is missing");
    return value;
  }
  void text(const Value &map, StringRef key, std::string &result, bool required = true) {
    const Value *value = required ? need(map, key) : map.find(key);
    if (!value)
      return;
    if (value->kind != Value::Kind::Scalar || value->text.empty())
      return wrong(value->place, "'" + key + "' needs text");
    result = value->text;
  }
  void integer(const Value &map, StringRef key, unsigned low, unsigned high, unsigned &result) {
    const Value *value = need(map, key);
    if (value && (StringRef(value->text).getAsInteger(10, result) || result < low || result > high)) {
      result = low;
      wrong(value->place, "'" + key + "' needs a whole number from " + Twine(low) + " to " + Twine(high));
    }
  }
  /// `number` is the key of the value itself.
  Figure figure(const Value &value, StringRef number) {
    Figure result;
    if (!isMap(value, {number, "kind", "source"}))
      return result;
    const Value *amount = need(value, number);
    if (amount && (StringRef(amount->text).getAsDouble(result.value) || !(result.value >= 0)))
      wrong(amount->place, "'" + number + "' needs a number of at least 0");
    text(value, "kind", result.kind);
    text(value, "source", result.source);
    if (!result.kind.empty() && result.kind != "measured" && result.kind != "published" &&
        result.kind != "assumed")
      wrong(value.find("kind")->place,
            "'" + result.kind + "' is no kind of figure; there are measured, published and assumed");
    return result;
  }
  void memory(const Value &root, Target &target) {
    const Value *list = need(root, "memory");
    if (!list)
      return;
    if (list->kind != Value::Kind::List || list->items.empty())
      return wrong(list->place, "'memory' needs a list with at least one entry");
    for (const Value &item : list->items) {
      MemoryLevel level;
      if (!isMap(item, {"name", "level", "bytes"}))
        return;
      text(item, "name", level.name);
      std::string number;
      text(item, "level", number);
      if (number != "l1" && number != "l2" && number != "l3")
        return wrong(item.place, "'level' is l1, l2 or l3");
      level.level = unsigned(number[1] - '0');
      if (const Value *bytes = item.find("bytes"))
        level.bytes = figure(*bytes, "value");
      target.memory.push_back(std::move(level));
    }
  }
  void costs(const Value &root, Target &target) {
    const Value *map = root.find("costs");
    if (!map)
      return;
    if (map->kind != Value::Kind::Map)
      return wrong(map->place, "'costs' needs a map from names to figures");
    for (const yaml::Entry &entry : map->entries)
      target.costs.push_back({entry.key, figure(entry.value, "cycles")});
  }
  Toolchain toolchain(const Value &value, llvm::ArrayRef<StringRef> keys, StringRef command) {
    Toolchain result;
    if (!isMap(value, keys))
      return result;
    text(value, "package", result.package, false);
    text(value, command, result.command);
    std::string flags;
    text(value, "flags", flags, false);
    if (!flags.empty())
      result.command += " " + flags;
    text(value, "note", result.note, false);
    return result;
  }

  StringRef file;
  std::optional<llvm::Error> error;
};

} // namespace

llvm::Expected<Target> parseTarget(StringRef text, StringRef file) {
  llvm::Expected<Value> root = yaml::parse(text, file);
  if (!root)
    return root.takeError();
  return Schema(file).read(*root);
}

} // namespace dyadic
