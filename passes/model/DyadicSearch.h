// The search for m, b and n with floor((m x + b) / 2^n) between given bounds at given points.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace dyadic::model {

struct GridPoint {
  int64_t x; ///< |x| <= 2^61
  int64_t v; ///< |v| <= 2^40
};

/// A step function as constraints on a line: (m x + b) / 2^n >= v at every lower point, < v at every upper
/// one. As floor of a line is monotone, points at the ends of every plateau prove equality everywhere between
/// them.
struct LineConstraints {
  std::vector<GridPoint> lower, upper;
  void sort();
};

struct DyadicLine {
  int64_t m = 0, b = 0;
  unsigned n = 0;
  bool fits32 = false; ///< proven for every a in [lo, hi]: a, m, b, m a, m a + b in int32 and n <= 31
};

/// The line with the smallest n whose sums fit 64 bits over a in [lo, hi], or, where one of the next two n
/// fits 32 bits and it does not, that one. None: no line exists, or none fits. Complete: for each n every m
/// is covered, because the room left for b is a concave function of m. Both sets not empty.
std::optional<DyadicLine> searchLine(const LineConstraints &constraints, int64_t lo, int64_t hi);

} // namespace dyadic::model
