// The timeline against schedules computed by hand.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/tiling/LayerTime.h"
#include "test/unit/TilingTestSupport.h"
#include <gtest/gtest.h>

using namespace dyadic::model;

namespace {

Box bytes(int64_t n) {
  Box box;
  box.bytes = n;
  return box;
}

TEST(TilingTimeline, TransfersQueueInTheirLane) {
  Machine m = smallMachine(1000);
  Timeline t(m);
  Timeline::Transfer a = t.start(2, 1, bytes(40), true), b = t.start(2, 1, bytes(4), true);
  Timeline::Transfer out = t.start(2, 1, bytes(8), false);
  EXPECT_EQ(a.end, 20);
  EXPECT_EQ(b.end, 31);
  EXPECT_EQ(out.end, 12);
  t.team(25, 1);
  t.await(a);
  EXPECT_EQ(t.now(), 25);
  t.await(b);
  EXPECT_EQ(t.now(), 31);
  EXPECT_EQ(t.totals().exposed, 6);
  EXPECT_EQ(t.totals().transferIn, 31);
  EXPECT_EQ(t.totals().transferOut, 12);
  t.await({}); // never started
  EXPECT_EQ(t.totals().cycles(), t.now());
}

TEST(TilingTimeline, HalfDuplexBlockingAndLimitedEngines) {
  Machine m = smallMachine(1000);
  m.l2ToL1->duplex = false;
  Timeline half(m);
  half.start(2, 1, bytes(40), true);
  EXPECT_EQ(half.start(2, 1, bytes(8), false).end, 32);

  m.l2ToL1->blocking = true;
  Timeline blocking(m);
  blocking.start(2, 1, bytes(40), true);
  EXPECT_EQ(blocking.now(), 20);
  EXPECT_EQ(blocking.totals().exposed, 20);

  m.l2ToL1->blocking = false;
  m.l2ToL1->channels = whole(2);
  Timeline limited(m);
  limited.start(2, 1, bytes(40), true);
  limited.start(2, 1, bytes(40), true);
  limited.start(2, 1, bytes(40), true); // waits for the first
  EXPECT_EQ(limited.now(), 20);
}

TEST(TilingTimeline, DimensionsAnEngineLacksTakeMoreCommands) {
  Machine m = smallMachine(1000);
  Box box;
  box.planes = 2;
  box.lines = 3;
  box.bytes = 4;
  m.l2ToL1->line = real(1);
  EXPECT_EQ(transferCycles(*m.l2ToL1, box, true), 10 + 6 + 6);
  m.l2ToL1->dimensions = 2;
  EXPECT_EQ(transferCycles(*m.l2ToL1, box, true), 2 * (10 + 3 + 3));
  m.l2ToL1->dimensions = 1;
  EXPECT_EQ(transferCycles(*m.l2ToL1, box, true), 6 * (10 + 1));
}

/// 8 rows of 4 codes by 4 x 4 weights in two tiles of 4 rows: each tile of input, weights and output has 16
/// bytes and takes 14 cycles, each product 64.
struct TwoTiles {
  LayerProblem layer = matmul(8, 4, 4);
  Tiling tiling;
  explicit TwoTiles(std::vector<int64_t> slots) {
    for (Axis axis : allAxes)
      tiling.segments[at(axis)] = layer.cutAxis(axis, 4);
    tiling.block = 4;
    tiling.slots = std::move(slots);
  }
};

TEST(TilingTimeline, DoubleBufferedByHand) {
  Machine m = smallMachine(1000);
  TwoTiles two({2, 1, 2});
  // input 0 .. 14, weights .. 28, next input .. 42; work 28 .. 92 .. 156; last store .. 170.
  LayerTime time = timeLayer(m, two.layer, two.tiling, true);
  EXPECT_EQ(time.cycles, 170);
  EXPECT_EQ(time.totals.compute, 128);
  EXPECT_EQ(time.totals.exposed, 42);
  EXPECT_EQ(time.totals.transferIn, 42);
  EXPECT_EQ(time.totals.transferOut, 28);
  ASSERT_EQ(time.tiles.size(), 2u);
  EXPECT_EQ(time.tiles[1].begin, 92);
  EXPECT_EQ(time.tiles[1].exposed, 0);
  EXPECT_EQ(time.macsPerCore, std::vector<int64_t>{128});
}

// Two tiles of 4 rows, of each two segments of 2 of the 4 input channels: 8 bytes in 12 cycles.
TEST(TilingTimeline, SumsStayByHand) {
  Machine m = smallMachine(1000);
  m.core.load = real(1);
  m.core.store = real(1);
  m.core.branchTaken = real(0);
  TwoTiles two({2, 2, 2});
  two.layer = summed(two.layer);
  two.tiling.segments[at(Axis::Inputs)] = two.layer.cutAxis(Axis::Inputs, 2);
  ASSERT_EQ(two.tiling.tiles(), 4);
  const Footprint bytes = footprint(two.layer, two.tiling, 8);
  EXPECT_EQ(bytes.sumBytes, 4 * 4 * 4);
  EXPECT_EQ(bytes.slotBytes, (std::vector<int64_t>{8, 8, 16}));
  const LayerTime time = timeLayer(m, two.layer, two.tiling, true);
  // 32 products, then of each of 16 outputs: the sum out, or the sum in.
  EXPECT_EQ(time.totals.compute, 4 * (32 + 2 * 16));
  EXPECT_EQ(time.totals.transferIn, 8 * 12);
  EXPECT_EQ(time.totals.transferOut, 2 * 14);
  EXPECT_EQ(time.macsPerCore, std::vector<int64_t>{128});
}

TEST(TilingTimeline, SingleBufferedByHand) {
  Machine m = smallMachine(1000);
  TwoTiles two({1, 1, 1});
  // work 28 .. 92; store and next input 92 .. 106; work .. 170; store .. 184.
  EXPECT_EQ(timeLayer(m, two.layer, two.tiling).cycles, 184);
  m.l2ToL1->duplex = false; // input after the store
  EXPECT_EQ(timeLayer(m, two.layer, two.tiling).cycles, 198);
  m.l2ToL1->blocking = true; // five transfers that nothing hides
  EXPECT_EQ(timeLayer(m, two.layer, two.tiling).cycles, 128 + 5 * 14);
}

TEST(TilingTimeline, TeamsForkAndMeet) {
  Machine m = smallMachine(1000);
  m.cluster.emplace();
  m.cluster->cores = whole(4);
  m.cluster->forkCycles = real(5);
  m.cluster->barrierCycles = real(3);
  TwoTiles two({2, 1, 2});
  two.tiling.cores = 4;
  two.tiling.spread = Spread::Channels;
  // Each core one channel of 4 pixels: 16 cycles.
  LayerTime time = timeLayer(m, two.layer, two.tiling, true);
  EXPECT_EQ(time.totals.compute, 32);
  EXPECT_EQ(time.totals.fork, 10);
  EXPECT_EQ(time.totals.barrier, 6);
  // work 28 .. 52; input 1 is there at 42; work .. 76; stores 52 .. 66, 76 .. 90.
  EXPECT_EQ(time.cycles, 90);
  EXPECT_EQ(time.totals.cycles(), time.cycles);
  EXPECT_EQ(time.macsPerCore, (std::vector<int64_t>{32, 32, 32, 32}));
}

TEST(TilingTimeline, WeightsStayWhileRowsRunInside) {
  Machine m = smallMachine(1000);
  TwoTiles two({1, 1, 1});
  two.tiling.segments[at(Axis::Channels)] = two.layer.cutAxis(Axis::Channels, 2);
  two.tiling.order = {Axis::Images, Axis::Columns, Axis::Channels, Axis::Rows};
  // 4 loads of input (14), 2 of weights (8 bytes, 12), 4 stores in lines (8 bytes, 12).
  TimeTotals outside = timeLayer(m, two.layer, two.tiling).totals;
  EXPECT_EQ(outside.transferIn, 4 * 14 + 2 * 12);
  two.tiling.order = {Axis::Images, Axis::Columns, Axis::Rows, Axis::Channels};
  TimeTotals inside = timeLayer(m, two.layer, two.tiling).totals;
  EXPECT_EQ(inside.transferIn, 2 * 14 + 4 * 12);
}

} // namespace
