// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The geometry of tiles, from the segments alone.
#include "compiler/judge/Tiles.h"
#include <algorithm>

namespace dyadic::judge {
namespace {

constexpr int64_t bytesOfRun = 64; // what one run of a part counts as: it takes memory

/// The input positions of a window, one output position after the other.
void checkWindow(const Tiled &layer, size_t axis, Memory &memory) {
  const Window &w = *layer.window[axis];
  for (const Segment &s : layer.grid[axis]) {
    int64_t low = -1, high = -1, before = 0;
    for (int64_t o = s.outFirst; o < s.outFirst + s.outCount; ++o)
      for (int64_t k = 0; k < w.kernel; ++k) {
        int64_t at = o * w.stride + k * w.dilation - w.pad;
        if (at < 0 && o == s.outFirst && k == 0)
          before = std::min(-at, (s.outCount - 1) * w.stride + (w.kernel - 1) * w.dilation + 1);
        if (at < 0 || at >= w.in)
          continue;
        low = low < 0 ? at : std::min(low, at);
        high = std::max(high, at);
      }
    bool covered =
        low < 0 || (s.inFirst <= low && s.inFirst + s.inCount > high && s.inFirst + s.inCount <= w.in);
    bool aligned = low < 0 || s.outFirst * w.stride - w.pad + s.pad == s.inFirst;
    if (!covered || !aligned || (low >= 0 && s.pad < before))
      memory.fail("wrong window", std::string("has ") + axisNames[axis] + " " + std::to_string(s.outFirst) +
                                      " + " + std::to_string(s.outCount) + ", which read " +
                                      std::to_string(low) + " to " + std::to_string(high) + ", from " +
                                      std::to_string(s.inFirst) + " + " + std::to_string(s.inCount) +
                                      " pad " + std::to_string(s.pad));
  }
}

/// Each output is summed up over every input channel once: segments without gaps, which input and weights
/// follow to the end, and room for the sums of a tile.
void checkSums(const Plan &plan, const Tiled &layer, Memory &memory) {
  int64_t next = 0, room = 4;
  for (const Segment &s : layer.grid[4]) {
    if (s.inFirst != next || s.inCount < 1 || s.outFirst != s.inFirst || s.outCount != s.inCount)
      memory.fail(s.inFirst > next ? "uncovered input" : "wrong window",
                  "sums up input channels " + std::to_string(s.inFirst) + " + " + std::to_string(s.inCount) +
                      " where " + std::to_string(next) + " is next");
    next = s.inFirst + s.inCount;
  }
  for (int64_t i : layer.streams) {
    const Stream &s = plan.streams[i];
    bool follows = false;
    for (const Dim &dim : s.box)
      if (dim.use != Dim::Whole && dim.axis == Axis::Inputs) {
        follows = true;
        if (dim.extent != next)
          memory.fail("uncovered input", "sums up " + std::to_string(next) + " of " +
                                             std::to_string(dim.extent) + " input channels of '" + s.name +
                                             "'");
      }
    if (follows != (s.name == "input" || s.name == "weights"))
      memory.fail("wrong window", "sums up segments of input channels, which '" + s.name + "' " +
                                      (follows ? "follows" : "does not follow"));
  }
  for (size_t axis = 0; axis < 4; ++axis) {
    int64_t longest = 0;
    for (const Segment &s : layer.grid[axis])
      longest = std::max(longest, s.outCount);
    room = std::min(room * longest, int64_t(1) << 40);
  }
  if (layer.sums < 0 || plan.buffers[layer.sums].bytes < room)
    memory.fail("does not fit", "needs " + std::to_string(room) + " bytes for the sums of a tile");
}

} // namespace

int64_t Tiled::tiles() const {
  int64_t n = 1;
  for (const auto &segments : grid)
    n *= static_cast<int64_t>(segments.size());
  return n;
}

std::array<int64_t, 5> Tiled::tile(int64_t t) const {
  std::array<int64_t, 5> at{};
  at[4] = t % sumsUp();
  t /= sumsUp();
  for (size_t i = 4; i-- > 0;) {
    auto axis = static_cast<size_t>(order[i]);
    auto count = static_cast<int64_t>(grid[axis].size());
    at[axis] = t % count;
    t /= count;
  }
  return at;
}

Runs partOf(const Stream &stream, const Tiled &layer, int64_t tile, Memory &memory) {
  auto at = layer.tile(tile);
  std::vector<int64_t> first, count;
  for (const Dim &dim : stream.box) {
    const Segment &s = layer.grid[static_cast<size_t>(dim.axis)][at[static_cast<size_t>(dim.axis)]];
    first.push_back(dim.use == Dim::Whole ? 0 : dim.use == Dim::Out ? s.outFirst : s.inFirst);
    count.push_back(dim.use == Dim::Whole ? dim.extent : dim.use == Dim::Out ? s.outCount : s.inCount);
    if (first.back() + count.back() > dim.extent)
      memory.fail("out of bounds", "takes positions up to " + std::to_string(first.back() + count.back()) +
                                       " of " + std::to_string(dim.extent) + " of '" + stream.name + "'");
  }
  Runs runs;
  if (!memory.good() || std::find(count.begin(), count.end(), 0) != count.end())
    return runs;
  // Dimensions behind the last cut one make lines.
  size_t cut = stream.box.size();
  int64_t line = 1;
  while (cut > 0) {
    line *= count[--cut];
    if (count[cut] != stream.box[cut].extent)
      break;
  }
  std::vector<int64_t> x(cut, 0);
  for (;;) {
    memory.spend(bytesOfRun);
    if (!memory.good())
      return runs;
    int64_t element = 0;
    for (size_t d = 0; d < stream.box.size(); ++d)
      element = element * stream.box[d].extent + first[d] + (d < cut ? x[d] : 0);
    int64_t bits = element * stream.bits;
    bool ends = bits + line * stream.bits == (stream.view ? stream.view->bytes * 8 : INT64_MAX);
    bool whole = cut == 0 && element == 0;
    if (bits % 8 != 0 || (line * stream.bits % 8 != 0 && !ends && !whole)) {
      // The last byte of a tensor may be half full.
      int64_t all = 1;
      for (const Dim &dim : stream.box)
        all *= dim.extent;
      if (bits % 8 != 0 || element + line != all)
        memory.fail("shared byte", "cuts '" + stream.name + "' within a byte");
    }
    Run run{bits / 8, (line * stream.bits + 7) / 8};
    if (!runs.empty() && runs.back().first + runs.back().count == run.first)
      runs.back().count += run.count;
    else
      runs.push_back(run);
    size_t d = cut;
    while (d > 0 && ++x[d - 1] == count[d - 1])
      x[--d] = 0;
    if (d == 0)
      return runs;
  }
}

std::vector<int64_t> versionsOf(const Stream &stream, const Tiled &layer) {
  std::vector<int64_t> versions;
  std::array<int64_t, 5> last{};
  for (int64_t t = 0; t < layer.tiles(); ++t) {
    auto at = layer.tile(t);
    bool other = false;
    for (const Dim &dim : stream.box)
      other |=
          dim.use != Dim::Whole && at[static_cast<size_t>(dim.axis)] != last[static_cast<size_t>(dim.axis)];
    versions.push_back(t == 0 ? 0 : versions.back() + other);
    last = at;
  }
  return versions;
}

std::pair<int64_t, int64_t> tilesOf(const Tiled &layer, const Event &event) {
  int64_t begin = 0, count = 1;
  bool within = false; // an axis of which it has several: all that is within must be whole
  for (Axis axis : layer.order) {
    auto all = static_cast<int64_t>(layer.grid[static_cast<size_t>(axis)].size());
    int64_t first = 0, end = all;
    if (axis == event.axis)
      first = event.first, end = event.end;
    else if (axis == Axis::Channels)
      first = event.firstChannel, end = event.endChannel;
    if (within && end - first < all)
      return {-1, -1};
    within |= end - first > 1;
    begin = begin * all + first;
    count *= end - first;
  }
  return {begin * layer.sumsUp(), (begin + count) * layer.sumsUp()};
}

void checkTiles(const Plan &plan, const Tiled &layer, Memory &memory) {
  for (size_t axis = 0; axis < 4; ++axis)
    if (layer.window[axis])
      checkWindow(layer, axis, memory);
  if (layer.sumsUp() > 1)
    checkSums(plan, layer, memory);
  const Stream &output = plan.streams[layer.output];
  for (int64_t t = 0; layer.cores > 1 && t < layer.tiles() && memory.good(); ++t) {
    auto at = layer.tile(t);
    auto count = [&](Axis axis) {
      return layer.grid[static_cast<size_t>(axis)][at[static_cast<size_t>(axis)]].outCount;
    };
    int64_t pixels = count(Axis::Images) * count(Axis::Rows) * count(Axis::Columns),
            channels = count(Axis::Channels);
    int64_t things = layer.byChannels ? channels : pixels, units = (things + layer.grain - 1) / layer.grain;
    for (int64_t core = 1; core < layer.cores; ++core) {
      int64_t border = std::min(units * core / layer.cores * layer.grain, things);
      if (border == 0 || border == things)
        continue;
      int64_t bits = border * output.bits * (layer.byChannels ? 1 : channels);
      if (bits % 8 != 0 || (layer.byChannels && pixels > 1 && channels * output.bits % 8 != 0)) {
        memory.fail("shared byte", "has cores " + std::to_string(core - 1) + " and " + std::to_string(core) +
                                       " write one byte of tile " + std::to_string(t));
        break;
      }
    }
  }
}

} // namespace dyadic::judge
