// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Looks for tilings that one segment of channels can be called of, and times the calls of all bands.
#include "passes/model/tiling/BandChunks.h"
#include "passes/model/tiling/Explain.h"
#include <algorithm>
#include <map>
#include <tuple>

namespace dyadic::model {
namespace {

constexpr int64_t moreChunks[] = {1, 2, 4}; ///< times as many as the fastest tiling has
constexpr int64_t mostCalls = 2048;         ///< of a layer: each stands in the C

struct BandChunker {
  const Machine &machine;
  const LayerProblem &layer;
  const BandOption &bands;

  double moved(size_t band, bool out) const {
    double sum = 0;
    for (const OperandBands &operand : bands.operands) {
      if (layer.operands[operand.operand].isOutput() != out)
        continue;
      Box box;
      box.bytes = operand.bytes[band].second - operand.bytes[band].first;
      sum += transferCycles(*machine.engine(3, 2), box, !out);
    }
    return sum;
  }

  /// Of calls on segments of the same lengths once.
  class Calls {
  public:
    Calls(const BandChunker &chunker, const Tiling &tiling) : chunker(chunker), tiling(tiling) {}
    double cycles(int64_t first, int64_t end, int64_t channels) {
      Tiling call = tiling;
      auto &rows = call.segments[at(chunker.bands.axis)];
      rows = {rows.begin() + first, rows.begin() + end};
      auto &run = call.segments[at(Axis::Channels)];
      run = {run[static_cast<size_t>(channels)]};
      std::vector<std::tuple<int64_t, int64_t, int64_t>> key = {{run.front().outCount, 0, 0}};
      for (const Segment &s : rows)
        key.emplace_back(s.outCount, s.inCount, s.pad);
      auto [it, fresh] = known.try_emplace(std::move(key));
      if (fresh)
        it->second = timeLayer(chunker.machine, chunker.layer, call).cycles;
      return it->second;
    }

  private:
    const BandChunker &chunker;
    const Tiling &tiling;
    std::map<std::vector<std::tuple<int64_t, int64_t, int64_t>>, double> known;
  };

  /// What L3 moves of the bands is waited for in the first call and the last, or keeps the engine busy.
  void addBands(StreamOption &option) const {
    const auto each = static_cast<size_t>(option.chunksPerRound()), rounds = bands.ends.size();
    const bool twice = bands.operands.front().slots > 1;
    for (size_t k = 0; k < rounds; ++k) {
      Chunk *const calls = &option.chunks[k * each];
      if (!twice || k == 0)
        calls[0].runCycles += moved(k, false);
      if (!twice || k + 1 == rounds)
        calls[each - 1].runCycles += moved(k, true);
      if (twice && k + 1 < rounds)
        calls[1].loadCycles += moved(k + 1, false);
      if (twice && k > 0)
        calls[1].loadCycles += moved(k - 1, true);
    }
  }

  std::optional<StreamOption> chunked(const LayerPlan &plan) const {
    const int64_t count = plan.tiling.count(Axis::Channels);
    StreamOption option;
    option.plan = plan;
    option.rounds = static_cast<int64_t>(bands.ends.size());
    option.blocking = machine.engine(3, 2)->blocking || !machine.l2.doubleBuffering;
    std::vector<Chunk> round;
    for (int64_t k = 0; k < count; ++k) {
      Chunk chunk;
      chunk.firstSegment = k;
      chunk.segments = 1;
      if (!measureLoad(machine, layer, plan.tiling, chunk))
        return std::nullopt;
      option.slotBytes = std::max(option.slotBytes, chunk.bytes);
      round.push_back(chunk);
    }
    Calls calls(*this, plan.tiling);
    int64_t first = 0;
    for (int64_t end : bands.ends) {
      for (Chunk chunk : round) {
        chunk.runCycles = calls.cycles(first, end, chunk.firstSegment);
        option.chunks.push_back(chunk);
      }
      first = end;
    }
    addBands(option);
    return option;
  }
};

/// Channels, then the axis of the bands, then the others; none where somebody wants another order.
std::optional<Order> orderOf(const BandOption &bands, const SearchOptions &options) {
  Order order = {Axis::Channels, bands.axis};
  size_t next = 2;
  for (Axis axis : outputAxes)
    if (axis != Axis::Channels && axis != bands.axis)
      order[next++] = axis;
  return options.fixed.order && *options.fixed.order != order ? std::nullopt : std::optional(order);
}

} // namespace

std::vector<StreamOption> bandedStreams(const Machine &machine, const LayerProblem &layer,
                                        const BandOption &bands, const SearchOptions &options) {
  std::vector<StreamOption> result = streamOptions(machine, layer, bands.plan, options, 1);
  for (StreamOption &whole : result)
    whole.chunks.front().runCycles = bands.cycles;
  const int64_t channels = layer.extents[at(Axis::Channels)];
  const std::optional<Order> order = orderOf(bands, options);
  if (result.empty() || !order || channels < 2 || !layer.mayCut[at(Axis::Channels)])
    return result;
  const BandChunker chunker{machine, layer, bands};
  SearchOptions called = options;
  called.channelCalls = true;
  called.fixed.order = order;
  called.fixed.size[at(bands.axis)] = bands.plan.tiling.size(bands.axis);
  auto &size = called.fixed.size[at(Axis::Channels)];
  const bool isOpen = !size;
  int64_t count = 0, last = 0;
  for (int64_t more : moreChunks) {
    if (more > 1 && (!isOpen || count * more > channels))
      break;
    if (more > 1)
      size = (channels + count * more - 1) / (count * more);
    std::optional<LayerPlan> plan = findTiling(machine, layer, called);
    if (!plan || plan->tiling.segments[at(bands.axis)] != bands.plan.tiling.segments[at(bands.axis)])
      break;
    const int64_t now = plan->tiling.count(Axis::Channels);
    count = std::max(count, now / more);
    if (now < 2 || now == last || now * static_cast<int64_t>(bands.ends.size()) > mostCalls)
      continue;
    last = now;
    std::optional<StreamOption> option = chunker.chunked(*plan);
    if (!option)
      break;
    if (machine.l2.doubleBuffering) {
      option->slots = 2;
      result.push_back(*option);
      option->slots = 1;
    }
    result.push_back(std::move(*option));
  }
  return result;
}

} // namespace dyadic::model
