// The judge of tilings finds each planted fault by name.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/tiling/TilingJudge.h"
#include "test/unit/TilingTestSupport.h"
#include <gtest/gtest.h>
#include <set>

using namespace dyadic::model;

namespace {

class TilingJudgeTest : public testing::Test {
protected:
  Machine machine = gap8(4);
  LayerProblem layer = conv(8, 16, windowOf(12, 3, 1, 1), windowOf(12, 3, 1, 1));
  Tiling tiling;
  Footprint bytes;

  void SetUp() override {
    for (Axis axis : allAxes)
      tiling.segments[at(axis)] = layer.cutAxis(axis, 4);
    tiling.cores = 4;
    tiling.block = 4;
    tiling.slots = {2, 1, 2};
    measure();
  }
  void measure() { bytes = footprint(layer, tiling, 8); }
  std::set<std::string> rules() {
    std::set<std::string> names;
    for (const TilingFault &fault : judgeTiling(layer, tiling, bytes, *machine.room(1), machine.cores()))
      names.insert(fault.rule);
    return names;
  }
  Segment &rows(size_t i) { return tiling.segments[at(Axis::Rows)][i]; }
};

using Names = std::set<std::string>;

TEST_F(TilingJudgeTest, AcceptsWhatIsRight) { EXPECT_EQ(rules(), Names{}); }

TEST_F(TilingJudgeTest, UncoveredOutput) {
  tiling.segments[at(Axis::Channels)].pop_back();
  EXPECT_EQ(rules(), Names{"coverage"});
}
TEST_F(TilingJudgeTest, OutputComputedTwice) {
  tiling.segments[at(Axis::Channels)][1].outFirst = tiling.segments[at(Axis::Channels)][1].inFirst = 3;
  EXPECT_EQ(rules(), Names{"coverage"});
}
TEST_F(TilingJudgeTest, OutputBeyondTheTensor) {
  rows(2).outCount = 5;
  EXPECT_TRUE(rules().contains("coverage"));
}
TEST_F(TilingJudgeTest, InputChannelsAreSummedUpOnce) {
  layer = summed(layer);
  tiling.segments[at(Axis::Inputs)] = layer.cutAxis(Axis::Inputs, 4);
  measure();
  EXPECT_EQ(rules(), Names{});
  bytes.sumBytes -= 8;
  bytes.totalBytes -= 8;
  EXPECT_EQ(rules(), Names{"sums"});
  measure();
  tiling.segments[at(Axis::Inputs)].pop_back();
  EXPECT_EQ(rules(), Names{"coverage"});
  layer.mayCut[at(Axis::Inputs)] = false;
  tiling.segments[at(Axis::Inputs)] = layer.cutAxis(Axis::Inputs, 4);
  EXPECT_EQ(rules(), Names{"sums"});
}
TEST_F(TilingJudgeTest, WindowTooShort) {
  --rows(1).inCount;
  EXPECT_EQ(rules(), Names{"window"});
}
TEST_F(TilingJudgeTest, WindowBeginsLate) {
  ++rows(1).inFirst;
  --rows(1).inCount;
  EXPECT_EQ(rules(), Names{"window"});
}
TEST_F(TilingJudgeTest, WindowLeavesTheInput) {
  ++rows(2).inCount;
  EXPECT_EQ(rules(), Names{"window"});
}
TEST_F(TilingJudgeTest, WrongPadding) {
  rows(0).pad = 0;
  EXPECT_EQ(rules(), Names{"window"});
}
TEST_F(TilingJudgeTest, SlotTooSmall) {
  bytes.slotBytes[0] -= 8;
  bytes.totalBytes -= 16;
  EXPECT_EQ(rules(), Names{"slot bytes"});
}
TEST_F(TilingJudgeTest, ScratchOfTooFewCores) {
  bytes.totalBytes -= bytes.scratchBytes / 2;
  bytes.scratchBytes /= 2;
  EXPECT_EQ(rules(), Names{"scratch"});
}
TEST_F(TilingJudgeTest, WrongSum) {
  bytes.totalBytes -= 8;
  EXPECT_EQ(rules(), Names{"l1 bytes"});
}
TEST_F(TilingJudgeTest, TooManyBytes) {
  machine.l1->bufferBytes = whole(bytes.totalBytes - 1);
  EXPECT_EQ(rules(), Names{"l1 bytes"});
}
TEST_F(TilingJudgeTest, NoBufferForWhatTheKernelCannotReach) {
  tiling.slots[1] = 0;
  measure();
  EXPECT_EQ(rules(), Names{"slots"});
}
TEST_F(TilingJudgeTest, NoBufferForWhatIsNoRun) {
  layer.operands[0].mayLieOut = true; // rows of columns: several runs
  tiling.slots[0] = 0;
  measure();
  EXPECT_EQ(rules(), Names{"slots"});
}
TEST_F(TilingJudgeTest, AxisNamedTwice) {
  tiling.order[0] = Axis::Rows;
  EXPECT_EQ(rules(), Names{"order"});
}
TEST_F(TilingJudgeTest, MoreCoresThanThereAre) {
  machine.cluster->cores.value = 2;
  EXPECT_EQ(rules(), Names{"cores"});
}
TEST_F(TilingJudgeTest, LinesWithinBytes) {
  layer = conv(3, 16, windowOf(12, 3, 1, 1), windowOf(12, 3, 1, 1), 4); // three channels of four bits
  EXPECT_TRUE(rules().contains("alignment"));
}
TEST_F(TilingJudgeTest, CoresThatShareAByte) {
  layer.operands[2].bits = 1; // twelve channels a pixel: the second pixel begins within a byte
  tiling.segments[at(Axis::Channels)] = layer.cutAxis(Axis::Channels, 12);
  tiling.spread = Spread::Channels;
  measure();
  EXPECT_TRUE(rules().contains("shares"));
}

TEST(TilingJudgeStream, FindsPlantedFaults) {
  Machine machine = gap8(4);
  LayerProblem layer = matmul(4, 192, 384);
  SearchResult found = searchTiling(machine, layer);
  std::vector<StreamOption> options = streamOptions(machine, layer, *found.plan);
  ASSERT_FALSE(options.empty());
  StreamOption right = options.back();
  ASSERT_GT(right.chunks.size(), 2u);
  EXPECT_TRUE(judgeStream(layer, right).empty());
  StreamOption missing = right;
  missing.chunks.pop_back();
  EXPECT_EQ(judgeStream(layer, missing)[0].rule, "chunks");
  StreamOption twice = right;
  twice.chunks[1] = twice.chunks[0];
  EXPECT_EQ(judgeStream(layer, twice)[0].rule, "chunks");
  StreamOption small = right;
  small.slotBytes -= 8;
  EXPECT_EQ(judgeStream(layer, small)[0].rule, "chunks");
  StreamOption bands = right; // the list once for each of two bands
  bands.chunks.insert(bands.chunks.end(), right.chunks.begin(), right.chunks.end());
  EXPECT_EQ(judgeStream(layer, bands)[0].rule, "chunks");
  bands.rounds = 2;
  const bool single = right.chunksPerRound() == right.plan.tiling.count(Axis::Channels);
  EXPECT_EQ(judgeStream(layer, bands).empty(), single);
  StreamOption inside = right;
  inside.plan.tiling.segments[at(Axis::Rows)] = layer.cutAxis(Axis::Rows, 2);
  inside.plan.tiling.order = {Axis::Images, Axis::Rows, Axis::Columns, Axis::Channels};
  EXPECT_EQ(judgeStream(layer, inside)[0].rule, "chunks");
}

} // namespace
