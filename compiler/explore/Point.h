// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is known of one combination.
#pragma once
#include "compiler/explore/Grid.h"
#include "llvm/Support/JSON.h"
#include <optional>

namespace dyadic::explore {

/// One thing that stands in the way.
struct Obstacle {
  std::string message;
  std::vector<std::string> fixes; ///< choices to leave open; each alone removes it, cheapest first
};

struct LayerRow {
  int64_t number = 0;
  std::string node, kernel;
  int64_t macs = 0, cycles = 0, exposed = 0, l1Bytes = 0, l2Bytes = 0, fetched = 0;
  std::string tile;
};

/// A point as it is stored; the table's numbers are read back out of it.
struct Point {
  std::string key;
  std::vector<std::string> setting; ///< by axis
  std::vector<Obstacle> obstacles;  ///< none: feasible
  std::vector<std::string> fixes; ///< --set and what it takes; each alone makes all of it fit, cheapest first
  llvm::json::Object prediction;  ///< layers, totals, latency; empty where infeasible

  bool feasible() const { return obstacles.empty(); }
  int64_t total(llvm::StringRef name) const; ///< of `totals`
  int64_t memory(llvm::StringRef level) const;
  std::optional<double> seconds() const;
  std::vector<LayerRow> layers() const;
};

llvm::json::Object toJson(const Point &point, const Grid &grid);
/// None: the text is no point of this grid with this key.
std::optional<Point> fromJson(llvm::StringRef text, const Grid &grid, llvm::StringRef key);

} // namespace dyadic::explore
