// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One walk over the calls of a network: when the engine is free, what room the layers before have left.
#include "passes/model/tiling/Prefetch.h"
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

namespace dyadic::model {
namespace {

constexpr double farFrom = 1.05;    ///< times the cycles of the best: not worth a start
constexpr double slack = 1;         ///< cycles by which sums of other orders differ at most
constexpr int64_t limitStep = 8192; ///< between the limits of L2 that are tried, at most
constexpr int64_t limits = 32;      ///< tried at least, where that is all a network can use

int64_t thousandths(double cycles) { return std::llround(cycles * 1000); }

} // namespace

/// A plan while it grows, layer by layer. What a layer starts ahead queues behind all that was started for
/// the layers before it, so the past never changes. Most plans are given up on the way: what they fill is
/// kept for the next, and only what is taken becomes a PrefetchPlan.
struct Prefetcher::Run {
  explicit Run(const Prefetcher &of) : layers(of.layers), inFlight(of.inFlight) {}

  const std::vector<ResidencyLayer> &layers;
  const std::optional<int64_t> inFlight;
  int64_t room = 0; ///< for what does not stay
  Policy policy;

  struct Stage {
    size_t layer = 0;
    int64_t slots = 1;
    size_t firstLayer = 0;
    size_t firstStart = 0; ///< of `starts`, up to the next one's
    bool early = false;
  };
  std::vector<Stage> stages;
  std::vector<Call> starts;      ///< of all chunks
  std::vector<int64_t> used;     ///< bytes of each layer
  std::vector<Call> calls;       ///< so far
  std::vector<double> begins;    ///< of each call, before it waits
  std::vector<size_t> firstCall; ///< of each layer so far
  std::vector<size_t> chunkUses; ///< the call of each chunk so far
  std::vector<size_t> places, freeFrom;
  std::vector<double> ends;
  size_t lastStart = 0; ///< the call before which the last chunk was started
  double clock = 0, engineFree = 0, exposed = 0;
  int64_t residentBytes = 0, streamedBytes = 0;

  void clear() {
    stages.clear(), starts.clear(), used.clear(), calls.clear(), begins.clear(), firstCall.clear(),
        chunkUses.clear();
    lastStart = 0;
    clock = engineFree = exposed = 0;
    residentBytes = streamedBytes = 0;
  }

  bool fits(size_t first, size_t last, int64_t bytes) {
    for (size_t t = first; t <= last; ++t)
      if (used[t] + bytes > room)
        return false;
    return true;
  }
  void call(size_t layer, int64_t chunk) {
    calls.push_back({layer, chunk});
    begins.push_back(clock);
  }

  /// The chunks that `slots` hold before the first is used up all come in time, started with call `at`.
  bool hides(const StreamOption &option, int64_t slots, double at) const {
    double end = std::max(at, engineFree), use = clock;
    for (size_t k = 0; k < option.chunks.size() && k < static_cast<size_t>(slots); ++k) {
      end += option.chunks[k].loadCycles;
      if (end > use)
        return false;
      use += option.chunks[k].runCycles;
    }
    return true;
  }

  /// The first layer in which the stage is in use.
  size_t lead(size_t layer, const StreamOption &option, int64_t bytes) {
    size_t first = layer;
    while (!option.blocking && first > 0 && layers[first - 1].runs) {
      const double at = first == layer ? clock : begins[firstCall[first]];
      if (at <= engineFree || (!policy.early && hides(option, option.slots, at)) ||
          !fits(first - 1, layer, bytes))
        break;
      --first;
    }
    return first;
  }

  bool stream(size_t layer, size_t number) {
    const StreamOption &option = layers[layer].options[number];
    Stage stage{layer, option.slots, layer, starts.size(), false};
    if (!fits(layer, layer, stage.slots * option.slotBytes))
      return false;
    stage.firstLayer = lead(layer, option, stage.slots * option.slotBytes);
    const auto count = static_cast<int64_t>(option.chunks.size());
    while (policy.moreSlots && !option.blocking && stage.slots < option.chunksPerRound() &&
           fits(stage.firstLayer, layer, (stage.slots + 1) * option.slotBytes))
      ++stage.slots;

    const size_t own = calls.size();
    firstCall.push_back(own);
    places.clear();
    freeFrom.assign(static_cast<size_t>(stage.slots), firstCall[stage.firstLayer]);
    for (int64_t k = 0; k < count; ++k) {
      size_t &slot = freeFrom[static_cast<size_t>(k % option.chunksPerRound() % stage.slots)];
      size_t place = std::exchange(slot, own + static_cast<size_t>(k) + 1);
      if (inFlight && static_cast<int64_t>(chunkUses.size()) >= *inFlight)
        place = std::max(place, chunkUses[chunkUses.size() - static_cast<size_t>(*inFlight)]);
      lastStart = std::max(lastStart, place);
      places.push_back(lastStart);
      chunkUses.push_back(own + static_cast<size_t>(k));
    }
    ends.clear();
    for (int64_t k = 0; k < count; ++k) {
      call(layer, k);
      while (ends.size() < places.size() && places[ends.size()] < calls.size()) {
        engineFree =
            std::max(engineFree, begins[places[ends.size()]]) + option.chunks[ends.size()].loadCycles;
        ends.push_back(engineFree);
      }
      const double waited = std::max(0.0, ends[static_cast<size_t>(k)] - clock);
      exposed += waited;
      if (k == 0)
        stage.early = own > 0 && ends.front() <= begins[own - 1];
      clock += waited + option.chunks[static_cast<size_t>(k)].runCycles -
               (k == 0 && stage.early ? option.partCycles : 0);
    }
    for (size_t k = 0; k < places.size(); ++k) {
      const size_t place = places[k];
      starts.push_back(calls[place]);
      const ResidencyLayer &during = layers[calls[place].layer];
      if (during.farCycles > 0 && calls[place].layer != layer)
        wait(std::max(0.0, option.chunks[k].loadCycles - during.farSlack));
    }
    // An earlier layer's chunks may have come in between.
    stage.firstLayer = starts[stage.firstStart].layer;
    for (size_t t = stage.firstLayer; t <= layer; ++t)
      used[t] += stage.slots * option.slotBytes;
    stages.push_back(stage);
    return true;
  }

  /// Activations that come and go while a layer runs are behind what was started before.
  void queue(double begin, double cycles) {
    wait(std::max(0.0, engineFree - begin));
    engineFree = std::max(engineFree, begin) + cycles;
    wait(std::max(0.0, engineFree - clock));
  }
  void wait(double cycles) {
    exposed += cycles;
    clock += cycles;
  }

  /// False where it has no room, or takes more than `slowest` cycles.
  bool run(const Options &options, int64_t bytes, Policy how, double slowest) {
    clear();
    policy = how;
    double least = 0; // without waiting, everything ahead
    for (size_t i = 0; i < layers.size(); ++i) {
      const StreamOption *option = options[i] ? &layers[i].options[*options[i]] : nullptr;
      least += option ? option->runCycles() - option->partCycles : layers[i].cycles - layers[i].partCycles;
      residentBytes += option ? 0 : layers[i].weightBytes;
      streamedBytes += option ? layers[i].weightBytes * option->rounds : 0;
    }
    room = bytes - residentBytes;
    if (room < 0)
      return false;
    for (const ResidencyLayer &layer : layers)
      used.push_back(layer.liveBytes);
    for (size_t i = 0; i < layers.size(); ++i) {
      const ResidencyLayer &layer = layers[i];
      if (least + exposed > slowest)
        return false;
      if (options[i]) {
        if (!stream(i, *options[i]))
          return false;
        continue;
      }
      firstCall.push_back(calls.size());
      if (layer.runs)
        call(i, 0);
      const double begin = clock;
      clock += layer.cycles - (i > 0 && layers[i - 1].runs ? layer.partCycles : 0);
      if (layer.farCycles > 0)
        queue(begin, layer.farCycles);
    }
    return peakBytes() <= bytes && clock <= slowest;
  }

  int64_t peakBytes() const {
    return residentBytes + (used.empty() ? 0 : *std::max_element(used.begin(), used.end()));
  }

  PrefetchPlan plan(const Options &options) const {
    PrefetchPlan made{options, {}, clock, exposed, residentBytes, streamedBytes, peakBytes()};
    made.layers.resize(layers.size());
    for (size_t k = 0; k < stages.size(); ++k) {
      const Stage &stage = stages[k];
      const auto begin = static_cast<ptrdiff_t>(stage.firstStart),
                 end =
                     static_cast<ptrdiff_t>(k + 1 < stages.size() ? stages[k + 1].firstStart : starts.size());
      made.layers[stage.layer] = {
          stage.slots, stage.firstLayer, {starts.begin() + begin, starts.begin() + end}, stage.early};
    }
    return made;
  }
};

Prefetcher::Prefetcher(std::vector<ResidencyLayer> given, std::optional<int64_t> inFlight)
    : layers(std::move(given)), inFlight(inFlight) {
  std::set<Options> seen;
  for (double exposed : {1.0, 0.25, 0.0}) {
    std::vector<ResidencyLayer> hopeful = layers;
    for (ResidencyLayer &layer : hopeful)
      for (StreamOption &option : layer.options)
        for (Chunk &chunk : option.chunks)
          chunk.loadCycles *= exposed;
    for (Options &options : ResidencyFront(std::move(hopeful)).plans())
      if (seen.insert(options).second)
        candidates.push_back(std::move(options));
  }
}

std::optional<PrefetchPlan> Prefetcher::plan(const Options &options, int64_t bytes, Policy policy,
                                             double slowest) const {
  Run run(*this);
  if (!run.run(options, bytes, policy, slowest))
    return std::nullopt;
  return run.plan(options);
}

int64_t Prefetcher::need(const Options &options) const {
  int64_t stays = 0, most = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    const StreamOption *option = options[i] ? &layers[i].options[*options[i]] : nullptr;
    stays += option ? 0 : layers[i].weightBytes;
    most = std::max(most, layers[i].liveBytes + (option ? option->slots * option->slotBytes : 0));
  }
  return stays + most;
}

int64_t Prefetcher::leastBytes() const {
  int64_t least = INT64_MAX;
  for (const Options &options : candidates)
    least = std::min(least, need(options));
  return least;
}

namespace {

/// Fewer cycles, then less traffic, then less of L2.
auto rank(double cycles, int64_t streamedBytes, int64_t peakBytes) {
  return std::tuple(thousandths(cycles), streamedBytes, peakBytes);
}

} // namespace

bool Prefetcher::offer(Run &run, const Options &options, int64_t bytes, double slowest,
                       std::optional<PrefetchPlan> &best, const Accept &accept) const {
  bool better = false;
  for (Policy policy : {Policy{true, false}, Policy{true, true}, Policy{false, false}, Policy{false, true}}) {
    if (!run.run(options, bytes, policy, best ? best->cycles + slack : slowest) ||
        (best && rank(run.clock, run.streamedBytes, run.peakBytes()) >=
                     rank(best->cycles, best->streamedBytes, best->peakBytes)))
      continue;
    if (PrefetchPlan plan = run.plan(options); accept(plan)) {
      best = std::move(plan);
      better = true;
    }
  }
  return better;
}

/// What else may stay then stays, in this order.
Prefetcher::Options Prefetcher::filled(Options options, size_t but, const std::vector<size_t> &order,
                                       int64_t bytes) const {
  for (size_t i : order)
    if (i != but && options[i])
      if (const std::optional<size_t> before = std::exchange(options[i], std::nullopt); need(options) > bytes)
        options[i] = before;
  return options;
}

/// Takes one layer's weights another way as long as that is better, the largest first: alone, and where
/// that helps no more, with as many others as then may stay.
void Prefetcher::improve(Run &run, std::optional<PrefetchPlan> &best, int64_t bytes,
                         const Accept &accept) const {
  std::vector<size_t> order(layers.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(-layers[a].weightBytes, a) < std::pair(-layers[b].weightBytes, b);
  });
  std::vector<size_t> latest(order.size());
  std::iota(latest.rbegin(), latest.rend(), 0);
  bool better = false;
  auto tryOut = [&](const Options &tried) { better |= offer(run, tried, bytes, 0, best, accept); };
  auto walk = [&](bool withOthers) {
    better = false;
    for (size_t i : order)
      for (size_t way = 0; way <= layers[i].options.size() && layers[i].weightBytes > 0; ++way) {
        Options one = best->options;
        one[i] = way == 0 ? std::nullopt : std::optional(way - 1);
        if (one == best->options)
          continue;
        if (!withOthers)
          tryOut(one);
        for (const std::vector<size_t> *next : {&order, &latest})
          if (withOthers)
            if (const Options more = filled(one, i, *next, bytes); more != one)
              tryOut(more);
      }
    return better;
  };
  do
    while (walk(false)) {
    }
  while (walk(true));
}

/// Improves some of the fronts' plans by themselves: one that starts a little slower may end faster.
void Prefetcher::startOver(Run &run, std::optional<PrefetchPlan> &best, int64_t bytes, const Accept &accept,
                           size_t starts) const {
  std::vector<std::pair<double, size_t>> order; // cycles; of `candidates`
  for (size_t i = 0; i < candidates.size(); ++i) {
    std::optional<PrefetchPlan> own;
    if (offer(run, candidates[i], bytes, best->cycles * farFrom, own,
              [](const PrefetchPlan &) { return true; }))
      order.emplace_back(own->cycles, i);
  }
  std::sort(order.begin(), order.end());
  for (auto [cycles, i] : order) {
    if (starts-- == 0)
      return;
    std::optional<PrefetchPlan> own;
    offer(run, candidates[i], bytes, std::numeric_limits<double>::max(), own, accept);
    if (!own)
      continue;
    improve(run, own, bytes, accept);
    if (rank(own->cycles, own->streamedBytes, own->peakBytes) <
        rank(best->cycles, best->streamedBytes, best->peakBytes))
      best = std::move(own);
  }
}

std::optional<PrefetchPlan> Prefetcher::best(int64_t bytes, const Accept &accept, double slowest,
                                             size_t starts) const {
  std::optional<PrefetchPlan> best;
  Run run(*this);
  auto look = [&](int64_t limit) {
    for (const Options &options : candidates)
      offer(run, options, limit, slowest, best, accept);
    if (best)
      improve(run, best, limit, accept);
  };
  // The way to a size of L2 leads over all smaller ones of these: what was found there is not lost.
  int64_t most = 0;
  for (const ResidencyLayer &layer : layers)
    most = std::max(most, layer.liveBytes);
  for (const ResidencyLayer &layer : layers)
    most += layer.weightBytes;
  const int64_t step = std::clamp<int64_t>(most / limits, 1, limitStep);
  for (int64_t limit = step; limit < std::min(bytes, most); limit += step)
    look(limit);
  look(bytes);
  if (best)
    startOver(run, best, bytes, accept, starts);
  return best;
}

} // namespace dyadic::model
