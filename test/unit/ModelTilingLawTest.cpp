// More cores, or more room in L1, never make a layer slower: neither whole nor chunk by chunk.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/tiling/Prefetch.h"
#include "test/unit/TilingTestSupport.h"
#include <cmath>
#include <gtest/gtest.h>
#include <map>

using namespace dyadic::model;

namespace {

Machine machineOf(int64_t cores, int64_t bytes) {
  Machine m = gap8(cores);
  m.l1->bufferBytes = whole(bytes);
  return m;
}

std::vector<LayerProblem> layers() {
  std::vector<LayerProblem> result = {summed(matmul(1, 784, 64, 2)), matmul(1, 128, 132), matmul(1, 96, 50),
                                      conv(16, 8, windowOf(3, 1, 1, 0), windowOf(34, 3, 1, 1)),
                                      summed(conv(24, 40, windowOf(9, 3, 1, 1), windowOf(9, 3, 1, 1), 4))};
  for (LayerProblem &layer : result)
    addParameters(layer);
  return result;
}

TEST(TilingLaws, NoFewerCoresAreFaster) {
  for (const LayerProblem &layer : layers())
    for (int64_t bytes : {5000, 9000, 20000}) {
      double before = INFINITY;
      for (int64_t cores = 1; cores <= 8; ++cores) {
        const SearchResult found = searchTiling(machineOf(cores, bytes), layer);
        ASSERT_TRUE(found.plan) << layer.kernel << " " << found.why.message;
        EXPECT_LE(found.plan->time.cycles, before + 0.01)
            << layer.kernel << ", " << cores << " cores, " << bytes << " bytes";
        before = found.plan->time.cycles;
      }
    }
}

// Each number of chunks has slots of one size, and calls as fast as the tilings that fit can be.
TEST(TilingLaws, NoLessRoomIsFaster) {
  size_t streamed = 0;
  for (const LayerProblem &layer : layers())
    for (int64_t cores : {3, 8}) {
      double before = INFINITY;
      std::map<size_t, std::pair<double, int64_t>> chunked;
      for (int64_t bytes : {5000, 6000, 8000, 12000, 16000, 24000, 32000, 48000}) {
        const Machine m = machineOf(cores, bytes);
        const SearchResult found = searchTiling(m, layer);
        ASSERT_TRUE(found.plan) << layer.kernel << " " << found.why.message;
        EXPECT_LE(found.plan->time.cycles, before + 0.01) << layer.kernel << ", " << bytes << " bytes";
        before = found.plan->time.cycles;
        for (const StreamOption &option : streamOptions(m, layer, *found.plan)) {
          auto [it, fresh] = chunked.try_emplace(option.chunks.size());
          auto &[cycles, slot] = it->second;
          if (!fresh) {
            EXPECT_LE(option.runCycles(), cycles + 0.01) << option.chunks.size() << " chunks, " << bytes;
            EXPECT_LE(option.slotBytes, slot) << option.chunks.size() << " chunks, " << bytes;
          }
          cycles = option.runCycles();
          slot = option.slotBytes;
        }
      }
      streamed += chunked.size();
    }
  EXPECT_GT(streamed, 20U);
}

// Small weights that pass through L2 one after the other wait more than one large layer's do, whose chunks
// come while the others work: from one to the other is a step of several layers at once.
TEST(TilingLaws, NoTwoStreamedLayersOfAnAutoencoderAreFaster) {
  const std::vector<int64_t> widths = {640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640};
  const Machine m = machineOf(4, 32000);
  std::vector<ResidencyLayer> network;
  for (size_t i = 0; i + 1 < widths.size(); ++i)
    network.push_back(residencyOf(m, summed(matmul(1, widths[i], widths[i + 1]))));
  const Prefetcher prefetcher(network, std::nullopt);
  const int64_t bytes = 200000;
  const std::optional<PrefetchPlan> best = prefetcher.best(bytes);
  ASSERT_TRUE(best);
  int plans = 0;
  for (size_t i = 0; i < network.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      for (size_t way = 0; way < network[i].options.size(); ++way)
        for (size_t other = 0; other < network[j].options.size(); ++other) {
          PrefetchPlan::Options options(network.size());
          options[i] = way;
          options[j] = other;
          const auto plan = prefetcher.plan(options, bytes, {true, true});
          plans += plan.has_value();
          EXPECT_LE(best->cycles, plan ? plan->cycles : INFINITY)
              << i << " " << way << " " << j << " " << other;
        }
  EXPECT_GT(plans, 10);
}

} // namespace
