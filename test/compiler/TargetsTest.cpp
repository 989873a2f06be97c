// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every shipped description is valid, and mistakes in one are answered with their place.
#include "compiler/targets/Targets.h"
#include <gmock/gmock.h>

using namespace dyadic;
using testing::HasSubstr;

namespace {

std::string whyNot(const std::string &text) {
  llvm::Expected<Target> target = parseTarget(text, "t.yaml");
  return target ? "accepted" : llvm::toString(target.takeError());
}

const char *head = "name: t\ntitle: T\nisa: portable\nport: host\ncores: 1\narena_align_bytes: 8\n";
const char *tail = "memory: [{name: ram, level: l2}]\nbuild: {compiler: cc}\n";

TEST(Targets, allShippedOnesAreValid) {
  EXPECT_THAT(targetNames(), testing::IsSupersetOf({"host", "cortex-m4", "rv32imc"}));
  for (llvm::StringRef name : targetNames()) {
    llvm::Expected<Target> target = loadTarget(name);
    EXPECT_TRUE(bool(target)) << llvm::toString(target.takeError());
  }
}

TEST(Targets, unknownNamesAreHelped) {
  llvm::Expected<Target> target = loadTarget("cortex_m4");
  ASSERT_FALSE(bool(target));
  EXPECT_THAT(llvm::toString(target.takeError()),
              testing::AllOf(HasSubstr("did you mean cortex-m4?"), HasSubstr("host")));
}

TEST(Targets, mistakesHaveAPlace) {
  auto with = [](const std::string &lines) { return whyNot(std::string(head) + lines); };
  EXPECT_EQ(with(tail), "accepted");
  EXPECT_EQ(with(std::string("speed: 3\n") + tail).substr(0, 38), "t.yaml:7:1: 'speed' is no key here; th");
  EXPECT_EQ(with("build: {compiler: cc}\n"), "t.yaml:1:1: 'memory' is missing");
  EXPECT_EQ(with("memory: [{name: ram, level: l4}]\nbuild: {compiler: cc}\n"),
            "t.yaml:7:11: 'level' is l1, l2 or l3");
  EXPECT_EQ(with(std::string("costs: {mac: {cycles: 1, kind: guessed, source: me}}\n") + tail),
            "t.yaml:7:32: 'guessed' is no kind of figure; there are measured, published and assumed");
  EXPECT_EQ(with(std::string("costs: {mac: {cycles: -1, kind: assumed, source: me}}\n") + tail),
            "t.yaml:7:23: 'cycles' needs a number of at least 0");
  EXPECT_EQ(with(std::string("costs: {mac: 3}\n") + tail),
            "t.yaml:7:14: a map is needed here, but this is a plain value");
  EXPECT_THAT(whyNot("name: t\ncores: [1\n"), HasSubstr("t.yaml:"));
  EXPECT_THAT(whyNot("- a\n"), HasSubstr("t.yaml:1:1: a map is needed here"));
  EXPECT_THAT(whyNot(""), HasSubstr("this is nothing"));
}

} // namespace
