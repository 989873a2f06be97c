// Layers on tensors in L3: what their bands hold, and what more of L2 is worth.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/model/tiling/Bands.h"
#include "test/unit/TilingTestSupport.h"
#include <gtest/gtest.h>

using namespace dyadic::model;

namespace {

std::vector<BandOption> optionsOf(const Machine &machine, const LayerProblem &layer,
                                  const std::vector<size_t> &far) {
  SearchResult whole = searchTiling(machine, layer);
  EXPECT_TRUE(whole.plan) << layer.name;
  BandPlans kept;
  return bandOptions(machine, layer, far, *whole.plan, {}, kept);
}

/// Every tile's part of the operand lies in the band that its segment belongs to.
void expectHeld(const LayerProblem &layer, const BandOption &option, const OperandBands &bands) {
  const Operand &operand = layer.operands[bands.operand];
  const Tiling &tiling = option.plan.tiling;
  for (int64_t t = 0; t < tiling.tiles(); ++t) {
    const int64_t segment = tiling.indices(t)[at(option.axis)];
    const auto band = static_cast<size_t>(std::upper_bound(option.ends.begin(), option.ends.end(), segment) -
                                          option.ends.begin());
    const std::optional<Box> box = operand.box(tiling.tile(t));
    ASSERT_TRUE(box);
    const int64_t last = box->firstByte + (box->planes - 1) * box->planeStride +
                         (box->lines - 1) * box->lineStride + box->bytes;
    EXPECT_LE(bands.bytes[band].first, box->firstByte) << operand.name << " of tile " << t;
    EXPECT_GE(bands.bytes[band].second, last) << operand.name << " of tile " << t;
  }
}

void expectRight(const LayerProblem &layer, const std::vector<BandOption> &options) {
  ASSERT_FALSE(options.empty()) << layer.name;
  for (size_t i = 0; i < options.size(); ++i) {
    const BandOption &option = options[i];
    EXPECT_EQ(option.ends.back(), option.plan.tiling.count(option.axis));
    if (i > 0) {
      EXPECT_GT(option.bytes, options[i - 1].bytes);
      EXPECT_LT(option.cycles, options[i - 1].cycles);
    }
    int64_t bytes = 0;
    for (const OperandBands &bands : option.operands) {
      ASSERT_EQ(bands.bytes.size(), option.ends.size());
      bytes += bands.slots * bands.slotBytes;
      int64_t next = 0;
      for (auto [begin, end] : bands.bytes) {
        EXPECT_LE(end - begin, bands.slotBytes);
        EXPECT_EQ(begin % 4, 0); // where the engine may begin
        if (layer.operands[bands.operand].isOutput()) {
          EXPECT_EQ(begin, std::exchange(next, end));
        }
      }
      if (layer.operands[bands.operand].isOutput()) {
        EXPECT_EQ(next, layer.operands[bands.operand].bytes());
      }
      expectHeld(layer, option, bands);
    }
    EXPECT_EQ(option.bytes, bytes);
  }
}

TEST(Bands, HoldWhatTheirTilesTake) {
  for (const int64_t stride : {1, 2}) {
    const Window w = windowOf(48, 3, stride, 1);
    for (const LayerProblem &layer :
         {depthwise(16, w, w), depthwise(32, w, w, 4), conv(8, 16, w, w), matmul(2304, 16, 32)})
      for (const std::vector<size_t> &far : {std::vector<size_t>{0}, {2}, {0, 2}})
        expectRight(layer, optionsOf(gap8(), layer, far));
  }
}

TEST(Bands, AreOfImagesWhereThereAreSeveral) {
  const Window w = windowOf(16, 3, 1, 1);
  LayerProblem layer = depthwise(16, w, w);
  layer.extents[at(Axis::Images)] = 4;
  for (size_t i : {0, 2})
    layer.operands[i].dims[0].extent = 4;
  const std::vector<BandOption> options = optionsOf(gap8(), layer, {0, 2});
  expectRight(layer, options);
  EXPECT_EQ(options.front().axis, Axis::Images);
  EXPECT_EQ(options.front().ends.size(), 4U);
}

TEST(Bands, NeedAnEngineThatGoesTheirWay) {
  const Window w = windowOf(48, 3, 1, 1);
  const LayerProblem layer = depthwise(16, w, w);
  Machine machine = gap8();
  machine.l3ToL2->bytesPerCycleOut.reset();
  EXPECT_FALSE(optionsOf(machine, layer, {0}).empty());
  EXPECT_TRUE(optionsOf(machine, layer, {2}).empty());
}

TEST(Bands, WaitForEachOtherWithoutDoubleBuffering) {
  const Window w = windowOf(48, 3, 1, 1);
  const LayerProblem layer = depthwise(16, w, w);
  Machine machine = gap8();
  const double twice = optionsOf(machine, layer, {0, 2}).back().cycles;
  machine.l2.doubleBuffering = false;
  const std::vector<BandOption> once = optionsOf(machine, layer, {0, 2});
  EXPECT_GT(once.back().cycles, twice);
  for (const BandOption &option : once)
    for (const OperandBands &bands : option.operands)
      EXPECT_EQ(bands.slots, 1);
}

TEST(Bands, EndOnWholeBytesOrAreNone) {
  // Rows of three codes of four bits, an odd number of them.
  LayerProblem layer = matmul(7, 16, 3);
  layer.operands[2].bits = 4;
  const std::vector<BandOption> options = optionsOf(gap8(), layer, {2});
  for (const BandOption &option : options)
    EXPECT_EQ(option.ends.size(), 1U);
}

} // namespace
