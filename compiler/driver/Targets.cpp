// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic targets`: which machines there are, and all that is known of one, each figure with its kind and
// source.
#include "compiler/targets/Targets.h"
#include "compiler/driver/Commands.h"
#include "compiler/targets/Fields.h"
#include "compiler/targets/Units.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace dyadic {
namespace {

using llvm::StringRef;
using targets::Fields;
using targets::FigureField;

/// The object has the description's own keys; figures get their unit.
class JsonWriter : public Fields {
public:
  llvm::json::Object object;

  void section(StringRef key, bool, bool &present, llvm::function_ref<void()> body) override {
    if (!present)
      return;
    llvm::json::Object outer = std::move(object);
    object = llvm::json::Object();
    body();
    if (!object.empty())
      outer[key] = std::move(object);
    object = std::move(outer);
  }
  void text(StringRef key, bool, std::string &value) override {
    if (!value.empty())
      object[key] = llvm::json::fixUTF8(value);
  }
  void flag(StringRef key, bool &value) override { object[key] = value; }
  void number(StringRef key, int64_t, int64_t, bool, int64_t &value) override { object[key] = value; }
  void figure(const FigureField &field, std::optional<model::Real> &value) override {
    if (value)
      object[field.key] = llvm::json::Object{{"value", value->value},
                                             {"unit", targets::unitName(field.unit)},
                                             {"kind", toString(value->kind)},
                                             {"source", llvm::json::fixUTF8(value->source)}};
  }
};

/// A row for each key, by the path that --set takes.
class Rows : public Fields {
public:
  struct Row {
    std::string path, value, kind, source;
  };
  std::vector<Row> rows;

  void section(StringRef key, bool, bool &present, llvm::function_ref<void()> body) override {
    if (!present || key == "build" || key == "emulator")
      return;
    size_t before = prefix.size();
    prefix += (key + ".").str();
    body();
    prefix.resize(before);
  }
  void text(StringRef key, bool, std::string &value) override {
    if (!prefix.empty() && !value.empty())
      add(key, value);
  }
  void flag(StringRef key, bool &value) override { add(key, value ? "true" : "false"); }
  void number(StringRef key, int64_t, int64_t, bool, int64_t &value) override {
    add(key, std::to_string(value));
  }
  void figure(const FigureField &field, std::optional<model::Real> &value) override {
    if (!value)
      return;
    add(field.key, targets::shownAmount(value->value, field.unit));
    rows.back().kind = toString(value->kind);
    rows.back().source = value->source;
  }

private:
  void add(StringRef key, std::string value) {
    rows.push_back({prefix + key.str(), std::move(value), "", ""});
  }
  std::string prefix;
};

llvm::json::Object toJson(Target target) {
  JsonWriter writer;
  describe(target, writer);
  const model::Machine &machine = target.machine;
  writer.object["cores"] = machine.cores();
  writer.object["dma"] = machine.hasDma();
  llvm::json::Object room;
  for (unsigned level : {1u, 2u, 3u})
    if (std::optional<int64_t> bytes = machine.room(level); machine.level(level) && bytes)
      room["l" + std::to_string(level)] = std::max<int64_t>(0, *bytes);
  writer.object["room_bytes"] = std::move(room);
  writer.object["set"] = llvm::json::Array(target.overrides);
  return std::move(writer.object);
}

std::string capabilities(const model::Machine &machine) {
  std::vector<std::string> all;
  if (machine.hasDma())
    all.push_back("dma");
  if (!machine.simd.empty() && machine.simd != "none")
    all.push_back("simd (" + machine.simd + ")");
  if (machine.cores() > 1)
    all.push_back("cluster");
  if (machine.tcm)
    all.push_back("tcm");
  if (machine.cache)
    all.push_back("cache (lines of " + std::to_string(machine.cache->lineBytes.value) + " bytes" +
                  (machine.cache->needsClean ? ", needs clean" : "") +
                  (machine.cache->needsInvalidate ? ", needs invalidate" : "") + ")");
  return all.empty() ? "none" : llvm::join(all, ", ");
}

std::string roomOf(const model::Machine &machine, unsigned number) {
  std::optional<int64_t> room = machine.room(number);
  const model::MemoryLevel &level = *machine.level(number);
  std::string text =
      level.memory + ", " +
      (room ? targets::shownAmount(static_cast<double>(std::max<int64_t>(0, *room)), targets::Unit::Bytes) +
                  " for buffers"
       : number == 1 ? "not used until --set l1.bytes gives it a size"
                     : "no stated limit");
  auto less = [&](int64_t bytes, const char *what) {
    if (bytes > 0)
      text += std::string(", ") + targets::shownAmount(static_cast<double>(bytes), targets::Unit::Bytes) +
              " " + what;
  };
  less(level.reserved ? level.reserved->value : 0, "reserved");
  less(number == 1 && room && machine.cluster ? machine.cluster->stacks() : 0, "of stacks");
  return text + (level.readOnly ? ", read-only" : "") +
         (level.addressable ? "" : ", reached by transfers only");
}

void explain(Target target, llvm::raw_ostream &os) {
  const model::Machine &machine = target.machine;
  auto line = [&](StringRef key, const llvm::Twine &value) {
    os << llvm::formatv("  {0,-16} ", key) << value << '\n';
  };
  os << machine.name << ": " << target.title << '\n';
  line("instruction set", machine.isa);
  line("runtime port", machine.port);
  line("cores", llvm::Twine(machine.cores()));
  line("capabilities", capabilities(machine));
  for (unsigned number : {1u, 2u, 3u})
    if (machine.level(number))
      line("l" + std::to_string(number), roomOf(machine, number));
  auto debian = [](const Toolchain &tool) {
    return tool.package.empty() ? "" : "  (Debian: " + tool.package + ")";
  };
  auto note = [](const Toolchain &tool) { return tool.note.empty() ? "" : "; " + tool.note; };
  line("built with", target.build.compiler + (target.build.flags.empty() ? "" : " " + target.build.flags) +
                         debian(target.build) + note(target.build));
  if (target.emulator)
    line("runs on", target.emulator->command + debian(*target.emulator) + note(*target.emulator));

  Rows table;
  describe(target, table);
  size_t path = 0, value = 0;
  for (const Rows::Row &row : table.rows) {
    path = std::max(path, row.path.size());
    value = std::max(value, row.kind.empty() ? 0 : row.value.size());
  }
  StringRef section;
  for (const Rows::Row &row : table.rows) {
    StringRef of = StringRef(row.path).rsplit('.').first;
    if (of != section)
      os << '\n';
    section = of;
    os << "  " << llvm::left_justify(row.path, unsigned(path)) << "  ";
    if (row.kind.empty())
      os << row.value << '\n';
    else
      os << llvm::left_justify(row.value, unsigned(value)) << "  " << row.kind << ": " << row.source << '\n';
  }
}

} // namespace

llvm::Error runTargets(const TargetsCommand &command, Session &session) {
  session.phase("read target descriptions");
  if (command.target.given()) {
    llvm::Expected<Target> target = loadTarget(command.target);
    if (!target)
      return target.takeError();
    session.object() = toJson(*target);
    explain(std::move(*target), session.out());
    return llvm::Error::success();
  }
  if (!command.target.overrides.empty())
    return failure(ExitCode::Usage,
                   "--set changes figures of one machine: name it, as in dyadic targets gap8 --set ...");
  llvm::json::Array all;
  for (StringRef name : targetNames()) {
    llvm::Expected<Target> target = loadTarget(name);
    if (!target)
      return target.takeError();
    session.out() << llvm::formatv("{0,-12} {1}\n", name, target->title);
    all.push_back(toJson(std::move(*target)));
  }
  session.object()["targets"] = std::move(all);
  return llvm::Error::success();
}

} // namespace dyadic
