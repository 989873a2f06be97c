// The memory planner against an exact oracle and on shapes of networks; its judge against planted faults.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/PlanJudge.h"
#include "test/unit/ModelTestSupport.h"
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iostream>

using namespace dyadic::model;
using dyadic::model::test::Random;

namespace {
PlanBuffer buffer(std::string name, int64_t size, int64_t first, int64_t last, int64_t align = 4) {
  return {std::move(name), size, align, first, last, {}, {}};
}

/// Some order of lowest fits is optimal: try them all, cutting those that are already too high.
struct Oracle {
  const PlanProblem &problem;
  int64_t best = std::numeric_limits<int64_t>::max(), bound;
  std::vector<int64_t> offset;
  std::vector<char> used;

  explicit Oracle(const PlanProblem &p, int64_t bound) : problem(p), bound(bound) {
    offset.assign(p.buffers.size(), 0);
    used.assign(p.buffers.size(), false);
    go(0, 0);
  }
  void go(size_t depth, int64_t top) {
    if (top >= best || best == bound)
      return;
    if (depth == problem.buffers.size()) {
      best = top;
      return;
    }
    for (size_t i = 0; i < problem.buffers.size(); ++i) {
      if (used[i])
        continue;
      const PlanBuffer &b = problem.buffers[i];
      int64_t at = 0;
      for (bool moved = true; moved;) {
        moved = false;
        for (size_t j = 0; j < problem.buffers.size(); ++j) {
          const PlanBuffer &o = problem.buffers[j];
          if (used[j] && o.first <= b.last && b.first <= o.last && at < offset[j] + o.sizeBytes &&
              offset[j] < at + b.sizeBytes) {
            at = (offset[j] + o.sizeBytes + b.alignBytes - 1) / b.alignBytes * b.alignBytes;
            moved = true;
          }
        }
      }
      offset[i] = at;
      used[i] = true;
      go(depth + 1, std::max(top, at + b.sizeBytes));
      used[i] = false;
    }
  }
};
} // namespace

TEST(MemoryPlanner, OptimalOnThousandRandomSets) {
  Random random(71);
  int aboveBound = 0;
  for (int round = 0; round < 1000; ++round) {
    PlanProblem problem;
    int64_t count = random.pick(2, 8), steps = random.pick(2, 8);
    for (int64_t i = 0; i < count; ++i) {
      int64_t first = random.pick(0, steps), align = int64_t{1} << random.pick(0, 3);
      problem.buffers.push_back(buffer("b" + std::to_string(i), random.pick(1, 40), first,
                                       std::min(steps, first + random.pick(0, 4)), align));
    }
    auto plan = planMemory(problem);
    ASSERT_TRUE(plan) << plan.error;
    ASSERT_THAT(judgePlan(problem, *plan), testing::IsEmpty()) << round;
    Oracle oracle(problem, plan->boundBytes);
    ASSERT_GE(oracle.best, plan->boundBytes) << "the bound is none";
    ASSERT_EQ(plan->arenaBytes, oracle.best) << round;
    ASSERT_TRUE(plan->optimal);
    aboveBound += oracle.best > plan->boundBytes;
  }
  std::cout << aboveBound << " of 1000 optima lie above the bound\n";
}

TEST(MemoryPlanner, NetworksReachTheBound) {
  Random random(72);
  auto start = std::chrono::steady_clock::now();
  double worst = 1;
  for (int shape = 0; shape < 4; ++shape)
    for (int round = 0; round < 15; ++round) {
      // 0: chain with scratch; 1: residual blocks; 2: dense blocks; 3: encoder and decoder with long skips.
      PlanProblem problem;
      int64_t layers = round == 14 ? 300 : random.pick(5, 60);
      for (int64_t i = 0; i < layers; ++i) {
        int64_t size = random.pick(1, 64) * (int64_t{1} << random.pick(2, 9)), last = i + 1;
        if (shape == 1 && i % 3 == 0)
          last = i + 3;
        if (shape == 2)
          last = i + random.pick(1, 4);
        if (shape == 3)
          last = i < layers / 2 && i % 4 == 0 ? layers - i : i + 1;
        problem.buffers.push_back(buffer("layer" + std::to_string(i), size, i, last, 4));
        if (random.oneIn(2))
          problem.buffers.push_back(buffer("scratch" + std::to_string(i), random.pick(16, 2000), i, i, 4));
        if (shape < 2 && i > 0 && random.oneIn(6) && problem.buffers.size() > 1) {
          PlanBuffer &b = problem.buffers.back();
          for (size_t j = 0; j + 1 < problem.buffers.size(); ++j)
            if (problem.buffers[j].last == b.first && problem.buffers[j].sizeBytes >= b.sizeBytes &&
                std::none_of(problem.buffers.begin(), problem.buffers.end(),
                             [&](auto &o) { return o.inPlaceOf == j; })) {
              b.inPlaceOf = j;
              break;
            }
        }
      }
      auto plan = planMemory(problem);
      ASSERT_TRUE(plan) << plan.error;
      ASSERT_THAT(judgePlan(problem, *plan), testing::IsEmpty());
      double ratio = static_cast<double>(plan->arenaBytes) / static_cast<double>(plan->boundBytes);
      worst = std::max(worst, ratio);
      EXPECT_TRUE(ratio <= 1.02 || plan->optimal)
          << "shape " << shape << " layers " << layers << " ratio " << ratio;
    }
  double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  std::cout << "worst ratio to the bound " << worst << ", 60 networks in " << ms << " ms\n";
}

TEST(MemoryPlanner, WhatStaysIsNotPutInEveryOrder) {
  Random random(9);
  for (int round = 0; round < 20; ++round) {
    PlanProblem few, many; // the same but for what is alive all the time, in one piece or in fifty
    for (int64_t i = 0; i < 12; ++i)
      few.buffers.push_back(
          buffer("layer" + std::to_string(i), 8 * random.pick(1, 40), i, i + random.pick(1, 5), 8));
    many = few;
    few.buffers.push_back(buffer("stays", 50 * 80, 0, 20, 8));
    for (int64_t i = 0; i < 50; ++i)
      many.buffers.push_back(buffer("stays" + std::to_string(i), 80, 0, 20, 8));
    auto one = planMemory(few), other = planMemory(many);
    ASSERT_TRUE(one && other);
    ASSERT_THAT(judgePlan(many, *other), testing::IsEmpty());
    EXPECT_TRUE(other->optimal) << round;
    EXPECT_EQ(one->arenaBytes, other->arenaBytes);
    // Whether a size will do is answered the same.
    PlanOptions enough;
    for (int64_t bytes : {one->arenaBytes - 1, one->arenaBytes}) {
      enough.enoughBytes = bytes;
      auto asked = planMemory(many, enough);
      ASSERT_TRUE(asked);
      ASSERT_THAT(judgePlan(many, *asked), testing::IsEmpty());
      EXPECT_EQ(asked->arenaBytes <= bytes, bytes == one->arenaBytes);
    }
  }
}

TEST(MemoryPlanner, FixedAndInPlace) {
  PlanProblem problem{{buffer("input", 100, 0, 1), buffer("hidden", 100, 1, 2), buffer("output", 10, 2, 9)}};
  problem.buffers[1].inPlaceOf = 0;
  problem.buffers[2].fixedOffsetBytes = 64;
  auto plan = planMemory(problem);
  ASSERT_TRUE(plan) << plan.error;
  EXPECT_THAT(judgePlan(problem, *plan), testing::IsEmpty());
  EXPECT_EQ(plan->offsetBytes[0], plan->offsetBytes[1]);
  EXPECT_EQ(plan->offsetBytes[2], 64);
  EXPECT_EQ(plan->arenaBytes, 176); // the pair lies above the fixed one: 76 aligned to 4

  problem.buffers[1].first = 2;
  EXPECT_FALSE(planMemory(problem));
  problem = {{buffer("a", 8, 0, 1, 3)}};
  EXPECT_FALSE(planMemory(problem));
  problem = {{buffer("a", -8, 0, 1)}};
  EXPECT_FALSE(planMemory(problem));
  problem = {{buffer("a", 8, 2, 1)}};
  EXPECT_FALSE(planMemory(problem));
  problem = {{buffer("a", 8, 0, 1), buffer("b", 8, 1, 1)}};
  problem.buffers[0].fixedOffsetBytes = problem.buffers[1].fixedOffsetBytes = 4;
  EXPECT_THAT(planMemory(problem).error, testing::HasSubstr("fixed on common bytes"));
  EXPECT_EQ(planMemory({})->arenaBytes, 0);
}

TEST(PlanJudge, NamesFaults) {
  PlanProblem problem{{buffer("conv1", 64, 0, 2), buffer("conv2", 32, 2, 4), buffer("skip", 16, 0, 4)}};
  PlanSolution good = *planMemory(problem);
  ASSERT_THAT(judgePlan(problem, good), testing::IsEmpty());
  auto faults = [&](auto change) {
    PlanSolution plan = good;
    change(plan);
    auto list = judgePlan(problem, plan);
    return list.empty() ? std::string() : list.front();
  };
  EXPECT_EQ(faults([](auto &p) { p.offsetBytes = {0, 32, 96}; }),
            "conv1 at bytes 0..63 and conv2 at bytes 32..63 share bytes 32..63 in steps 2..2");
  EXPECT_EQ(faults([](auto &p) { p.offsetBytes[2] += 2; }),
            "skip at offset " + std::to_string(good.offsetBytes[2] + 2) + " is not aligned to 4 bytes");
  EXPECT_THAT(faults([](auto &p) { p.arenaBytes -= 1; }),
              testing::HasSubstr("leaves the arena of 111 bytes"));
  EXPECT_THAT(faults([](auto &p) { p.arenaBytes += 1; }), testing::HasSubstr("only 112 are used"));
  EXPECT_THAT(faults([](auto &p) { p.offsetBytes.pop_back(); }),
              testing::HasSubstr("2 offsets for 3 buffers"));
  EXPECT_THAT(faults([](auto &p) { p.boundBytes = 200; }), testing::HasSubstr("exceeds the arena"));
}
