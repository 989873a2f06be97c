// How far ahead streamed weights are started: by hand, against a clock that is walked call by call, and over
// sizes of L2. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/tiling/Prefetch.h"
#include "test/unit/ModelTestSupport.h"
#include "test/unit/TilingTestSupport.h"
#include <cmath>
#include <gtest/gtest.h>
#include <map>

using namespace dyadic::model;
using dyadic::model::test::Random;

namespace {

StreamOption option(std::vector<Chunk> chunks, int64_t slots) {
  StreamOption o;
  o.slots = slots;
  for (const Chunk &chunk : chunks)
    o.slotBytes = std::max(o.slotBytes, chunk.bytes);
  o.chunks = std::move(chunks);
  return o;
}

TEST(Prefetch, StartsAsEarlyAsThereIsRoom) {
  // 64 bytes that take 150 cycles to load; the layers before run 100 each.
  ResidencyLayer a{"a", 10, 0, 100, {}}, b{"b", 50, 0, 100, {}}, c{"c", 10, 64, 50, {}};
  c.options.push_back(option({{0, 1, 64, 150, 50}}, 1));
  const Prefetcher prefetcher({a, b, c}, std::nullopt);
  const std::vector<std::optional<size_t>> streamed = {std::nullopt, std::nullopt, 0};
  EXPECT_FALSE(prefetcher.plan(streamed, 73, {}));
  const auto none = prefetcher.plan(streamed, 113, {}); // beside b there is no room
  EXPECT_EQ(none->cycles, 400);
  EXPECT_EQ(none->exposed, 150);
  EXPECT_EQ(none->layers[2]->firstLayer, 2U);
  const auto early = prefetcher.plan(streamed, 114, {});
  EXPECT_EQ(early->cycles, 250);
  EXPECT_EQ(early->layers[2]->firstLayer, 0U);
  EXPECT_FALSE(early->layers[2]->early); // it comes while b runs
  EXPECT_EQ(early->peakBytes, 114);
  EXPECT_EQ(prefetcher.best(114)->cycles, 250);
  EXPECT_EQ(prefetcher.best(114)->streamedBytes,
            0); // as much as the stage: the weights may as well stay
  EXPECT_EQ(prefetcher.leastBytes(), 74);
  EXPECT_EQ(prefetcher.best(113)->cycles, 400);
}

TEST(Prefetch, TellsWhatIsThereBeforeTheLayerBefore) {
  // 64 bytes that come while a runs may be awaited before b.
  ResidencyLayer a{"a", 10, 0, 150, {}}, b{"b", 10, 0, 100, {}}, c{"c", 10, 64, 50, {}};
  c.options.push_back(option({{0, 1, 64, 150, 50}}, 1));
  // Then the layer before brings its first part to L1, as it does for weights that stay.
  c.options[0].partCycles = 7;
  b.partCycles = 3;
  auto plan = Prefetcher({a, b, c}, std::nullopt).plan({std::nullopt, std::nullopt, 0}, 100, {});
  EXPECT_TRUE(plan->layers[2]->early);
  EXPECT_EQ(plan->cycles, 150 + (100 - 3) + (50 - 7));
  a.cycles = 149;
  plan = Prefetcher({a, b, c}, std::nullopt).plan({std::nullopt, std::nullopt, 0}, 100, {});
  EXPECT_FALSE(plan->layers[2]->early);
  EXPECT_EQ(plan->cycles, 149 + (100 - 3) + 50);
}

TEST(Prefetch, TakesNoPlanThatCannotBeHad) {
  ResidencyLayer a{"a", 0, 0, 100, {}}, b{"b", 0, 64, 50, {}};
  b.options.push_back(option({{0, 1, 64, 1000, 50}}, 1));
  const Prefetcher prefetcher({a, b}, std::nullopt);
  EXPECT_EQ(prefetcher.best(64)->cycles, 150);
  const auto streamed =
      prefetcher.best(64, [](const PrefetchPlan &one) { return one.options[1].has_value(); });
  EXPECT_EQ(streamed->cycles, 1050);
  EXPECT_FALSE(prefetcher.best(64, [](const PrefetchPlan &) { return false; }));
  EXPECT_FALSE(prefetcher.plan({std::nullopt, 0}, 64, {}, 999)); // it takes 1,050
}

TEST(Prefetch, MoreSlotsLetChunksComeEarlier) {
  // Four chunks of 100 cycles, run in 20; the layer before runs 1,000.
  std::vector<Chunk> chunks;
  for (int64_t k = 0; k < 4; ++k)
    chunks.push_back({k, 1, 10, 100, 20});
  ResidencyLayer a{"a", 0, 0, 1000, {}}, b{"b", 0, 40, 80, {option(chunks, 2)}};
  const Prefetcher prefetcher({a, b}, std::nullopt);
  EXPECT_EQ(prefetcher.plan({std::nullopt, 0}, 20, {true, true})->cycles, 1000 + 20 + 100 + 100 + 20);
  EXPECT_EQ(prefetcher.plan({std::nullopt, 0}, 40, {true, false})->cycles, 1000 + 20 + 100 + 100 + 20);
  EXPECT_EQ(prefetcher.plan({std::nullopt, 0}, 40, {true, true})->cycles, 1080);
  // An engine that takes one start at a time gets the next when the last was awaited.
  const Prefetcher single({a, b}, 1);
  EXPECT_EQ(single.plan({std::nullopt, 0}, 40, {true, true})->cycles,
            1000 + 20 + 80 + 20 + 80 + 20 + 80 + 20);
}

TEST(Prefetch, RoundsTakeUpTheirSlotsAgain) {
  // Three chunks of 10 cycles, run in 20, for each of two bands: the third and the fourth lie in one slot.
  StreamOption one = option({{0, 1, 10, 10, 20},
                             {1, 1, 10, 10, 20},
                             {2, 1, 10, 10, 20},
                             {0, 1, 10, 10, 20},
                             {1, 1, 10, 10, 20},
                             {2, 1, 10, 10, 20}},
                            2);
  one.rounds = 2;
  const Prefetcher prefetcher({{"a", 0, 30, 100, {one}}}, std::nullopt);
  const auto plan = prefetcher.plan({0}, 20, {true, true});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->cycles, 10 + 6 * 20 + 10); // the first chunk of the first band, and that of the second
  EXPECT_EQ(plan->streamedBytes, 60);
  EXPECT_EQ(plan->layers[0]->slots, 2);
  EXPECT_EQ(prefetcher.plan({0}, 30, {true, true})->layers[0]->slots, 3);
  EXPECT_EQ(prefetcher.plan({0}, 60, {true, true})->layers[0]->slots, 3);
}

/// Plays a plan call by call, with its own idea of who owns which slot.
void judge(const std::vector<ResidencyLayer> &layers, const PrefetchPlan &plan, int64_t bytes) {
  std::map<std::pair<size_t, int64_t>, std::vector<std::pair<size_t, int64_t>>> starts; // before a call
  std::pair<size_t, int64_t> before = {0, 0};
  for (size_t i = 0; i < layers.size(); ++i)
    if (plan.layers[i])
      for (size_t k = 0; k < plan.layers[i]->starts.size(); ++k) {
        const Call &call = plan.layers[i]->starts[k];
        EXPECT_LE(before, (std::pair{call.layer, call.chunk})) << "out of order";
        before = {call.layer, call.chunk};
        starts[before].emplace_back(i, static_cast<int64_t>(k));
      }
  auto slotOf = [&](size_t layer, int64_t chunk) {
    return chunk % layers[layer].options[*plan.options[layer]].chunksPerRound() % plan.layers[layer]->slots;
  };
  double clock = 0, engine = 0, lastBegin = -1; // of the last call so far
  std::map<std::pair<size_t, int64_t>, std::pair<int64_t, double>>
      slots; // layer and slot: chunk, end of its load
  int64_t resident = 0, most = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    int64_t alive = layers[i].liveBytes;
    for (size_t l = i; l < layers.size(); ++l)
      if (plan.layers[l] && plan.layers[l]->firstLayer <= i)
        alive += plan.layers[l]->slots * layers[l].options[*plan.options[l]].slotBytes;
    most = std::max(most, alive);
    const StreamOption *stream = plan.options[i] ? &layers[i].options[*plan.options[i]] : nullptr;
    resident += stream ? 0 : layers[i].weightBytes;
    const double begun = lastBegin;
    const size_t calls = stream ? stream->chunks.size() : 1;
    for (size_t c = 0; c < calls; ++c) {
      for (auto [layer, chunk] : starts[{i, static_cast<int64_t>(c)}]) {
        EXPECT_GE(i, plan.layers[layer]->firstLayer);
        auto &slot = slots[{layer, slotOf(layer, chunk)}];
        EXPECT_TRUE(chunk < plan.layers[layer]->slots || slot.first == -2) << "a slot is used twice";
        engine =
            std::max(engine, clock) + layers[layer].options[*plan.options[layer]].chunks[chunk].loadCycles;
        slot = {chunk, engine};
      }
      if (!stream) {
        lastBegin = layers[i].runs ? clock : lastBegin;
        clock += layers[i].cycles - (i > 0 && layers[i - 1].runs ? layers[i].partCycles : 0);
        continue;
      }
      auto &slot = slots[{i, slotOf(i, static_cast<int64_t>(c))}];
      ASSERT_EQ(slot.first, static_cast<int64_t>(c)) << "a chunk was never started";
      if (c == 0) {
        EXPECT_EQ(plan.layers[i]->early, slot.second <= begun) << "where its first chunk may be awaited";
      }
      lastBegin = clock;
      clock = std::max(clock, slot.second) + stream->chunks[c].runCycles;
      if (c == 0 && plan.layers[i]->early)
        clock -= stream->partCycles;
      slot.first = -2; // used up
    }
  }
  EXPECT_NEAR(plan.cycles, clock, 1e-6);
  EXPECT_EQ(plan.residentBytes, resident);
  EXPECT_EQ(plan.peakBytes, resident + most);
  EXPECT_LE(plan.peakBytes, bytes);
}

/// No streamed weights would fit beside the rest and save cycles.
void expectNothingStreamsInVain(const Prefetcher &prefetcher, const PrefetchPlan &plan, int64_t bytes) {
  for (size_t i = 0; i < plan.options.size(); ++i) {
    auto stays = plan.options;
    stays[i].reset();
    for (bool early : {false, true})
      if (const auto other = prefetcher.plan(stays, bytes, {early, true}); other && plan.options[i]) {
        EXPECT_GE(other->cycles, plan.cycles - 0.01) << i << " at " << bytes;
      }
  }
}

std::vector<ResidencyLayer> randomNetwork(Random &random, int64_t count) {
  std::vector<ResidencyLayer> network;
  for (int64_t i = 0; i < count; ++i) {
    ResidencyLayer layer{"layer",
                         random.pick(0, 60),
                         random.oneIn(4) ? 0 : random.pick(1, 200),
                         static_cast<double>(random.pick(10, 300)),
                         {}};
    for (int64_t chunks = 1; layer.weightBytes > 0 && chunks <= 4; chunks *= 2) {
      std::vector<Chunk> list;
      for (int64_t k = 0; k < chunks; ++k)
        list.push_back({k, 1, (layer.weightBytes + chunks - 1) / chunks,
                        static_cast<double>(random.pick(5, 200)),
                        layer.cycles / static_cast<double>(chunks) + 3});
      const int64_t rounds = random.oneIn(3) ? random.pick(2, 3) : 1;
      const std::vector<Chunk> round = list;
      for (int64_t r = 1; r < rounds; ++r)
        list.insert(list.end(), round.begin(), round.end());
      layer.options.push_back(option(list, chunks > 1 ? random.pick(1, 2) : 1));
      layer.options.back().rounds = rounds;
    }
    layer.partCycles = static_cast<double>(random.pick(0, 3));
    for (StreamOption &one : layer.options)
      one.partCycles = static_cast<double>(random.pick(0, 3));
    network.push_back(layer);
  }
  return network;
}

TEST(Prefetch, PlansAreRightAndNeverSlowerThanOneCallAhead) {
  Random random(3);
  for (int round = 0; round < 40; ++round) {
    const std::vector<ResidencyLayer> network = randomNetwork(random, random.pick(1, 8));
    const std::optional<int64_t> inFlight =
        random.oneIn(3) ? std::optional<int64_t>(random.pick(1, 3)) : std::nullopt;
    const Prefetcher prefetcher(network, inFlight);
    for (int64_t bytes = 0; bytes < 1200; bytes += 31) {
      const std::optional<PrefetchPlan> plan = prefetcher.best(bytes);
      ASSERT_EQ(plan.has_value(), bytes >= prefetcher.leastBytes());
      if (!plan)
        continue;
      judge(network, *plan, bytes);
      expectNothingStreamsInVain(prefetcher, *plan, bytes);
    }
  }
}

TEST(Prefetch, SmallNetworksFallWithMemory) {
  Random random(5);
  for (int round = 0; round < 12; ++round) {
    const Prefetcher prefetcher(randomNetwork(random, random.pick(6, 12)), std::nullopt);
    double before = INFINITY;
    for (int64_t bytes = prefetcher.leastBytes(); bytes < 2000; bytes += 64) {
      const std::optional<PrefetchPlan> plan = prefetcher.best(bytes);
      ASSERT_TRUE(plan);
      EXPECT_LE(plan->cycles, before * 1.001) << "round " << round << " at " << bytes;
      before = plan->cycles;
    }
  }
}

TEST(Prefetch, MobileNetFallsWithMemory) {
  const Machine machine = gap8(8);
  std::vector<ResidencyLayer> network;
  for (const LayerProblem &layer : mobileNet())
    network.push_back(residencyOf(machine, layer));
  const Prefetcher prefetcher(network, std::nullopt);
  double before = INFINITY;
  for (int64_t bytes = 100000; bytes <= 900000; bytes += 20000) {
    const std::optional<PrefetchPlan> plan = prefetcher.best(bytes);
    ASSERT_TRUE(plan);
    judge(network, *plan, bytes);
    EXPECT_LE(plan->cycles, before + 0.01) << bytes;
    before = plan->cycles;
  }
  EXPECT_EQ(prefetcher.best(900000)->streamedBytes, 0);
}

} // namespace
