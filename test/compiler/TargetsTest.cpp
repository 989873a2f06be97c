// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every shipped description is valid, and mistakes in one are answered with their place.
#include "compiler/targets/Targets.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <gmock/gmock.h>

using namespace dyadic;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

using Overrides = std::vector<std::string>;

std::string whyNot(const std::string &text, const Overrides &overrides = {}) {
  llvm::Expected<Target> target = parseTarget(text, "t.yaml", overrides);
  return target ? "accepted" : llvm::toString(target.takeError());
}

std::string whyNotSet(llvm::StringRef name, const Overrides &overrides) {
  llvm::Expected<Target> target = loadTarget(TargetOptions{name.str(), "", overrides});
  return target ? "accepted" : llvm::toString(target.takeError());
}

model::Machine machine(const std::string &text, const Overrides &overrides = {}) {
  return llvm::cantFail(parseTarget(text, "t.yaml", overrides)).machine;
}

model::Machine shipped(llvm::StringRef name, const Overrides &overrides = {}) {
  return llvm::cantFail(loadTarget(TargetOptions{name.str(), "", overrides})).machine;
}

const char *head = "name: t\ntitle: T\nisa: portable\nport: host\n";
const char *tail = "l2: {memory: ram}\nbuild: {compiler: cc}\n";

TEST(Targets, allShippedOnesAreValid) {
  EXPECT_THAT(targetNames(), testing::IsSupersetOf({"host", "cortex-m4", "cortex-m7", "cortex-m55", "gap8",
                                                    "pulp-open", "rv32imc", "rv32-cluster"}));
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
  auto with = [](const std::string &lines) { return whyNot(std::string(head) + lines + tail); };
  EXPECT_EQ(with(""), "accepted");
  EXPECT_EQ(with("cor: {}\n"), "t.yaml:5:1: 'cor' is no key here; did you mean core?");
  EXPECT_EQ(with("core: {multiply: {value: 1, kind: guessed, source: me}}\n"),
            "t.yaml:5:35: 'guessed' is no kind of figure; there are measured, published and assumed");
  EXPECT_EQ(with("core: {multiply: {value: -1, kind: assumed, source: me}}\n"),
            "t.yaml:5:26: 'multiply' '-1': it must not be negative");
  EXPECT_THAT(with("core: {multiply: 3}\n"),
              HasSubstr("t.yaml:5:18: 'multiply' needs {value: N, kind: KIND, source"));
  EXPECT_EQ(
      with("core: {multiply: {value: 3, from: manul}}\nsources: {manual: {kind: measured, source: S}}\n"),
      "t.yaml:5:35: there is no 'manul' in 'sources'; did you mean manual?");
  EXPECT_THAT(with("core: {multiply: {value: 3 MHz, kind: assumed, source: me}}\n"),
              HasSubstr("t.yaml:5:26: 'multiply' '3 MHz': cycles are needed"));
  EXPECT_THAT(with("l3: {memory: flash, bytes: {value: 64KB, kind: assumed, source: me}}\n"),
              HasSubstr("t.yaml:5:36: 'bytes' '64KB': is that 1000 or 1024?"));
  EXPECT_EQ(with("l3: {memory: flash, align_bytes: 12}\n"),
            "t.yaml:5:34: 'align_bytes' needs a power of two from 1 to 4096");
  EXPECT_THAT(whyNot("name: t\ncores: [1\n"), HasSubstr("t.yaml:"));
  EXPECT_THAT(whyNot("- a\n"), HasSubstr("t.yaml:1:1: a map is needed here"));
  EXPECT_THAT(whyNot(""), HasSubstr("this is nothing"));
}

TEST(Targets, allMistakesAreToldOnce) {
  llvm::SmallVector<std::string> lines;
  std::string all = whyNot("name: t\ntitle: T\nisa: portable\nspeed: 3\nl2: {memory: ram, byts: 4}\n"
                           "clock_hz: {value: 1MHz, source: me}\n");
  for (llvm::StringRef line : llvm::split(all, '\n'))
    lines.push_back(line.str());
  EXPECT_THAT(lines, ElementsAre("t.yaml:1:1: 'build' is missing", "t.yaml:1:1: 'port' is missing",
                                 HasSubstr("t.yaml:4:1: 'speed' is no key here"),
                                 "t.yaml:5:19: 'byts' is no key here; did you mean bytes?",
                                 "t.yaml:6:12: 'kind' is missing"));
}

TEST(Targets, contradictionsAreRefused) {
  // Whether what --set leaves is enough is for the network to say.
  EXPECT_EQ(shipped("gap8", {"l1.bytes=27300"}).room(1), 0);
  EXPECT_EQ(shipped("gap8", {"l1.buffer_bytes=36701"}).room(1), 36700);
  EXPECT_THAT(whyNotSet("host", {"cluster.cores=8"}),
              HasSubstr("--set cluster.cores=8: a cluster of 8 cores works in l1"));
  EXPECT_THAT(whyNotSet("cortex-m4", {"l1.bytes=64K"}),
              HasSubstr("--set l1.bytes=65536: this machine has no such section"));
  auto with = [](const std::string &lines) { return whyNot(std::string(head) + lines + tail); };
  std::string bytes = "bytes: {value: 8K, kind: assumed, source: me}";
  EXPECT_EQ(with("l1: {memory: tcm, " + bytes + "}\n"),
            "t.yaml:5:19: l1 has a size, but nothing fills it: 'transfers.l2_l1' is missing");
  EXPECT_EQ(with("l3: {memory: psram, addressable: false}\n"),
            "t.yaml:5:21: no core reaches l3, and neither does a transfer: 'transfers.l3_l2' is missing");
}

TEST(Targets, amountsHaveUnits) {
  auto bytes = [](const char *text) {
    return machine(std::string(head) + tail, {std::string("l2.bytes=") + text}).l2.bytes->value;
  };
  EXPECT_EQ(bytes("64000"), 64000);
  EXPECT_EQ(bytes("64K"), 65536);
  EXPECT_EQ(bytes("512KiB"), 524288);
  EXPECT_EQ(bytes("8MiB"), 8388608);
  EXPECT_EQ(bytes("1.5M"), 1572864);
  EXPECT_EQ(shipped("gap8", {"clock_hz=175MHz"}).clockHz->value, 175000000);
  EXPECT_DOUBLE_EQ(shipped("gap8", {"transfers.l3_l2.bytes_per_cycle_in=1/4"}).l3ToL2->bytesPerCycleIn.value,
                   0.25);
  EXPECT_THAT(whyNotSet("gap8", {"l2.bytes=12 cycles"}), HasSubstr("'12 cycles': bytes are needed"));
  EXPECT_THAT(whyNotSet("gap8", {"cluster.cores=2.5"}), HasSubstr("'2.5': a whole number is needed"));
  EXPECT_THAT(whyNotSet("gap8", {"cluster.cores=0"}), HasSubstr("needs a value from 1 to 256"));
}

TEST(Targets, setChangesOneFigureAndItsKind) {
  model::Machine gap8 = shipped("gap8", {"cluster.cores=8", "cluster.cores=4", "l2.bytes=256K"});
  EXPECT_EQ(gap8.cores(), 4);
  EXPECT_EQ(gap8.cluster->cores.kind, model::FigureKind::SetByUser);
  EXPECT_EQ(gap8.cluster->stackBytes.kind, model::FigureKind::Published);
  EXPECT_THAT(llvm::cantFail(canonicalOverrides({"l2.bytes=256K", "cluster.cores=8", "cluster.cores=4"})),
              ElementsAre("cluster.cores=4", "l2.bytes=262144"));
  EXPECT_TRUE(shipped("gap8", {"transfers.l2_l1.blocking=true"}).l2ToL1->blocking);
}

TEST(Targets, unknownPathsAreHelped) {
  EXPECT_THAT(whyNotSet("gap8", {"l2.byte=1"}),
              HasSubstr("--set l2.byte=1: there is no figure 'l2.byte'; near it are l2.bytes"));
  EXPECT_THAT(whyNotSet("gap8", {"cores=4"}), HasSubstr("near it are cluster.cores"));
  EXPECT_THAT(whyNotSet("gap8", {"cluster=4"}),
              HasSubstr("near it are cluster.cores, cluster.stack_bytes_first"));
  EXPECT_THAT(whyNotSet("gap8", {"l2.bytes"}), HasSubstr("write PATH=VALUE"));
  EXPECT_THAT(whyNotSet("gap8", {"clock_hz=1e400"}), HasSubstr("'1e400': it is too large"));
  EXPECT_THAT(whyNotSet("gap8", {"l2.read_only=perhaps"}), HasSubstr("true or false is needed"));
  for (const std::string &path : targetPaths())
    EXPECT_THAT(whyNotSet("gap8", {path + "=nothing"}), testing::Not(HasSubstr("near it"))) << path;
}

TEST(Targets, aFileExtendsAShippedTarget) {
  std::string board =
      "extends: gap8\nname: board\nl2: {bytes: {value: 256K, kind: assumed, source: me}}\nl3:\n"
      "transfers: {l3_l2: }\n";
  model::Machine m = machine(board, {"cluster.cores=2"});
  EXPECT_EQ(m.name, "board");
  EXPECT_EQ(m.isa, "xpulpv2");
  EXPECT_EQ(m.l2.bytes->value, 262144);
  EXPECT_EQ(m.l2.bytes->source, "me");
  EXPECT_EQ(m.l2.reserved->value, 64000);
  EXPECT_EQ(m.cores(), 2);
  EXPECT_FALSE(m.l3 || m.l3ToL2);
  EXPECT_EQ(whyNot("extends: gap8\nname: b\nsources: 3\n"),
            "t.yaml:3:10: a map is needed here, but this is a plain value");
  EXPECT_THAT(whyNot("extends: gap9\nname: b\n"), HasSubstr("t.yaml:1:10: 'extends' needs a shipped target"));
  EXPECT_EQ(whyNot("extends: gap8\n"), "t.yaml:1:1: 'name' is missing: a target has a name of its own");
  EXPECT_EQ(whyNot("extends: gap8\nname: b\nl2: {bytes: {value: 256K, kind: assumed}}\n"),
            "t.yaml:3:14: 'source' is missing");
}

TEST(Targets, roomIsWhatIsLeftForBuffers) {
  EXPECT_EQ(shipped("gap8").room(1), 64000 - 27300);
  EXPECT_EQ(shipped("gap8", {"cluster.cores=4"}).room(1), 64000 - 13700);
  EXPECT_EQ(shipped("gap8", {"cluster.cores=2"}).room(1), 64000 - 6900);
  EXPECT_EQ(shipped("gap8", {"l1.buffer_bytes=16000"}).room(1), 16000);
  EXPECT_EQ(shipped("gap8").room(2), 448000);
  EXPECT_EQ(shipped("cortex-m4").room(2), std::nullopt);
  EXPECT_EQ(shipped("cortex-m4").room(1), 0);
  EXPECT_FALSE(shipped("host").hasTiles());
  EXPECT_TRUE(shipped("host", {"l1.bytes=64000", "cluster.cores=8"}).hasTiles());
  EXPECT_TRUE(shipped("cortex-m7").hasTiles());
}

TEST(Targets, transfersCostWhatWasMeasured) {
  model::Machine gap8 = shipped("gap8");
  EXPECT_DOUBLE_EQ(gap8.engine(2, 1)->cycles(8000, 1, true), 1040);
  EXPECT_DOUBLE_EQ(gap8.engine(2, 1)->cycles(2 * 32764, 1, true), 80 + 2 * 32764 / 8.0);
  EXPECT_NEAR(gap8.engine(3, 2)->cycles(6400, 100, true), 440 + 100 * (287 + 64 * 1.22), 1e-6);
  EXPECT_EQ(gap8.engine(3, 1), nullptr);
}

TEST(Targets, kernelsOfOtherWidthsTakeTheNextWider) {
  model::Machine gap8 = shipped("gap8"), m4 = shipped("cortex-m4");
  const model::KernelCosts &conv = gap8.kernel(model::KernelClass::Conv);
  EXPECT_EQ(conv.macCycles(3, 5)->value, conv.macCycles(4, 8)->value);
  EXPECT_EQ(conv.macCycles(8, 4)->value, 0.45);
  EXPECT_EQ(conv.macCycles(16, 16)->value, 0.45);
  EXPECT_EQ(m4.kernel(model::KernelClass::Pool).macCycles(8, 8), nullptr);
}

} // namespace
