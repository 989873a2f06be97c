// Which weights stay in L2: against all choices on small networks, and over sizes of L2 on MobileNetV1.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/tiling/Residency.h"
#include "test/unit/ModelTestSupport.h"
#include "test/unit/TilingTestSupport.h"
#include <cmath>
#include <gtest/gtest.h>

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

TEST(Residency, WaitsByHand) {
  // Two chunks of 100 bytes: 50 cycles to load, 30 to run; the layer before runs 20.
  ResidencyLayer first{"a", 10, 0, 20, {}}, second{"b", 10, 200, 55, {}};
  second.options.push_back(option({{0, 1, 100, 50, 30}, {1, 1, 100, 50, 30}}, 2));
  second.options.push_back(option({{0, 1, 100, 50, 30}, {1, 1, 100, 50, 30}}, 1));
  ResidencyFront front({first, second});
  // Two slots: 20 + wait 30 + 30 + wait 20 + 30.
  ResidencyPlan two = front.evaluate({std::nullopt, 0});
  EXPECT_EQ(two.cycles, 130);
  EXPECT_EQ(two.layers[1].exposed, 50);
  EXPECT_EQ(two.layers[1].hidden, 50);
  EXPECT_EQ(two.peakBytes, 210);
  EXPECT_EQ(two.streamedBytes, 200);
  ResidencyPlan one = front.evaluate({std::nullopt, 1});
  EXPECT_EQ(one.cycles, 160);
  EXPECT_EQ(one.peakBytes, 110);
  EXPECT_EQ(front.leastBytes(), 110);
  EXPECT_FALSE(front.best(109));
  EXPECT_EQ(front.best(110)->cycles, 160);
  EXPECT_EQ(front.best(209)->cycles, 160);
  EXPECT_EQ(front.best(210)->cycles, 75); // all of it fits as soon as two slots do
  EXPECT_EQ(front.best(210)->streamedBytes, 0);
}

TEST(Residency, WhatHidesStaysWhereThereIsRoom) {
  // The chunk hides behind the layer before, so streaming costs nothing; free memory still saves the traffic.
  ResidencyLayer first{"a", 10, 0, 100, {}}, second{"b", 10, 64, 40, {}}, third{"c", 50, 0, 10, {}};
  second.options.push_back(option({{0, 1, 64, 90, 40}}, 1));
  ResidencyFront front({first, second, third});
  EXPECT_EQ(front.best(74)->cycles, 150);
  EXPECT_EQ(front.best(74)->streamedBytes, 64);
  EXPECT_EQ(front.best(113)->streamedBytes, 64);
  EXPECT_EQ(front.best(114)->streamedBytes, 0);
  EXPECT_EQ(front.best(114)->cycles, 150);
}

std::vector<ResidencyLayer> randomNetwork(Random &random, int64_t layers) {
  std::vector<ResidencyLayer> network;
  for (int64_t i = 0; i < layers; ++i) {
    ResidencyLayer layer{"layer",
                         random.pick(0, 60),
                         random.oneIn(4) ? 0 : random.pick(1, 200),
                         static_cast<double>(random.pick(10, 300)),
                         {}};
    for (int64_t chunks = 1; layer.weightBytes > 0 && chunks <= random.pick(1, 3); ++chunks) {
      std::vector<Chunk> list;
      for (int64_t k = 0; k < chunks; ++k)
        list.push_back({k, 1, (layer.weightBytes + chunks - 1) / chunks,
                        static_cast<double>(random.pick(5, 200)),
                        layer.cycles / static_cast<double>(chunks) + 3});
      layer.options.push_back(option(list, chunks > 1 ? random.pick(1, 2) : 1));
    }
    network.push_back(layer);
  }
  return network;
}

TEST(Residency, EqualsAllChoicesOnSmallNetworks) {
  Random random(11);
  for (int round = 0; round < 60; ++round) {
    const std::vector<ResidencyLayer> network = randomNetwork(random, random.pick(1, 6));
    const ResidencyFront front(network);
    std::vector<ResidencyPlan> all;
    std::vector<std::optional<size_t>> choice(network.size());
    while (true) {
      all.push_back(front.evaluate(choice));
      size_t i = 0;
      for (; i < choice.size(); ++i) {
        const size_t next = choice[i] ? *choice[i] + 1 : 0;
        if (next < network[i].options.size()) {
          choice[i] = next;
          break;
        }
        choice[i].reset();
      }
      if (i == choice.size())
        break;
    }
    for (int64_t bytes = 0; bytes < 1200; bytes += 7) {
      double least = INFINITY;
      for (const ResidencyPlan &plan : all)
        if (plan.peakBytes <= bytes)
          least = std::min(least, plan.cycles);
      const std::optional<ResidencyPlan> found = front.best(bytes);
      ASSERT_EQ(found.has_value(), std::isfinite(least)) << round << " " << bytes;
      if (!found)
        continue;
      EXPECT_NEAR(found->cycles, least, 1e-6) << round << " " << bytes;
      EXPECT_LE(found->peakBytes, bytes);
    }
  }
}

TEST(Residency, RoundedUnitsAreStillMonotone) {
  Random random(5);
  const ResidencyFront front(randomNetwork(random, 20), 40); // far too few labels to be exact
  double before = INFINITY;
  for (int64_t bytes = front.leastBytes(); bytes < 6000; bytes += 13) {
    const std::optional<ResidencyPlan> plan = front.best(bytes);
    ASSERT_TRUE(plan);
    ASSERT_LE(plan->peakBytes, bytes);
    ASSERT_LE(plan->cycles, before);
    before = plan->cycles;
  }
}

std::vector<ResidencyLayer> mobileNetOn(const Machine &machine) {
  std::vector<ResidencyLayer> network;
  for (const LayerProblem &layer : mobileNet())
    network.push_back(residencyOf(machine, layer));
  return network;
}

/// In the plan for `bytes`, no streamed weights would both fit beside the rest and save cycles.
void expectNothingStreamsInVain(const ResidencyFront &front, const ResidencyPlan &plan, int64_t bytes) {
  std::vector<std::optional<size_t>> options;
  for (const ResidencyChoice &choice : plan.layers)
    options.push_back(choice.option);
  for (size_t i = 0; i < options.size(); ++i) {
    if (!options[i])
      continue;
    auto stays = options;
    stays[i].reset();
    const ResidencyPlan other = front.evaluate(stays);
    EXPECT_TRUE(other.peakBytes > bytes || other.cycles >= plan.cycles) << i << " at " << bytes;
  }
}

TEST(Residency, MobileNetFallsWithMemoryAndCores) {
  std::vector<ResidencyFront> fronts;
  for (int64_t cores : {2, 4, 8})
    fronts.emplace_back(mobileNetOn(gap8(cores)));
  std::vector<double> before(fronts.size(), INFINITY);
  for (int64_t bytes = 64000; bytes <= 900000; bytes += 4096) {
    double slower = INFINITY;
    for (size_t i = 0; i < fronts.size(); ++i) {
      const std::optional<ResidencyPlan> plan = fronts[i].best(bytes);
      ASSERT_TRUE(plan) << bytes;
      EXPECT_LE(plan->peakBytes, bytes);
      EXPECT_LE(plan->cycles, before[i]) << bytes;
      EXPECT_LT(plan->cycles, slower) << bytes;
      expectNothingStreamsInVain(fronts[i], *plan, bytes);
      before[i] = slower = plan->cycles;
    }
  }
  EXPECT_EQ(fronts[0].best(900000)->streamedBytes, 0);
}

} // namespace
