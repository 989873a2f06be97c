// Weights that come chunk by chunk for each band: what the calls hold, and what is gained.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/tiling/BandChunks.h"
#include "passes/model/tiling/TilingJudge.h"
#include "test/unit/TilingTestSupport.h"
#include <gtest/gtest.h>

using namespace dyadic::model;

namespace {

std::vector<BandOption> bandsOf(const Machine &machine, const LayerProblem &layer) {
  const SearchResult whole = searchTiling(machine, layer);
  EXPECT_TRUE(whole.plan) << layer.name;
  BandPlans kept;
  return bandOptions(machine, layer, {0, 2}, *whole.plan, {}, kept);
}

/// The numbers of the tiles of a call: one segment of channels, some rows.
std::vector<int64_t> tilesOf(const Tiling &tiling, Axis axis, int64_t first, int64_t end, int64_t channels) {
  std::vector<int64_t> tiles;
  for (int64_t t = 0; t < tiling.tiles(); ++t)
    if (const auto index = tiling.indices(t);
        index[at(Axis::Channels)] == channels && index[at(axis)] >= first && index[at(axis)] < end)
      tiles.push_back(t);
  return tiles;
}

TEST(BandChunks, CallsAreRunsOfTilesOnOneChunkAndOneBand) {
  const Machine machine = gap8();
  const Window w = windowOf(32, 3, 1, 1), point = windowOf(16, 1, 1, 0);
  for (const LayerProblem &layer :
       {conv(64, 128, w, w), conv(128, 64, w, w, 4), conv(256, 512, point, point), matmul(64, 512, 384)})
    for (const BandOption &bands : bandsOf(machine, layer)) {
      const auto rounds = static_cast<int64_t>(bands.ends.size());
      const std::vector<StreamOption> options = bandedStreams(machine, layer, bands, {});
      ASSERT_GE(options.size(), 3U) << layer.name << " in " << rounds;
      EXPECT_EQ(options.front().chunks.size(), 1U);
      EXPECT_EQ(options.front().runCycles(), bands.cycles);
      for (const StreamOption &option : options) {
        EXPECT_TRUE(judgeStream(layer, option).empty()) << layer.name;
        const Tiling &tiling = option.plan.tiling;
        EXPECT_TRUE(
            judgeTiling(layer, tiling, option.plan.footprint, *machine.room(1), machine.cores()).empty());
        EXPECT_EQ(tiling.segments[at(bands.axis)], bands.plan.tiling.segments[at(bands.axis)]);
        if (option.chunks.size() == 1)
          continue;
        EXPECT_EQ(option.rounds, rounds);
        for (int64_t band = 0, first = 0; band < rounds; first = bands.ends[static_cast<size_t>(band++)])
          for (int64_t k = 0; k < option.chunksPerRound(); ++k) {
            const Chunk &chunk = option.chunks[static_cast<size_t>(band * option.chunksPerRound() + k)];
            EXPECT_EQ(chunk.firstSegment, k);
            EXPECT_GT(chunk.runCycles, 0);
            const auto tiles = tilesOf(tiling, bands.axis, first, bands.ends[static_cast<size_t>(band)], k);
            EXPECT_EQ(tiles.back() - tiles.front() + 1, static_cast<int64_t>(tiles.size()));
          }
      }
    }
}

TEST(BandChunks, TakeLessOfL2ThanAllWeights) {
  const Machine machine = gap8();
  const Window w = windowOf(32, 3, 1, 1);
  const LayerProblem layer = conv(256, 256, w, w);
  const std::vector<BandOption> bands = bandsOf(machine, layer);
  ASSERT_FALSE(bands.empty());
  const std::vector<StreamOption> options = bandedStreams(machine, layer, bands.front(), {});
  EXPECT_EQ(options.front().slotBytes, 9 * 256 * 256);
  for (size_t i = 1; i < options.size(); ++i)
    EXPECT_LT(options[i].slots * options[i].slotBytes, 9 * 256 * 256 / 4);
  // Loads hide behind calls: with two slots all but the first.
  EXPECT_LT(options[1].innerWait(), options[2].innerWait() / 2);
}

TEST(BandChunks, AreNoneWhereChannelsLieApartOrAnOrderIsAskedFor) {
  const Machine machine = gap8();
  const Window w = windowOf(48, 3, 1, 1);
  const LayerProblem apart = depthwise(64, w, w);
  for (const BandOption &bands : bandsOf(machine, apart))
    EXPECT_LE(bandedStreams(machine, apart, bands, {}).size(), 1U);
  const LayerProblem layer = conv(64, 128, w, w);
  SearchOptions rowsFirst;
  rowsFirst.fixed.order = {Axis::Rows, Axis::Channels, Axis::Columns, Axis::Images};
  for (const BandOption &bands : bandsOf(machine, layer))
    EXPECT_EQ(bandedStreams(machine, layer, bands, rowsFirst).size(), 1U);
}

} // namespace
