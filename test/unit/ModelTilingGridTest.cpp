// Segments, boxes and shares of the tile grid by hand.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dyadic_part.h"
#include "passes/model/tiling/Shares.h"
#include "test/unit/TilingTestSupport.h"
#include <gtest/gtest.h>

using namespace dyadic::model;

namespace {

TEST(TileGrid, WindowsWithStrideAndPadding) {
  // 16 outputs of a 3-wide window with stride 2 over 32 inputs, one position of padding before.
  std::vector<Segment> segments = cut(16, 6, windowOf(32, 3, 2, 1));
  ASSERT_EQ(segments.size(), 3u);
  EXPECT_EQ(segments[0], (Segment{0, 6, 0, 12, 1}));  // -1 .. 11
  EXPECT_EQ(segments[1], (Segment{6, 6, 11, 13, 0})); // 11 .. 23
  EXPECT_EQ(segments[2], (Segment{12, 4, 23, 9, 0})); // 23 .. 31
}

TEST(TileGrid, DilatedWindowsMayLieInPaddingOnly) {
  Window w = windowOf(4, 2, 1, 5);
  w.dilation = 2; // output o reads o - 5 and o - 3
  std::vector<Segment> segments = cut(12, 2, w);
  EXPECT_EQ(segments[0].inCount, 0);
  EXPECT_EQ(segments[1], (Segment{2, 2, 0, 1, 3}));
  EXPECT_EQ(segments[5].inCount, 0); // 5 .. 8 of 4
}

TEST(TileGrid, TilesTakeUnreadPositionsToEndOnAByte) {
  // Every second of 8 columns of 12 codes of 5 bits: 7 columns are 420 bits, 8 are 60 bytes.
  LayerProblem layer = conv(12, 16, windowOf(8, 1, 2, 0), windowOf(8, 1, 2, 0), 5);
  EXPECT_EQ(layer.cutAxis(Axis::Columns, 4), (std::vector<Segment>{{0, 4, 0, 8, 0}}));
  EXPECT_EQ(layer.cutAxis(Axis::Columns, 2), (std::vector<Segment>{{0, 2, 0, 4, 0}, {2, 2, 4, 4, 0}}));
  EXPECT_EQ(layer.cutAxis(Axis::Rows, 4), (std::vector<Segment>{{0, 4, 0, 7, 0}})); // of 60 bytes each
  layer.operands[0].bits = 8;
  EXPECT_EQ(layer.cutAxis(Axis::Columns, 4), (std::vector<Segment>{{0, 4, 0, 7, 0}}));
}

TEST(TileGrid, TilesRunLikeAnOdometer) {
  Tiling tiling;
  LayerProblem layer = matmul(4, 3, 6);
  for (Axis axis : allAxes)
    tiling.segments[at(axis)] = layer.cutAxis(axis, 2);
  tiling.order = {Axis::Images, Axis::Channels, Axis::Rows, Axis::Columns};
  EXPECT_EQ(tiling.tiles(), 6);
  EXPECT_EQ(tiling.tile(1)[at(Axis::Rows)]->outFirst, 2);
  EXPECT_EQ(tiling.tile(2)[at(Axis::Channels)]->outFirst, 2);
  EXPECT_EQ(tiling.shape(), "2 rows x 2 channels");
}

TEST(TileGrid, BoxesMergeDimensionsThatTouch) {
  LayerProblem layer = conv(8, 16, windowOf(10, 3, 1, 1), windowOf(12, 3, 1, 1));
  Segment rows = layer.cutAxis(Axis::Rows, 4)[1], columns = layer.cutAxis(Axis::Columns, 6)[1];
  Segment image = layer.cutAxis(Axis::Images, 1)[0], channels = layer.cutAxis(Axis::Channels, 16)[0];
  Segment someChannels = layer.cutAxis(Axis::Channels, 4)[2],
          allColumns = layer.cutAxis(Axis::Columns, 12)[0];
  // Rows 3 .. 8, all columns: one run.
  EXPECT_EQ(*layer.operands[0].box({&image, &rows, &allColumns, &channels}),
            (Box{1, 1, 6 * 12 * 8, 3 * 96, 0, 0}));
  // Columns 5 .. 11: a line for each row.
  EXPECT_EQ(*layer.operands[0].box({&image, &rows, &columns, &channels}),
            (Box{1, 6, 7 * 8, 3 * 96 + 5 * 8, 0, 96}));
  // Four of sixteen channels of the output: planes of lines.
  EXPECT_EQ(*layer.operands[2].box({&image, &rows, &columns, &someChannels}),
            (Box{4, 6, 4, (4 * 12 + 6) * 16 + 8, 192, 16}));
  // All columns and four channels: lines follow each other over the end of a row.
  EXPECT_EQ(*layer.operands[2].box({&image, &rows, &allColumns, &someChannels}),
            (Box{1, 48, 4, 4 * 192 + 8, 0, 16}));
}

TEST(TileGrid, BoxesOfSubBytesEndOnBytes) {
  LayerProblem layer = matmul(4, 3, 5, 4); // rows of 12 and 20 bits
  auto box = [&](size_t operand, int64_t rowSize, size_t row, int64_t channelSize, size_t channel) {
    std::vector<Segment> rows = layer.cutAxis(Axis::Rows, rowSize),
                         channels = layer.cutAxis(Axis::Channels, channelSize);
    Segment one = layer.cutAxis(Axis::Images, 1)[0];
    return layer.operands[operand].box({&one, &rows[row], &one, &channels[channel]});
  };
  EXPECT_FALSE(box(0, 1, 0, 5, 0));            // 12 bits, then the next row's
  EXPECT_EQ(box(0, 2, 1, 5, 0)->firstByte, 3); // two rows are three bytes
  EXPECT_EQ(box(1, 4, 0, 4, 1)->bytes, 2);     // the last 12 bits may end the tensor
  EXPECT_FALSE(box(2, 4, 0, 2, 0));            // lines at 20 bits
}

TEST(TileShares, AreTheRuntimesAndCoverEverything) {
  for (unsigned bits : {1u, 2u, 3u, 4u, 8u, 32u})
    for (int64_t pixels : {1, 2, 4, 7, 49})
      for (int64_t channels : {1, 3, 8, 10, 384})
        for (int64_t cores : {1, 2, 4, 8})
          for (Spread spread : {Spread::Pixels, Spread::Channels}) {
            const int64_t grain = grainOf(spread, channels, bits);
            const int64_t extent = spread == Spread::Pixels ? pixels : channels;
            int64_t next = 0, most = 0;
            for (int64_t core = 0; core < cores; ++core) {
              const Share s = shareOf(spread, pixels, channels, grain, core, cores);
              const int64_t first = spread == Spread::Pixels ? s.pixelFirst : s.channelFirst;
              const int64_t end = spread == Spread::Pixels ? s.pixelEnd : s.channelEnd;
              EXPECT_EQ(first, next);
              const dyadic_part part = dyadic_share(
                  static_cast<uint32_t>(pixels), static_cast<uint32_t>(channels),
                  spread == Spread::Pixels ? DYADIC_SPREAD_PIXELS : DYADIC_SPREAD_CHANNELS,
                  static_cast<uint32_t>(grain), static_cast<uint32_t>(core), static_cast<uint32_t>(cores));
              EXPECT_EQ(s.pixelFirst, part.first);
              EXPECT_EQ(s.pixelEnd, part.end);
              EXPECT_EQ(s.channelFirst, part.c_first);
              EXPECT_EQ(s.channelEnd, part.c_end);
              most = std::max(most, end - first);
              next = end;
            }
            EXPECT_EQ(next, extent);
            EXPECT_EQ(most, largestShare(extent, grain, cores))
                << extent << " by " << grain << " on " << cores;
          }
}

TEST(TileShares, CostCountsWhatABlockSaves) {
  Machine m = smallMachine(1000);
  LayerProblem layer = matmul(8, 10, 4);
  WorkCost cost(m, layer);
  const std::vector<int64_t> slots(layer.operands.size(), 1);
  EXPECT_EQ(cost.cycles(8, 4, 4, slots), 320);          // the figure's own block
  EXPECT_EQ(cost.cycles(8, 4, 1, slots), 320 + 6 * 40); // each weight is read 8 times instead of 2
  EXPECT_EQ(cost.cycles(0, 4, 1, slots), 0);
  EXPECT_LE(cost.least(), cost.cycles(8, 4, 4, slots));
}

TEST(TileShares, DirectOperandsPayForTheirLevel) {
  Machine m = smallMachine(1000);
  m.l1->access = real(1);
  m.l2.access = real(9);
  LayerProblem layer = matmul(8, 10, 4);
  std::vector<int64_t> slots = {1, 0, 1};
  EXPECT_EQ(WorkCost(m, layer).cycles(8, 4, 4, slots), 320 + 8 * (2 * 4 * 10));
}

} // namespace
