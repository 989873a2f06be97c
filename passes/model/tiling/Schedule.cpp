// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The odometer over tiles and the versions of operands.
#include "passes/model/tiling/Schedule.h"

namespace dyadic::model {
namespace {

using Indices = std::array<int64_t, axisCount>;

class Walk {
public:
  Walk(const LayerProblem &layer, const Tiling &tiling, ScheduleVisitor &visitor)
      : layer(layer), tiling(tiling), visitor(visitor), version(layer.operands.size(), -1) {
    for (const Operand &operand : layer.operands) {
      std::array<bool, axisCount> used{};
      for (Axis axis : allAxes)
        used[at(axis)] = operand.uses(axis);
      uses.push_back(used);
    }
  }

  void run() {
    const int64_t tiles = tiling.tiles();
    Indices now{}, next{}, before{};
    for (int64_t t = 0; t < tiles; ++t, before = now, now = next) {
      next = now;
      if (t + 1 < tiles)
        advance(next);
      const Tile tile = tiling.tile(now);
      if (t == 0)
        prologue(tile);
      enter(t == 0, before, now, tile);
      if (t + 1 < tiles)
        prefetch(now, next);
      awaitAll(t == 0, before, now);
      visitor.work(t, tile);
      for (size_t i = 0; i < version.size(); ++i)
        if (isOut(i) && (t + 1 == tiles || changes(i, now, next)))
          visitor.store(i, version[i], tile);
    }
    for (size_t i = 0; i < version.size(); ++i)
      if (isOut(i))
        for (int64_t v = std::max<int64_t>(0, version[i] - tiling.slots[i] + 1); v <= version[i]; ++v)
          visitor.awaitStore(i, v);
  }

private:
  bool isIn(size_t i) const { return !layer.operands[i].isOutput() && tiling.slots[i] > 0; }
  bool isOut(size_t i) const { return layer.operands[i].isOutput() && tiling.slots[i] > 0; }
  bool changes(size_t i, const Indices &a, const Indices &b) const {
    for (size_t axis = 0; axis < axisCount; ++axis)
      if (uses[i][axis] && a[axis] != b[axis])
        return true;
    return false;
  }
  void advance(Indices &indices) const {
    if (++indices[at(Axis::Inputs)] < tiling.count(Axis::Inputs))
      return;
    indices[at(Axis::Inputs)] = 0;
    for (size_t i = outputAxisCount; i-- > 0;) {
      const Axis axis = tiling.order[i];
      if (++indices[at(axis)] < tiling.count(axis))
        return;
      indices[at(axis)] = 0;
    }
  }

  void prologue(const Tile &tile) {
    for (size_t i = 0; i < version.size(); ++i)
      if (isIn(i) && tiling.slots[i] > 1)
        visitor.load(i, 0, tile);
  }
  void enter(bool first, const Indices &before, const Indices &now, const Tile &tile) {
    for (size_t i = 0; i < version.size(); ++i) {
      if (!first && !changes(i, before, now))
        continue;
      ++version[i];
      if (isIn(i) && tiling.slots[i] == 1)
        visitor.load(i, version[i], tile);
    }
  }
  void prefetch(const Indices &now, const Indices &next) {
    for (size_t i = 0; i < version.size(); ++i)
      if (isIn(i) && tiling.slots[i] > 1 && changes(i, now, next))
        visitor.load(i, version[i] + 1, tiling.tile(next));
  }
  void awaitAll(bool first, const Indices &before, const Indices &now) {
    for (size_t i = 0; i < version.size(); ++i)
      if (isIn(i) && (first || changes(i, before, now)))
        visitor.awaitLoad(i, version[i]);
    for (size_t i = 0; i < version.size(); ++i)
      if (isOut(i) && version[i] >= tiling.slots[i] && changes(i, before, now))
        visitor.awaitFree(i, version[i]);
  }

  const LayerProblem &layer;
  const Tiling &tiling;
  ScheduleVisitor &visitor;
  std::vector<int64_t> version;
  std::vector<std::array<bool, axisCount>> uses;
};

} // namespace

void walkSchedule(const LayerProblem &layer, const Tiling &tiling, ScheduleVisitor &visitor) {
  Walk(layer, tiling, visitor).run();
}

} // namespace dyadic::model
