// How far ahead of their use streamed weights are started, as L2 has room for them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Residency.h"
#include <functional>
#include <limits>

namespace dyadic::model {

/// A call of a layer: the whole of it, or with one chunk of its weights.
struct Call {
  size_t layer = 0;
  int64_t chunk = 0; ///< of all rounds
  bool operator==(const Call &) const = default;
};

/// Of one streamed layer: each chunk of each round, started before the call `starts[k]`.
struct Prefetch {
  int64_t slots = 1;
  size_t firstLayer = 0; ///< of starts[0]: the stage is in use from there until its layer ends
  std::vector<Call> starts;
  bool early = false; ///< chunk 0 has come when the last call of the layer before begins
};

struct PrefetchPlan {
  using Options = std::vector<std::optional<size_t>>;
  Options options; ///< of ResidencyLayer::options; none: the weights stay in L2
  std::vector<std::optional<Prefetch>> layers;
  double cycles = 0;
  double exposed = 0; ///< of these, waiting for chunks
  int64_t residentBytes = 0, streamedBytes = 0;
  int64_t peakBytes = 0; ///< most bytes of L2 in use at once
};

/// Chunks come in the order of their use, one after the other, so that none delays an earlier one. Which
/// weights stay and how the others are cut comes from residency fronts for which a load takes as long as it
/// does, less, or nothing: what one call ahead cannot hide, many may.
class Prefetcher {
public:
  using Options = PrefetchPlan::Options;
  /// `inFlight`: starts that an engine takes before one is complete.
  Prefetcher(std::vector<ResidencyLayer> layers, std::optional<int64_t> inFlight);

  /// What decides how the room is used: start when the engine is free, or as late as hides the load; more
  /// slots where a layer has room for them.
  struct Policy {
    bool early = true, moreSlots = false;
  };
  /// None where `bytes` do not hold the plan at all, or it takes more than `slowest` cycles.
  std::optional<PrefetchPlan> plan(const Options &options, int64_t bytes, Policy policy,
                                   double slowest = std::numeric_limits<double>::max()) const;

  /// The fastest of the fronts' plans, and of those that take one layer's weights another way. It is
  /// looked for under ever larger limits up to `bytes`, and only the last depends on it: more of L2 does not
  /// make the result slower. Of plans as fast the one that streams least. `accept` tells whether a plan can
  /// be had: gaps between buffers cost what sums of bytes do not show. Those of more than `slowest` cycles
  /// are passed by. At last as many as `starts` of the fronts' plans are improved each by itself.
  using Accept = std::function<bool(const PrefetchPlan &)>;
  std::optional<PrefetchPlan> best(
      int64_t bytes, const Accept &accept = [](const PrefetchPlan &) { return true; },
      double slowest = std::numeric_limits<double>::max(), size_t starts = 0) const;
  /// The least that any plan takes.
  int64_t leastBytes() const;

private:
  struct Run;
  /// Bytes that the plan takes with every chunk started when it is needed.
  int64_t need(const Options &options) const;
  /// Under each policy: whether one is better than `best`, which it then becomes.
  bool offer(Run &run, const Options &options, int64_t bytes, double slowest,
             std::optional<PrefetchPlan> &best, const Accept &accept) const;
  Options filled(Options options, size_t but, const std::vector<size_t> &order, int64_t bytes) const;
  void improve(Run &run, std::optional<PrefetchPlan> &best, int64_t bytes, const Accept &accept) const;
  void startOver(Run &run, std::optional<PrefetchPlan> &best, int64_t bytes, const Accept &accept,
                 size_t starts) const;

  std::vector<ResidencyLayer> layers;
  std::optional<int64_t> inFlight;
  std::vector<Options> candidates;
};

} // namespace dyadic::model
