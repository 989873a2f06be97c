// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plays a layer's schedule on a timeline.
#include "passes/model/tiling/LayerTime.h"
#include "passes/model/tiling/Schedule.h"
#include <algorithm>

namespace dyadic::model {
namespace {

class Player : public ScheduleVisitor {
public:
  Player(const Machine &machine, const LayerProblem &layer, const Tiling &tiling, bool detailed)
      : layer(layer), tiling(tiling), detailed(detailed), cost(machine, layer), timeline(machine),
        inFlight(layer.operands.size()) {
    for (size_t i = 0; i < inFlight.size(); ++i)
      inFlight[i].resize(static_cast<size_t>(std::max<int64_t>(1, tiling.slots[i])));
    if (detailed)
      result.macsPerCore.resize(static_cast<size_t>(tiling.cores));
  }

  void load(size_t operand, int64_t version, const Tile &tile) override { move(operand, version, tile); }
  void awaitLoad(size_t operand, int64_t version) override { timeline.await(slot(operand, version)); }
  void awaitFree(size_t operand, int64_t version) override { timeline.await(slot(operand, version)); }
  void store(size_t operand, int64_t version, const Tile &tile) override { move(operand, version, tile); }
  void awaitStore(size_t operand, int64_t version) override { timeline.await(slot(operand, version)); }

  void work(int64_t, const Tile &tile) override {
    const int64_t pixels = tile[0]->outCount * tile[1]->outCount * tile[2]->outCount;
    const int64_t channels = tile[3]->outCount;
    const int64_t grain = grainOf(tiling.spread, channels, layer.outputBits());
    const bool byPixels = tiling.spread == Spread::Pixels;
    const int64_t most = largestShare(byPixels ? pixels : channels, grain, tiling.cores);
    const double begin = timeline.now(), waited = timeline.totals().exposed;
    timeline.team(cost.cycles(byPixels ? most : pixels, byPixels ? channels : most, tiling.block,
                              tiling.slots, *tile[at(Axis::Inputs)]),
                  tiling.cores);
    if (!detailed)
      return;
    result.tiles.push_back({begin, timeline.now(), waited - seenExposed});
    seenExposed = waited;
    for (int64_t core = 0; core < tiling.cores; ++core)
      result.macsPerCore[static_cast<size_t>(core)] +=
          shareOf(tiling.spread, pixels, channels, grain, core, tiling.cores).outputs() *
          std::max<int64_t>(1, layer.macsPerOutput * tile[at(Axis::Inputs)]->inCount / layer.inputs);
  }

  LayerTime finish() {
    result.totals = timeline.totals();
    result.cycles = timeline.now();
    return std::move(result);
  }

private:
  Timeline::Transfer &slot(size_t operand, int64_t version) {
    return inFlight[operand][static_cast<size_t>(version) % inFlight[operand].size()];
  }
  void move(size_t operand, int64_t version, const Tile &tile) {
    const Operand &o = layer.operands[operand];
    if (std::optional<Box> box = o.box(tile))
      slot(operand, version) = timeline.start(o.level, 1, *box, !o.isOutput());
  }

  const LayerProblem &layer;
  const Tiling &tiling;
  bool detailed;
  WorkCost cost;
  Timeline timeline;
  std::vector<std::vector<Timeline::Transfer>> inFlight; ///< of each slot
  double seenExposed = 0;
  LayerTime result;
};

} // namespace

LayerTime timeLayer(const Machine &machine, const LayerProblem &layer, const Tiling &tiling, bool detailed) {
  Player player(machine, layer, tiling, detailed);
  walkSchedule(layer, tiling, player);
  return player.finish();
}

LayerTime timeCalls(const Machine &machine, const LayerProblem &layer, const Tiling &tiling, int64_t calls) {
  if (calls == 1)
    return timeLayer(machine, layer, tiling);
  const std::vector<Segment> &segments = tiling.segments[at(Axis::Channels)];
  const auto count = static_cast<int64_t>(segments.size());
  LayerTime sum;
  std::vector<std::pair<std::pair<int64_t, int64_t>, TimeTotals>> known; // by segments and channels of a call
  for (int64_t k = 0; k < calls; ++k) {
    const int64_t first = firstOfCall(count, k, calls), end = firstOfCall(count, k + 1, calls);
    const Segment &last = segments[static_cast<size_t>(end - 1)];
    const std::pair key(end - first,
                        last.outFirst + last.outCount - segments[static_cast<size_t>(first)].outFirst);
    auto it = std::find_if(known.begin(), known.end(), [&](const auto &one) { return one.first == key; });
    if (it == known.end())
      it = known.insert(it, {key, timeLayer(machine, layer, tiling.ofChannels(first, end - first)).totals});
    sum.totals += it->second;
  }
  sum.cycles = sum.totals.cycles();
  return sum;
}

} // namespace dyadic::model
