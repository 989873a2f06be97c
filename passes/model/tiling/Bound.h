// What a tiling takes at least, without playing it: the search skips what cannot win.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Candidates.h"

namespace dyadic::model {

/// Bounds of one shape at a time. Every figure is at most what a timeline gives; lines of a transfer are left
/// out.
class Bound {
public:
  Bound(const Machine &machine, const LayerProblem &layer, const WorkCost &cost);
  /// The shape that the questions below are about; it must live as long.
  void look(const ShapeChoice &shape);

  /// Bytes of L1 with these slots.
  int64_t bytes(const std::vector<int64_t> &slots) const;
  /// Bytes if every operand had one buffer, those that may do without none.
  int64_t leastBytes() const;
  /// Cycles for so many tiles, and little to work out; look() is not needed before.
  double anyTiles(const ShapeChoice &shape) const;
  /// Cycles for any order and slots: the team's work, the first loads, the last store, the engines' work.
  double anyOrder() const;
  double cycles(const Order &order, const std::vector<int64_t> &slots) const;

private:
  struct Traffic {
    size_t engine = 0; ///< L2 or L3 to L1
    bool out = false, known = false;
    double once = 0;            ///< cycles to move every tile once
    double first = 0, last = 0; ///< of the first and the last tile
    double setup = 0, rate = 1;
  };
  void measure(size_t operand);
  double teamInL1() const;
  double team(const std::vector<int64_t> &slots) const;
  /// How often every tile is loaded again because an axis it does not use runs outside one it uses.
  int64_t repeats(const Operand &operand, const Order &order) const;
  double combine(const std::vector<int64_t> &slots, const std::vector<int64_t> &times, double work) const;

  const Machine &machine;
  const LayerProblem &layer;
  const WorkCost &cost;
  const ShapeChoice *current = nullptr;
  int64_t align;
  std::vector<Traffic> traffic;
  std::vector<int64_t> slotBytes;
  int64_t workBytes = 0;                 ///< of the cores' scratch and the tile's sums
  std::vector<int64_t> inL1;             ///< one slot for each operand
  std::vector<int64_t> optimistic, once; ///< slots and loads of anyOrder()
  mutable std::optional<double> workInL1;
};

} // namespace dyadic::model
