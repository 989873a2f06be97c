// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The points of a sweep, in an order that the command line does not decide.
#pragma once
#include "compiler/Failure.h"
#include <string>
#include <vector>

namespace dyadic::explore {

/// Values of one figure (or of `impl`), ascending, none twice.
struct Axis {
  std::string path;
  std::vector<std::string> values; ///< numbers in plain digits: "262144"
};

constexpr llvm::StringRef implAxis = "impl";

class Grid {
public:
  /// "PATH=V,V,..." each; errors are usage errors.
  static llvm::Expected<Grid> parse(const std::vector<std::string> &sweeps);
  explicit Grid(std::vector<Axis> axes) : all(std::move(axes)) {}

  const std::vector<Axis> &axes() const { return all; } ///< by path
  size_t size() const;
  /// One value for each axis; the last axis runs fastest.
  std::vector<std::string> at(size_t point) const;
  /// "cluster.cores=4 l2.bytes=262144".
  std::string name(size_t point) const;

private:
  std::vector<Axis> all;
};

/// Point p belongs to shard i of n (from 1) when p mod n = i - 1.
struct Shard {
  size_t index = 1, count = 1;
  bool holds(size_t point) const { return point % count == index - 1; }
};
llvm::Expected<Shard> parseShard(llvm::StringRef text); ///< empty: all points

} // namespace dyadic::explore
