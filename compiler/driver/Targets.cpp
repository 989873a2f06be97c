// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic targets`: which machines there are, and what is known of one.
#include "compiler/targets/Targets.h"
#include "compiler/driver/Commands.h"
#include "llvm/Support/FormatVariadic.h"

namespace dyadic {
namespace {

llvm::json::Object toJson(const Figure &figure, llvm::StringRef key) {
  return llvm::json::Object{{key, figure.value}, {"kind", figure.kind}, {"source", figure.source}};
}

llvm::json::Object toJson(const Toolchain &tool) {
  llvm::json::Object object{{"command", tool.command}};
  if (!tool.package.empty())
    object["package"] = tool.package;
  if (!tool.note.empty())
    object["note"] = tool.note;
  return object;
}

llvm::json::Object toJson(const Target &target) {
  llvm::json::Object object{
      {"name", target.name},          {"title", target.title}, {"isa", target.isa},
      {"port", target.port},          {"cores", target.cores}, {"arena_align_bytes", target.arenaAlignBytes},
      {"build", toJson(target.build)}};
  llvm::json::Array memory;
  for (const MemoryLevel &level : target.memory) {
    llvm::json::Object entry{{"name", level.name}, {"level", "l" + std::to_string(level.level)}};
    if (level.bytes)
      entry["bytes"] = toJson(*level.bytes, "value");
    memory.push_back(std::move(entry));
  }
  object["memory"] = std::move(memory);
  llvm::json::Object costs;
  for (const Cost &cost : target.costs)
    costs[cost.name] = toJson(cost.cycles, "cycles");
  object["costs"] = std::move(costs);
  if (target.emulator)
    object["emulator"] = toJson(*target.emulator);
  return object;
}

void explain(const Target &target, llvm::raw_ostream &os) {
  auto line = [&](llvm::StringRef key, const llvm::Twine &value) {
    os << llvm::formatv("  {0,-22} ", key) << value << '\n';
  };
  os << target.name << ": " << target.title << '\n';
  line("instruction set", target.isa);
  line("runtime port", target.port);
  line("cores", llvm::Twine(target.cores));
  line("arena alignment", llvm::Twine(target.arenaAlignBytes) + " bytes");
  for (const MemoryLevel &level : target.memory) {
    std::string size = "no stated limit";
    if (level.bytes)
      size = llvm::formatv("{0:f0} bytes ({1}: {2})", level.bytes->value, level.bytes->kind,
                           level.bytes->source);
    line("memory l" + std::to_string(level.level), level.name + ", " + size);
  }
  for (const Cost &cost : target.costs)
    line("cycles, " + cost.name,
         llvm::formatv("{0} ({1}: {2})", cost.cycles.value, cost.cycles.kind, cost.cycles.source).str());
  line("built with", target.build.command +
                         (target.build.package.empty() ? "" : "  (Debian: " + target.build.package + ")"));
  if (target.emulator)
    line("runs on", target.emulator->command + "  (Debian: " + target.emulator->package +
                        (target.emulator->note.empty() ? ")" : "; " + target.emulator->note + ")"));
}

} // namespace

llvm::Error runTargets(const TargetsCommand &command, Session &session) {
  session.phase("read target descriptions");
  if (!command.target.empty()) {
    llvm::Expected<Target> target = loadTarget(command.target);
    if (!target)
      return target.takeError();
    session.object() = toJson(*target);
    explain(*target, session.out());
    return llvm::Error::success();
  }
  llvm::json::Array all;
  for (llvm::StringRef name : targetNames()) {
    llvm::Expected<Target> target = loadTarget(name);
    if (!target)
      return target.takeError();
    session.out() << llvm::formatv("{0,-12} {1}\n", target->name, target->title);
    all.push_back(toJson(*target));
  }
  session.object()["targets"] = std::move(all);
  return llvm::Error::success();
}

} // namespace dyadic
