// floor((P a + Q) / R) over a range of integers: its tightest points and its sum, in logarithmic time.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/Rational.h"
#include <vector>

namespace dyadic::model {

/// The function a -> floor((p a + q) / r), r > 0.
struct FloorLine {
  Integer p, q, r;
  Integer eval(int64_t a) const { return floorDiv(p * a + q, r); }
  /// (p a + q) mod r, in 0 .. r - 1.
  Integer rest(int64_t a) const { return floorMod(p * a + q, r); }
};

/// A set of a in [lo, hi] (O(log r) of them, ascending) that holds every vertex of the convex hull of the
/// integer points on or under the line, i.e. of {(a, floor(line(a)))} seen from above: the running minima of
/// rest(a) from the left and from the right, of each run of equal steps only the ends. With `above`, of the
/// points strictly above the line, {(a, floor + 1)} seen from below: the running maxima of rest(a). In
/// particular the least (greatest) rest over the range is attained in the set.
std::vector<int64_t> hullCandidates(const FloorLine &line, int64_t lo, int64_t hi, bool above);

/// Least and greatest (p a + q) mod r over [lo, hi], without visiting every a.
std::pair<Integer, Integer> restRange(const FloorLine &line, int64_t lo, int64_t hi);

/// Sum of floor((p a + q) / r) over [lo, hi].
Integer floorSum(const FloorLine &line, int64_t lo, int64_t hi);

} // namespace dyadic::model
