// The tilings that the search considers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Search.h"

namespace dyadic::model {

/// Sizes of a tile along an axis: all of them up to `allSizesUpTo`, then those that divide and the least for
/// each number of segments, which are the only ones that can need less memory for as many tiles.
constexpr int64_t allSizesUpTo = 16;
std::vector<int64_t> tileSizes(int64_t extent);
/// Sizes of a segment of input channels: their number divided by powers of two, and powers of two.
std::vector<int64_t> segmentSizes(int64_t inputs);

/// One way to cut an axis.
struct AxisChoice {
  int64_t size = 0;
  std::vector<Segment> segments;
  int64_t longestOut = 0, longestIn = 0;
  int64_t sumIn = 0;                                ///< inputs of all segments; overlaps count again
  int64_t filledIn = 0;                             ///< segments that read something
  std::vector<std::pair<int64_t, int64_t>> lengths; ///< different outCounts and how often
};

/// Everything of a tiling but order and slots.
struct ShapeChoice {
  std::array<const AxisChoice *, axisCount> axis{};
  Spread spread = Spread::Pixels;
  int64_t cores = 1, block = 1;
  int64_t tiles() const;
  int64_t count(Axis a) const { return static_cast<int64_t>(axis[at(a)]->segments.size()); }
};

class Candidates {
public:
  Candidates(const Machine &machine, const LayerProblem &layer, const SearchOptions &options);
  Candidates(const Candidates &) = delete;
  /// Sizes of teams, largest first.
  const std::vector<int64_t> &teams() const { return teamSizes; }
  /// Calls `visit` for each shape for a team whose operands can be transferred and whose shares fall on whole
  /// bytes.
  void forEachShape(int64_t cores, const std::function<void(const ShapeChoice &)> &visit) const;
  /// Different orders of the axes that are cut; the others stand first.
  std::vector<Order> orders(const ShapeChoice &shape) const;
  /// Slots for each operand. Operands of one role share their number; what never changes needs but one.
  /// An operand may do without (0) if the kernel may work on it where it lies, every tile is one run, and the
  /// machine states what that costs (or `anyCost`).
  std::vector<std::vector<int64_t>> slots(const ShapeChoice &shape, bool anyCost) const;

  Tiling tiling(const ShapeChoice &shape, const Order &order, const std::vector<int64_t> &slots) const;

private:
  /// Each call has a run of these segments.
  bool mayCall(int64_t segments, int64_t size) const;
  bool transferable(const Operand &operand, const ShapeChoice &shape) const;
  bool isOneRun(const Operand &operand, const ShapeChoice &shape) const;
  void add(Axis axis);

  const Machine &machine;
  const LayerProblem &layer;
  const SearchOptions &options;
  std::array<std::vector<AxisChoice>, axisCount> choices;
  std::vector<int64_t> teamSizes, blocks;
  std::vector<Spread> spreads;
};

} // namespace dyadic::model
