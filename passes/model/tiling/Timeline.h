// A clock that is driven by events: transfers on their engines, the team of cores, and who waits for whom.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Layer.h"

namespace dyadic::model {

/// Cycles of one transfer. What an engine cannot do at once is done in several commands.
double transferCycles(const TransferEngine &engine, const Box &box, bool inwards);

/// Every run begins where the engine can begin. The last bytes of a lone run may be less than its unit.
bool isAligned(const TransferEngine &engine, const Box &box);

/// Where the time went. `cycles` = compute + fork + barrier + exposed.
struct TimeTotals {
  double compute = 0; ///< of the slowest core, summed over the team's works
  double fork = 0, barrier = 0;
  double exposed = 0;                     ///< the cores waited for a transfer, or copied themselves
  double transferIn = 0, transferOut = 0; ///< the engines were busy, hidden or not
  double cycles() const { return compute + fork + barrier + exposed; }
  double transfer() const { return transferIn + transferOut; }
  TimeTotals &operator+=(const TimeTotals &other);
};

/// The times follow from the order of the calls alone. An engine serves one direction's transfers first come,
/// first served, and both directions at once if it is duplex. A blocking engine holds the core.
class Timeline {
public:
  /// A transfer in flight; a default one is complete from the beginning.
  struct Transfer {
    double end = 0;
  };
  explicit Timeline(const Machine &machine);

  /// The machine has this engine and it goes this way.
  static bool connects(const Machine &machine, unsigned outer, unsigned inner, bool inwards);
  /// Requires connects(); a box of no bytes is complete at once.
  Transfer start(unsigned outer, unsigned inner, const Box &box, bool inwards);
  void await(Transfer transfer);
  /// The cores fork, work and meet at the barrier; `slowest` are the cycles of the largest share. A team of
  /// one neither forks nor meets.
  void team(double slowest, int64_t cores);

  double now() const { return clock; }
  const TimeTotals &totals() const { return sums; }

private:
  struct Engine {
    const TransferEngine *engine = nullptr;
    std::array<double, 2> freeAt{}; ///< of the inward and the outward lane
    std::vector<double> inFlight;   ///< ends, kept where the number of commands is limited
  };
  Engine &between(unsigned outer, unsigned inner);
  void waitUntil(double time);

  const Machine &machine;
  std::array<Engine, 3> engines; ///< L2-L1, L3-L2, L3-L1
  double clock = 0;
  TimeTotals sums;
};

} // namespace dyadic::model
