// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integer functions made of floors of lines, and a complete comparison of two of them.
#pragma once
#include "passes/model/Rational.h"
#include <functional>
#include <optional>
#include <vector>

namespace dyadic::certificate {

using model::Integer;
using model::Rational;

/// What happens where the line meets an integer h exactly: h; or h where it is even (odd) and h - 1
/// elsewhere.
enum class Hit { Stay, Even, Odd };

/// On lo <= a <= hi: floor((p a + q) / d), d > 0, changed at hits. Monotone. Rounding half to even of v is
/// the line v + 1/2 with Hit::Even.
struct Piece {
  Integer lo, hi;
  Integer p, q, d = 1;
  Hit hit = Hit::Stay;

  Integer at(const Integer &a) const;
  static Piece constant(Integer lo, Integer hi, Integer value);
  /// The line m a + c.
  static Piece line(Integer lo, Integer hi, const Rational &m, const Rational &c, Hit hit = Hit::Stay);
};

/// Contiguous pieces, ascending.
using Pieces = std::vector<Piece>;

Integer valueAt(const Pieces &f, const Integer &a);
/// min(max(y, low), high).
Pieces clampTo(const Pieces &f, const Integer &low, const Integer &high);
/// mul * y + add. A mul other than 1 and -1 needs functions of few values; none where there are too many.
std::optional<Pieces> mapTo(const Pieces &f, const Integer &mul, const Integer &add);
/// A monotone function given by its values.
Pieces runsOf(const Integer &lo, const Integer &hi, const std::function<Integer(const Integer &)> &f);

/// The first place found where the two differ, none where they are equal everywhere on [lo, hi], which both
/// cover. Complete: constant pieces are compared at their ends; two lines one of which is never below the
/// other have equal floors everywhere iff the sums of their floors are equal, and those sums take logarithmic
/// time.
std::optional<Integer> difference(const Pieces &f, const Pieces &g, const Integer &lo, const Integer &hi);

/// Sum of floor((p a + q) / d) for a in [lo, hi].
Integer floorSum(Integer p, Integer q, Integer d, const Integer &lo, const Integer &hi);

/// Smallest a in [lo, hi] with holds(a), hi + 1 where there is none; `holds` is false up to some point and
/// then true.
Integer firstWhere(Integer lo, Integer hi, const std::function<bool(const Integer &)> &holds);

} // namespace dyadic::certificate
