// The tile search against brute force, on random layers and on MobileNetV1.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/tiling/Candidates.h"
#include "passes/model/tiling/TilingJudge.h"
#include "test/unit/ModelTestSupport.h"
#include "test/unit/TilingTestSupport.h"
#include <cmath>
#include <gtest/gtest.h>
#include <tuple>

using namespace dyadic::model;
using dyadic::model::test::Random;

namespace {

std::string faultsOf(const LayerProblem &layer, const LayerPlan &plan, const Machine &machine) {
  std::string text;
  for (const TilingFault &fault :
       judgeTiling(layer, plan.tiling, plan.footprint, *machine.room(1), machine.cores()))
    text += fault.text() + "\n";
  return text;
}

using Key = std::tuple<int64_t, int64_t, int64_t>; // cycles, bytes, tiles

/// Every size, order, spread, team, block and number of buffers; there is one image. Of segments of input
/// channels those that the search may take.
std::optional<Key> bruteForce(const Machine &m, const LayerProblem &layer) {
  std::optional<Key> best;
  Tiling t;
  auto play = [&] {
    const Footprint bytes = footprint(layer, t, m.l1->alignBytes);
    if (bytes.totalBytes > *m.room(1) || !judgeTiling(layer, t, bytes, *m.room(1), m.cores()).empty())
      return;
    const Key key{std::llround(timeLayer(m, layer, t).cycles * 1000), bytes.totalBytes, t.tiles()};
    if (!best || key < *best)
      best = key;
  };
  t.segments[0] = layer.cutAxis(Axis::Images, 1);
  std::vector<int64_t> inputs = {layer.inputs};
  if (layer.mayCut[at(Axis::Inputs)])
    for (int64_t size : segmentSizes(layer.inputs))
      inputs.push_back(size);
  for (int64_t segment : inputs) {
    t.segments[4] = layer.cutAxis(Axis::Inputs, segment);
    for (int64_t rows = 1; rows <= layer.extents[1]; ++rows)
      for (int64_t columns = 1; columns <= layer.extents[2]; ++columns)
        for (int64_t channels = 1; channels <= layer.extents[3]; ++channels) {
          t.segments[1] = layer.cutAxis(Axis::Rows, rows);
          t.segments[2] = layer.cutAxis(Axis::Columns, columns);
          t.segments[3] = layer.cutAxis(Axis::Channels, channels);
          t.order = outputAxes;
          do
            for (Spread spread : {Spread::Pixels, Spread::Channels})
              for (int64_t cores = m.cores(); cores >= 1; --cores)
                for (int64_t block : layer.blocks)
                  for (int buffers = 0; buffers < 8; ++buffers) {
                    t.spread = spread;
                    t.cores = cores;
                    t.block = block;
                    t.slots = {1 + (buffers & 1), 1 + (buffers >> 1 & 1), 1 + (buffers >> 2)};
                    play();
                  }
          while (std::next_permutation(t.order.begin() + 1, t.order.end()));
        }
  }
  return best;
}

TEST(TilingSearch, EqualsBruteForce) {
  Machine one = smallMachine(160), two = smallMachine(220);
  one.l2ToL1->line = real(0.5);
  two.cluster.emplace();
  two.cluster->cores = whole(2);
  two.cluster->stackBytes = two.cluster->stackBytesFirst = whole(20);
  two.cluster->forkCycles = real(4);
  two.cluster->barrierCycles = real(2);
  two.l2ToL1->duplex = false;
  Machine copies = smallMachine(100);
  copies.l2ToL1->blocking = true;
  const Window w3 = windowOf(4, 3, 1, 1), w1 = windowOf(3, 1, 1, 0);
  size_t cutInputs = 0;
  std::vector<LayerProblem> layers = {matmul(5, 6, 4),
                                      matmul(4, 4, 5, 4),
                                      depthwise(4, w3, w1),
                                      conv(2, 3, w3, w1),
                                      conv(3, 4, windowOf(4, 2, 2, 0), w1, 4),
                                      summed(matmul(4, 12, 3)),
                                      summed(matmul(3, 40, 3)),
                                      summed(conv(6, 2, w3, w1, 4))};
  for (LayerProblem &layer : layers) {
    layer.blocks = {2, 1};
    for (const Machine &m : {one, two, copies}) {
      const std::optional<Key> expected = bruteForce(m, layer);
      const SearchResult found = searchTiling(m, layer);
      ASSERT_EQ(expected.has_value(), found.plan.has_value()) << layer.kernel << found.why.message;
      if (!expected)
        continue;
      const LayerPlan &plan = *found.plan;
      cutInputs += plan.tiling.sumsUp();
      EXPECT_EQ(*expected,
                Key(std::llround(plan.time.cycles * 1000), plan.footprint.totalBytes, plan.tiling.tiles()))
          << layer.kernel << " " << plan.tiling.shape();
    }
  }
  EXPECT_GT(cutInputs, 0u);
}

LayerProblem randomLayer(Random &random) {
  auto pick = [&](int64_t from, int64_t to) { return random.pick(from, to); };
  const std::array<unsigned, 4> widths = {1, 2, 4, 8};
  const unsigned bits = widths[static_cast<size_t>(pick(0, 3))];
  auto window = [&] {
    Window w = windowOf(pick(3, 20), pick(1, 3), pick(1, 2), pick(0, 1));
    w.dilation = w.kernel == 2 ? pick(1, 2) : 1;
    return w;
  };
  const int64_t kind = pick(0, 2);
  LayerProblem layer = kind == 0   ? conv(pick(1, 16), pick(1, 40), window(), window(), bits)
                       : kind == 1 ? depthwise(pick(1, 40), window(), window(), bits)
                                   : matmul(pick(1, 60), pick(1, 60), pick(1, 60), bits);
  if (kind != 1 && random.oneIn(2))
    layer = summed(std::move(layer));
  layer.operands.back().bits = widths[static_cast<size_t>(pick(0, 3))];
  if (pick(0, 3) == 0)
    addParameters(layer);
  return layer;
}

TEST(TilingSearch, RandomLayersPassTheJudge) {
  Random random(7);
  int planned = 0, cutInputs = 0;
  for (int i = 0; i < 300; ++i) {
    const LayerProblem layer = randomLayer(random);
    Machine m = gap8(int64_t{1} << random.pick(0, 3));
    m.l1->bufferBytes = whole(random.pick(1000, 13000));
    SearchOptions options;
    options.maxSlots = random.pick(1, 2);
    if (random.oneIn(3))
      options.fixed.size[1] = random.pick(1, 8);
    if (random.oneIn(2))
      options.fixed.size[at(Axis::Inputs)] = random.pick(1, 6) * 4;
    const SearchResult found = searchTiling(m, layer, options);
    if (!found.plan) {
      EXPECT_FALSE(found.why.message.empty());
      continue;
    }
    ++planned;
    cutInputs += found.plan->tiling.sumsUp();
    EXPECT_EQ(faultsOf(layer, *found.plan, m), "") << layer.kernel << " " << i;
    EXPECT_NEAR(found.plan->time.cycles, found.plan->time.totals.cycles(), 1e-3);
    for (const StreamOption &option : streamOptions(m, layer, *found.plan, options)) {
      EXPECT_EQ(faultsOf(layer, option.plan, m), "");
      EXPECT_TRUE(judgeStream(layer, option).empty()) << judgeStream(layer, option)[0].text();
    }
  }
  EXPECT_GT(planned, 160);
  EXPECT_GT(cutInputs, 5);
}

// 4,096 rows of weights of one channel take more than there is room for; segments of them do not.
TEST(TilingSearch, SumsUpWhereNothingElseFits) {
  Machine m = gap8(2);
  m.l1->bufferBytes = whole(4000);
  LayerProblem layer = matmul(1, 4096, 16);
  EXPECT_FALSE(searchTiling(m, layer).plan);
  const SearchResult found = searchTiling(m, summed(layer));
  ASSERT_TRUE(found.plan) << found.why.message;
  EXPECT_TRUE(found.plan->tiling.sumsUp());
  EXPECT_EQ(faultsOf(summed(layer), *found.plan, m), "");
}

// A stage in L2 holds runs of bytes; "kh kw C" has none for a few channels.
TEST(TilingSearch, WeightsWhoseChannelsLieApartPassAsAWhole) {
  Machine m = gap8(4, 320000);
  m.l1->bufferBytes = whole(16000);
  size_t wholes = 0, parts = 0;
  for (LayerProblem &layer : mobileNet()) {
    SearchResult found = searchTiling(m, layer);
    ASSERT_TRUE(found.plan) << layer.name;
    for (const StreamOption &option : streamOptions(m, layer, *found.plan))
      if (layer.kind == KernelClass::Depthwise) {
        EXPECT_EQ(option.chunks.size(), 1u) << layer.name;
        ++wholes;
      } else {
        parts += option.chunks.size() > 1;
      }
  }
  EXPECT_GT(wholes, 5u);
  EXPECT_GT(parts, 5u);
}

TEST(TilingSearch, SmallOutputsUseAllCores) {
  for (unsigned bits : {8u, 4u})
    for (int64_t bytes : {36700, 32000, 16000})
      for (bool twice : {true, false})
        for (LayerProblem &layer : mobileNet(bits)) {
          if (layer.extents[1] * layer.extents[2] != 4)
            continue;
          Machine m = gap8(8);
          m.l1->bufferBytes = whole(bytes);
          m.l1->doubleBuffering = twice;
          SearchResult found = searchTiling(m, layer);
          ASSERT_TRUE(found.plan) << layer.name;
          const std::vector<int64_t> &macs = found.plan->time.macsPerCore;
          ASSERT_EQ(macs.size(), 8u) << layer.name << " in " << bytes;
          const auto [least, most] = std::minmax_element(macs.begin(), macs.end());
          EXPECT_LE(static_cast<double>(*most), 1.34 * static_cast<double>(*least)) << layer.name;
        }
}

TEST(TilingSearch, MobileNetInAllBudgets) {
  for (unsigned bits : {8u, 4u})
    for (int64_t bytes : {0, 32000, 16000})
      for (int64_t slots : {1, 2}) {
        double slower = INFINITY;
        for (int64_t cores : {2, 4, 8}) {
          Machine m = gap8(cores);
          if (bytes > 0)
            m.l1->bufferBytes = whole(bytes);
          SearchOptions options;
          options.maxSlots = slots;
          double cycles = 0;
          for (LayerProblem &layer : mobileNet(bits)) {
            SearchResult found = searchTiling(m, layer, options);
            ASSERT_TRUE(found.plan) << layer.name << " " << found.why.message;
            EXPECT_EQ(faultsOf(layer, *found.plan, m), "") << layer.name;
            cycles += found.plan->time.cycles;
          }
          EXPECT_LT(cycles, slower) << cores << " cores, " << bytes << " bytes";
          slower = cycles;
        }
      }
}

TEST(TilingSearch, TellsWhatIsMissing) {
  Machine m = gap8(8);
  m.l1->bufferBytes = whole(1500);
  LayerProblem layer = matmul(4, 384, 384);
  SearchOptions options;
  options.fixed.size[at(Axis::Channels)] = 8;
  SearchResult found = searchTiling(m, layer, options);
  ASSERT_FALSE(found.plan);
  // One row, eight channels: 384 + 3072 + 8 bytes and 768 bytes of scratch for the one core that needs least.
  EXPECT_EQ(found.why.message,
            "does not fit into L1: its smallest tile (1 rows x 8 channels) needs input 384 + "
            "weights 3,072 + output 8 + scratch of 1 core 768 = 4,232 bytes, and there are "
            "1,500 (l1.buffer_bytes); 2,732 bytes short");
  EXPECT_EQ(found.why.shortBytes, 2732);
  EXPECT_TRUE(found.why.fixes.empty());
  m.l1->bufferBytes = whole(4232);
  EXPECT_TRUE(searchTiling(m, layer, options).plan);
  // One channel at a time would fit into 2,000 bytes.
  m.l1->bufferBytes = whole(2000);
  found = searchTiling(m, layer, options);
  ASSERT_EQ(found.why.fixes.size(), 1u);
  EXPECT_EQ(found.why.fixes[0].rfind("another tile size in channels (", 0), 0u) << found.why.fixes[0];
}

TEST(TilingSearch, StacksOfFewerCoresMakeRoom) {
  Machine m = gap8(8);
  m.l1->bytes = whole(28000); // 27,300 of them are stacks
  SearchResult found = searchTiling(m, matmul(4, 384, 384));
  ASSERT_FALSE(found.plan);
  EXPECT_NE(found.why.message.find("700 of 28,000 less 27,300 of stacks of 8 cores"), std::string::npos)
      << found.why.message;
  EXPECT_TRUE(searchTiling(gap8(4), matmul(4, 384, 384)).plan);
}

TEST(TilingSearch, NamesTheEngineThatIsNotThere) {
  Machine m = gap8(8);
  LayerProblem layer = matmul(4, 8, 8);
  layer.operands[1].level = 3;
  EXPECT_EQ(searchTiling(m, layer).why.message,
            "cannot be tiled: gap8 has no transfer engine to L1 from L3, where "
            "its weights lies");
}

TEST(TilingSearch, ReadsWhereItLiesWhenThatIsCheaper) {
  // One row: each weight is read once, so loading it into L1 first saves nothing where L2 is as near.
  Machine m = smallMachine(4000);
  LayerProblem layer = matmul(1, 64, 64);
  layer.operands[1].mayLieOut = true;
  m.l1->access = real(1);
  m.l2.access = real(1);
  EXPECT_EQ(searchTiling(m, layer).plan->tiling.slots[1], 0);
  m.l2.access = real(9);
  EXPECT_GT(searchTiling(m, layer).plan->tiling.slots[1], 0);
  // Nobody measured it: only when nothing else fits.
  m.l2.access.reset();
  EXPECT_GT(searchTiling(m, layer).plan->tiling.slots[1], 0);
  m.l1->bytes = whole(300);
  layer.mayCut[at(Axis::Channels)] = false;
  const SearchResult last = searchTiling(m, layer);
  ASSERT_TRUE(last.plan) << last.why.message;
  EXPECT_EQ(last.plan->tiling.slots[1], 0);
}

} // namespace
