// Which weights stay in L2 and which pass through it at each inference.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Stream.h"

namespace dyadic::model {

struct ResidencyLayer {
  std::string name;
  int64_t liveBytes = 0;   ///< of L2 while the layer runs, apart from weights: activations, work areas
  int64_t weightBytes = 0; ///< that may stay or be streamed; 0: nothing to decide
  double cycles = 0;       ///< with the weights in L2
  std::vector<StreamOption> options;
  bool runs = true;      ///< false: only bytes are alive, nothing can be started before it
  double partCycles = 0; ///< of `cycles`, first weights that the layer before can bring to L1
  double farCycles = 0;  ///< that the engine of L3 moves its activations for, with the weights in L2
  double farSlack = 0;   ///< for which it may do something else before one of its bands waits
};

/// What was decided for a layer and what it costs.
struct ResidencyChoice {
  std::optional<size_t> option; ///< of ResidencyLayer::options; none: the weights stay in L2
  double cycles = 0;            ///< of its calls, without waiting for L3
  double exposed = 0;           ///< waiting for chunks from L3
  double hidden = 0;            ///< loading that other work hid
};

struct ResidencyPlan {
  std::vector<ResidencyChoice> layers;
  double cycles = 0;         ///< of an inference, weights that stay already loaded
  int64_t residentBytes = 0; ///< of weights that stay
  int64_t streamedBytes = 0; ///< loaded at each inference
  int64_t peakBytes = 0;     ///< most bytes of L2 in use at once
};

/// The plans that are worth having, for every size of L2 at once.
///
/// A streamed layer's first slot is in use from the layer before it, the others while it runs; what stays is
/// in use all the time. A plan's cycles and peak bytes depend on the plan alone, never on the size of L2, and
/// the size only says which plans may be chosen: so more of L2 never makes the best plan slower. The front is
/// exact: a dynamic program over layers keeps, for each mode of the last layer, all combinations of bytes
/// that stay, peak of the rest, and cycles that none beats in all three. Above `labelLimit` such combinations
/// bytes are rounded up to ever larger units, which again does not depend on the size of L2.
class ResidencyFront {
public:
  explicit ResidencyFront(std::vector<ResidencyLayer> layers, size_t labelLimit = 20000);

  /// The plan of fewest cycles within `bytes`; what then is free and would cost no cycles stays as well. None
  /// fits below leastBytes().
  std::optional<ResidencyPlan> best(int64_t bytes) const;
  int64_t leastBytes() const;
  /// Of each layer the option that it takes, for every plan worth having, fewest bytes first.
  std::vector<std::vector<std::optional<size_t>>> plans() const;
  /// Sizes of L2 at which fewer cycles become possible, ascending, with these cycles.
  std::vector<std::pair<int64_t, double>> steps() const;
  /// Costs of any choice of modes, one per layer.
  ResidencyPlan evaluate(const std::vector<std::optional<size_t>> &options) const;

private:
  struct Point {
    int64_t needBytes = 0, cycles = 0; ///< cycles in thousandths
    std::vector<std::optional<size_t>> options;
  };
  bool build(int64_t unit, size_t labelLimit);

  std::vector<ResidencyLayer> layers;
  std::vector<Point> front; ///< bytes ascending, cycles descending
};

} // namespace dyadic::model
