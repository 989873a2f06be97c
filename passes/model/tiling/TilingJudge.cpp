// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts positions and owners of bytes one by one.
#include "passes/model/tiling/TilingJudge.h"
#include "passes/model/tiling/OperandJudge.h"
#include <algorithm>
#include <set>

namespace dyadic::model {
namespace {

class Judge {
public:
  Judge(const LayerProblem &layer, const Tiling &tiling, const Footprint &footprint)
      : layer(layer), tiling(tiling), footprint(footprint) {}

  std::vector<TilingFault> run(int64_t l1Bytes, int64_t machineCores) {
    std::set<Axis> named(tiling.order.begin(), tiling.order.end());
    if (named.size() != outputAxisCount || named.count(Axis::Inputs) != 0)
      fault("order", "an axis is named twice");
    for (Axis axis : allAxes)
      coverage(axis);
    for (Axis axis : allAxes)
      windows(axis);
    if (tiling.slots.size() != layer.operands.size() || footprint.slotBytes.size() != layer.operands.size()) {
      fault("slots", "they are told for " + std::to_string(tiling.slots.size()) + " of " +
                         std::to_string(layer.operands.size()) + " operands");
      return std::move(faults);
    }
    if (!faults.empty())
      return std::move(faults);
    for (size_t i = 0; i < layer.operands.size(); ++i)
      judgeOperand(layer, i, tiling, footprint.slotBytes[i], faults);
    bytes(l1Bytes);
    if (tiling.cores < 1 || tiling.cores > machineCores)
      fault("cores",
            "a team of " + std::to_string(tiling.cores) + " on a machine of " + std::to_string(machineCores));
    else
      shares();
    return std::move(faults);
  }

private:
  void fault(const char *rule, std::string what) { faults.push_back({rule, std::move(what)}); }

  void coverage(Axis axis) {
    std::vector<int> times(static_cast<size_t>(layer.extent(axis)));
    for (const Segment &s : tiling.segments[at(axis)]) {
      if (s.outCount <= 0 || s.outFirst < 0 || s.outFirst + s.outCount > layer.extent(axis)) {
        fault("coverage", std::string(toString(axis)) + " " + std::to_string(s.outFirst) + " to " +
                              std::to_string(s.outFirst + s.outCount - 1) + " leave the output's " +
                              std::to_string(layer.extent(axis)));
        continue;
      }
      for (int64_t o = s.outFirst; o < s.outFirst + s.outCount; ++o)
        ++times[static_cast<size_t>(o)];
    }
    for (size_t o = 0; o < times.size(); ++o)
      if (times[o] != 1)
        fault("coverage", std::string(toString(axis)) + ": output " + std::to_string(o) + " is computed " +
                              std::to_string(times[o]) + " times");
  }

  void windows(Axis axis) {
    Window w;
    w.in = layer.extent(axis);
    for (const Operand &o : layer.operands)
      for (const Dim &dim : o.dims)
        if (dim.use == Use::In && dim.axis == axis && axis != Axis::Inputs)
          w = axis == Axis::Rows ? layer.rows : layer.columns;
    for (const Segment &s : tiling.segments[at(axis)]) {
      const std::string name = std::string(toString(axis)) + " from output " + std::to_string(s.outFirst);
      if (s.inFirst < 0 || s.inCount < 0 || s.inFirst + s.inCount > w.in)
        fault("window", name + " read " + std::to_string(s.inFirst) + " to " +
                            std::to_string(s.inFirst + s.inCount - 1) + " of " + std::to_string(w.in));
      if (s.inFirst - s.pad != s.outFirst * w.stride - w.pad)
        fault("window", name + " begin " + std::to_string(s.pad) + " before input " +
                            std::to_string(s.inFirst) + ", not at " +
                            std::to_string(s.outFirst * w.stride - w.pad));
      for (int64_t o = s.outFirst; o < s.outFirst + s.outCount; ++o)
        for (int64_t k = 0; k < w.kernel; ++k) {
          const int64_t position = o * w.stride - w.pad + k * w.dilation;
          if (position < 0 || position >= w.in)
            continue;
          if (position < s.inFirst || position >= s.inFirst + s.inCount) {
            fault("window", name + ": output " + std::to_string(o) + " reads input " +
                                std::to_string(position) + ", which the tile does not hold");
            return;
          }
        }
    }
  }

  void bytes(int64_t l1Bytes) {
    int64_t sum = 0;
    for (size_t i = 0; i < tiling.slots.size(); ++i)
      sum += tiling.slots[i] * footprint.slotBytes[i];
    int64_t scratch = 0;
    if (layer.scratchBytes) {
      TileShape largest;
      for (Axis axis : allAxes)
        for (const Segment &s : tiling.segments[at(axis)])
          largest.out[at(axis)] = std::max(largest.out[at(axis)], s.outCount);
      scratch = layer.scratchBytes(tiling.block, largest);
    }
    if (footprint.scratchBytes < scratch * tiling.cores)
      fault("scratch", std::to_string(tiling.cores) + " cores need " + std::to_string(scratch) +
                           " bytes each and have " + std::to_string(footprint.scratchBytes) + " together");
    int64_t sums = 0;
    if (tiling.sumsUp()) {
      sums = 4;
      for (Axis axis : outputAxes)
        sums *= tiling.size(axis);
      if (!layer.mayCut[at(Axis::Inputs)])
        fault("sums", "the layer's accumulators may not stay, its input channels are cut");
    }
    if (footprint.sumBytes < sums)
      fault("sums", "the sums of a tile need " + std::to_string(sums) + " bytes and have " +
                        std::to_string(footprint.sumBytes));
    sum += footprint.scratchBytes + footprint.sumBytes;
    if (sum != footprint.totalBytes)
      fault("l1 bytes", "the buffers take " + std::to_string(sum) + " bytes, not " +
                            std::to_string(footprint.totalBytes));
    if (sum > l1Bytes)
      fault("l1 bytes", "the buffers take " + std::to_string(sum) + " bytes of " + std::to_string(l1Bytes));
  }

  void shares() {
    std::set<std::pair<int64_t, int64_t>> seen;
    for (int64_t t = 0; t < tiling.tiles(); ++t) {
      const Tile tile = tiling.tile(t);
      const int64_t pixels = tile[0]->outCount * tile[1]->outCount * tile[2]->outCount;
      const int64_t channels = tile[3]->outCount;
      if (seen.emplace(pixels, channels).second)
        shares(t, pixels, channels);
    }
  }

  void shares(int64_t t, int64_t pixels, int64_t channels) {
    const int64_t bits = layer.outputBits();
    std::vector<int64_t> owner(static_cast<size_t>(pixels * channels), -1);
    std::vector<int64_t> byteOwner(static_cast<size_t>((pixels * channels * bits + 7) / 8), -1);
    const int64_t grain = grainOf(tiling.spread, channels, layer.outputBits());
    for (int64_t core = 0; core < tiling.cores; ++core) {
      const Share s = shareOf(tiling.spread, pixels, channels, grain, core, tiling.cores);
      for (int64_t p = s.pixelFirst; p < s.pixelEnd; ++p)
        for (int64_t c = s.channelFirst; c < s.channelEnd; ++c) {
          const int64_t element = p * channels + c;
          if (owner[static_cast<size_t>(element)] >= 0)
            return fault("shares", "tile " + std::to_string(t) + ": two cores compute pixel " +
                                       std::to_string(p) + ", channel " + std::to_string(c));
          owner[static_cast<size_t>(element)] = core;
          for (int64_t b = element * bits / 8; b <= (element * bits + bits - 1) / 8; ++b) {
            int64_t &writer = byteOwner[static_cast<size_t>(b)];
            if (writer >= 0 && writer != core)
              return fault("shares", "tile " + std::to_string(t) + ": cores " + std::to_string(writer) +
                                         " and " + std::to_string(core) + " write byte " + std::to_string(b));
            writer = core;
          }
        }
    }
    auto missed = std::find(owner.begin(), owner.end(), -1);
    if (missed != owner.end())
      fault("shares", "tile " + std::to_string(t) + ": no core computes output " +
                          std::to_string(missed - owner.begin()));
  }

  const LayerProblem &layer;
  const Tiling &tiling;
  const Footprint &footprint;
  std::vector<TilingFault> faults;
};

} // namespace

std::vector<TilingFault> judgeTiling(const LayerProblem &layer, const Tiling &tiling,
                                     const Footprint &footprint, int64_t l1Bytes, int64_t machineCores) {
  return Judge(layer, tiling, footprint).run(l1Bytes, machineCores);
}

std::vector<TilingFault> judgeStream(const LayerProblem &layer, const StreamOption &option) {
  std::vector<TilingFault> faults;
  auto fault = [&](std::string what) { faults.push_back({"chunks", std::move(what)}); };
  const auto &segments = option.plan.tiling.segments[at(Axis::Channels)];
  for (Axis axis : option.plan.tiling.order) {
    if (axis == Axis::Channels)
      break;
    if (option.plan.tiling.segments[at(axis)].size() > 1 && option.chunks.size() > 1)
      fault(std::string(toString(axis)) + " run outside of channels");
  }
  const auto perRound = static_cast<size_t>(option.chunksPerRound());
  if (option.rounds < 1 || perRound == 0 || option.chunks.size() % perRound != 0)
    fault(std::to_string(option.chunks.size()) + " are no " + std::to_string(option.rounds) + " rounds");
  if (!faults.empty())
    return faults;
  int64_t next = 0;
  for (size_t k = 0; k < option.chunks.size(); ++k) {
    const Chunk &chunk = option.chunks[k];
    const std::string name = "chunk " + std::to_string(k);
    if (k % perRound == 0 && k > 0 && next == static_cast<int64_t>(segments.size()))
      next = 0;
    if (option.rounds > 1 && perRound > 1 && chunk.segments != 1)
      fault(name + " has tiles between which those of other rows run");
    if (chunk.firstSegment != next || chunk.segments <= 0 ||
        chunk.firstSegment + chunk.segments > static_cast<int64_t>(segments.size())) {
      fault(name + " holds segments " + std::to_string(chunk.firstSegment) + " to " +
            std::to_string(chunk.firstSegment + chunk.segments - 1) + ", not those from " +
            std::to_string(next));
      return faults;
    }
    next = chunk.firstSegment + chunk.segments;
    const int64_t begin = segments[static_cast<size_t>(chunk.firstSegment)].outFirst;
    const Segment &last = segments[static_cast<size_t>(next - 1)];
    int64_t bytes = 0;
    for (const Operand &operand : layer.operands) {
      int64_t elements = operand.mayStream ? 1 : 0;
      for (const Dim &dim : operand.dims)
        elements *= dim.use == Use::Whole || dim.axis == Axis::Inputs ? dim.extent
                                                                      : last.outFirst + last.outCount - begin;
      bytes += (elements * operand.bits + 7) / 8;
    }
    if (bytes > option.slotBytes)
      fault(name + " takes " + std::to_string(bytes) + " bytes of " + std::to_string(option.slotBytes));
  }
  if (next != static_cast<int64_t>(segments.size()))
    fault("no chunk holds segment " + std::to_string(next));
  return faults;
}

} // namespace dyadic::model
