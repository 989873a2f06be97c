// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The folder of an exploration.
#pragma once
#include "compiler/explore/Point.h"

namespace dyadic::explore {

/// What all points share, and the key of each.
struct Plan {
  std::string version, target;
  std::vector<std::string> overrides; ///< --set, which all points have
  Grid grid{{}};
  std::vector<std::string> keys; ///< by point
};

/// The text of grid.json.
std::string toText(const Plan &plan);

class Store {
public:
  /// Makes the folder, or takes one that holds an exploration already: its finished points are kept. Any
  /// other folder with something in it is a usage error.
  static llvm::Expected<Store> open(llvm::StringRef folder, const Plan &plan);
  /// A folder that explore wrote.
  static llvm::Expected<Plan> planOf(llvm::StringRef folder);
  explicit Store(std::string folder) : folder(std::move(folder)) {}

  /// None: not finished, or its file is damaged.
  std::optional<Point> read(const Plan &plan, size_t point) const;
  llvm::Error write(const Plan &plan, const Point &point) const;
  llvm::Error writeTable(llvm::StringRef name, llvm::StringRef text) const;
  /// Tables of points that are not all there any more tell nothing.
  llvm::Error removeTables() const;

private:
  std::string folder;
};

} // namespace dyadic::explore
