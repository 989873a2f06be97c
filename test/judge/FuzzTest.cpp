// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plans that anybody may have written: the judge, built with AddressSanitizer and UBSan, always comes to a
// verdict.
#include "codegen/Emit.h"
#include "compiler/Json.h"
#include "compiler/Levels.h"
#include "compiler/Pipeline.h"
#include "compiler/judge/Judge.h"
#include "compiler/targets/Targets.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <chrono>
#include <random>

using namespace dyadic;
namespace json = llvm::json;

namespace {

model::Machine machine(const std::string &name, std::vector<std::string> figures) {
  TargetOptions wanted;
  wanted.name = name;
  wanted.overrides = std::move(figures);
  return llvm::cantFail(loadTarget(wanted)).machine;
}

/// The plan of a small network with a chain of tiled layers.
std::string planOn(const model::Machine &machine) {
  mlir::DialectRegistry registry;
  registerLevels(registry);
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(DYADIC_NETWORK, &context);
  PipelineOptions options;
  options.machine = machine;
  if (!module || mlir::failed(lowerTo(*module, Level::Plat, options)))
    return {};
  codegen::EmitOptions emit;
  emit.name = "net";
  emit.target = machine.name;
  emit.version = "test";
  for (auto &[name, text] : llvm::cantFail(codegen::emit(*module, emit)))
    if (name == "net_plan.json")
      return text;
  return {};
}

class Mutator {
public:
  explicit Mutator(uint64_t seed) : random(seed) {}

  /// A few places of the plan changed, or of its text.
  std::string mutate(const std::string &text) {
    std::string mutated = text;
    if (below(4) != 0) {
      json::Value plan = llvm::cantFail(json::parse(text));
      for (uint64_t n = 1 + below(3); n > 0; --n) {
        std::vector<json::Value *> all;
        collect(plan, all);
        change(*all[below(all.size())], *all[below(all.size())]);
      }
      mutated.clear();
      llvm::raw_string_ostream(mutated) << plan;
    } else if (below(2) == 0) {
      mutated.resize(below(mutated.size()));
    } else {
      mutated[below(mutated.size())] = static_cast<char>(below(256));
    }
    return mutated;
  }

private:
  std::mt19937_64 random;

  uint64_t below(uint64_t n) { return random() % n; }

  static void collect(json::Value &value, std::vector<json::Value *> &all) {
    all.push_back(&value);
    if (json::Array *a = value.getAsArray())
      for (json::Value &v : *a)
        collect(v, all);
    else if (json::Object *o = value.getAsObject())
      for (auto &[key, v] : *o)
        collect(v, all);
  }

  void change(json::Value &value, const json::Value &other) {
    static constexpr std::array<int64_t, 10> numbers = {
        0, -1, 1, 64, 1024, int64_t(1) << 20, int64_t(1) << 26, int64_t(1) << 31, INT64_MAX, INT64_MIN};
    json::Array *list = value.getAsArray();
    std::optional<int64_t> number = value.getAsInteger();
    switch (below(8)) {
    case 0:
      value = json::Value(other); // a copy: it may hold this one
      break;
    case 1:
      value = nullptr;
      break;
    case 2:
      if (list && !list->empty())
        list->erase(list->begin() + static_cast<std::ptrdiff_t>(below(list->size())));
      break;
    case 3:
      if (list && !list->empty())
        list->push_back(json::Value((*list)[below(list->size())]));
      break;
    case 4:
      if (list && list->size() > 1)
        std::swap((*list)[below(list->size())], (*list)[below(list->size())]);
      break;
    default:
      if (number)
        value = below(2) != 0 ? numbers[below(numbers.size())]
                              : static_cast<int64_t>(static_cast<uint64_t>(*number) + below(5) - 2);
    }
  }
};

/// What the judge says of a text.
std::string verdictOn(const std::string &text, const model::Machine &machine) {
  llvm::Expected<judge::Plan> plan = judge::readPlan(text);
  if (!plan)
    return llvm::toString(plan.takeError());
  llvm::Expected<judge::Verdict> verdict = judge::judge(*plan, machine);
  if (!verdict)
    return llvm::toString(verdict.takeError());
  return verdict->faults.empty() ? "holds" : verdict->faults[0].text();
}

struct Case {
  const char *target;
  std::vector<std::string> figures;
};

class HostilePlan : public testing::TestWithParam<Case> {};

TEST_P(HostilePlan, AlwaysGetsAVerdict) {
  model::Machine on = machine(GetParam().target, GetParam().figures);
  std::string text = planOn(on);
  ASSERT_EQ(verdictOn(text, on), "holds");
  auto seeds = static_cast<uint64_t>(std::getenv("DYADIC_FULL") ? 20000 : 500);
  int held = 0, read = 0;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(seed);
    std::string mutated = Mutator(seed).mutate(text), verdict = verdictOn(mutated, on);
    EXPECT_FALSE(verdict.empty());
    held += verdict == "holds";
    read += !llvm::StringRef(verdict).starts_with("the plan cannot be read");
  }
  // The walk was reached often, and most changes matter.
  EXPECT_GT(read, static_cast<int>(seeds / 10));
  EXPECT_LT(held, static_cast<int>(seeds / 2));
}

INSTANTIATE_TEST_SUITE_P(Machines, HostilePlan,
                         testing::Values(Case{"gap8", {"l1.buffer_bytes=2000"}},
                                         Case{"cortex-m7", {"l1.buffer_bytes=3000"}}, Case{"cortex-m4", {}}),
                         [](const auto &info) { return "n" + std::to_string(info.index); });

TEST(HostilePlan, NestedDeeplyIsRefused) {
  std::string text(1 << 20, '[');
  EXPECT_EQ(llvm::toString(judge::readPlan(text).takeError()),
            "the plan cannot be read: is no JSON: it nests too deeply");
}

} // namespace
