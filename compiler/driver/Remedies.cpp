// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fewer cores, more of the level that is short: each is placed before it is offered.
#include "compiler/driver/Remedies.h"
#include "compiler/report/Amounts.h"
#include "compiler/report/Report.h"
#include "dialects/plat/Plat.h"
#include "passes/Verdict.h"
#include "passes/tile/Searches.h"
#include <array>

namespace dyadic {
namespace {

/// What came of one try.
struct Outcome {
  bool fits = false;
  int64_t cycles = 0;
  std::array<int64_t, 4> shortBytes{}; ///< by level, where it does not fit

  bool isShort() const { return shortBytes[1] > 0 || shortBytes[2] > 0 || shortBytes[3] > 0; }
};

Outcome tryOn(mlir::ModuleOp module, const PipelineOptions &options) {
  Outcome outcome;
  mlir::ScopedDiagnosticHandler handler(module.getContext(), [&](mlir::Diagnostic &diagnostic) {
    if (std::optional<Shortage> shortage = shortageOf(diagnostic); shortage && shortage->level < 4) {
      int64_t &most = outcome.shortBytes[shortage->level];
      most = std::max(most, shortage->bytes);
    }
    return mlir::success();
  });
  mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
  if (mlir::failed(lowerTo(*copy, Level::Plat, options)))
    return outcome;
  auto prediction = predict::predict(plat::networkOf(*copy), *options.machine);
  if (mlir::failed(prediction))
    return outcome;
  const std::optional<int64_t> room = options.machine->room(2);
  outcome.shortBytes[2] = room ? std::max<int64_t>(0, prediction->l2Bytes - *room) : 0;
  outcome.fits = outcome.shortBytes[2] == 0;
  outcome.cycles = report::makeReport(*prediction, *options.machine).steady.total();
  return outcome;
}

class Finder {
public:
  Finder(mlir::ModuleOp module, const PipelineOptions &options) : module(module), given(options) {
    given.checked = true;
    if (!given.searches) // it tries other cores and bytes alone
      given.searches = std::make_shared<tile::Searches>();
  }

  std::vector<Remedy> find() {
    const Outcome base = tryOn(module, given);
    if (base.fits || !base.isShort())
      return {};
    // What other levels lack does not depend on cores.
    for (int64_t n = given.machine->cores() / 2; n >= 1 && base.shortBytes[1] > 0; n /= 2)
      if (Change change(given); change.set("cluster.cores", n), offer(change))
        break;
    grow(base);
    llvm::sort(found, [](const Remedy &a, const Remedy &b) {
      return std::tie(a.needsMemory, a.cycles, a.set) < std::tie(b.needsMemory, b.cycles, b.set);
    });
    return found;
  }

private:
  struct Change {
    explicit Change(const PipelineOptions &given) : options(given) {}
    PipelineOptions options;
    Remedy remedy;

    void set(const std::string &path, int64_t value) {
      model::Machine &machine = *options.machine;
      llvm::StringRef name(path);
      if (name == "cluster.cores")
        machine.cluster->cores.value = value;
      else if (model::MemoryLevel &level = name.starts_with("l1")   ? *machine.l1
                                           : name.starts_with("l2") ? machine.l2
                                                                    : *machine.l3;
               name.ends_with("buffer_bytes"))
        level.bufferBytes = model::Whole{value, model::FigureKind::SetByUser, "--set"};
      else
        level.bytes->value = value;
      remedy.set[path] = value;
    }
  };

  bool offer(Change &change) {
    const Outcome outcome = tryOn(module, change.options);
    return outcome.fits && accept(change, outcome);
  }
  bool accept(Change &change, const Outcome &outcome) {
    change.remedy.cycles = outcome.cycles;
    found.push_back(std::move(change.remedy));
    return true;
  }

  /// A level that has enough may show that the next one has not.
  void grow(Outcome outcome) {
    constexpr int mostTries = 8;
    Change change(given);
    change.remedy.needsMemory = true;
    for (int tries = 0; tries < mostTries && outcome.isShort(); ++tries) {
      const model::Machine &machine = *change.options.machine;
      for (unsigned number : {1u, 2u, 3u})
        if (int64_t bytes = outcome.shortBytes[number]; bytes > 0) {
          const model::MemoryLevel &level = *machine.level(number);
          const bool bounded = level.bufferBytes && level.bufferBytes->value == machine.room(number);
          change.set("l" + std::to_string(number) + (bounded ? ".buffer_bytes" : ".bytes"),
                     (bounded ? level.bufferBytes->value : level.bytes->value) + bytes);
        }
      outcome = tryOn(module, change.options);
    }
    if (outcome.fits)
      accept(change, outcome);
  }

  mlir::ModuleOp module;
  PipelineOptions given;
  std::vector<Remedy> found;
};

} // namespace

std::string Remedy::options() const {
  std::string text;
  for (const auto &[path, value] : set)
    text += (text.empty() ? "--set " : " --set ") + path + "=" + std::to_string(value);
  return text;
}

std::string Remedy::text() const { return options() + " (about " + report::grouped(cycles) + " cycles)"; }

std::vector<Remedy> findRemedies(mlir::ModuleOp module, const PipelineOptions &options) {
  return options.machine ? Finder(module, options).find() : std::vector<Remedy>();
}

llvm::json::Array toJson(const std::vector<Remedy> &remedies) {
  llvm::json::Array list;
  for (const Remedy &remedy : remedies) {
    llvm::json::Object set;
    for (const auto &[path, value] : remedy.set)
      set[path] = value;
    list.push_back(llvm::json::Object{
        {"options", remedy.options()}, {"set", std::move(set)}, {"cycles", remedy.cycles}});
  }
  return list;
}

} // namespace dyadic
