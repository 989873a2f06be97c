// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which values a sum of several accumulators takes, without listing them.
#pragma once
#include "passes/model/Rational.h"
#include <string>
#include <variant>
#include <vector>

namespace dyadic::validate {

/// step * n for the integers n of [lo, hi]; with `ends` only for n = lo and n = hi.
struct Stride {
  model::Rational step;
  model::Integer lo, hi;
  bool ends = false;
};

/// The sums of one multiple of every stride, in units of the greatest common divisor of the steps: integers,
/// but rarely all of a range. Strides that together leave no gap count as one; of what remains two are solved
/// for at once, the others combination by combination.
class Reach {
public:
  struct Point {
    model::Integer sum;                ///< in units
    std::vector<model::Integer> parts; ///< n of every stride
  };

  /// Why not, where more than `mostCombinations` would have to be tried at each question.
  static std::variant<Reach, std::string> of(const std::vector<Stride> &strides, int64_t mostCombinations);

  /// The sum nearest to `position` (in units); of two equally near the smaller.
  Point nearest(const model::Rational &position) const;

  const model::Rational &unit() const { return unitOfSums; }
  int64_t combinations() const { return listed; } ///< tried at each question
  const model::Integer &lowest() const { return base; }
  model::Integer highest() const { return base + span; }

private:
  /// step * n, 0 <= n <= count; n is that of one stride, or inner + ratio * outer of two other items.
  struct Item {
    model::Integer step, count, ratio;
    size_t stride = 0, inner = 0, outer = 0;
  };
  struct Found {
    bool any = false;
    model::Integer sum;
    std::vector<model::Integer> counts; ///< by the order of `open`
  };
  void merge();
  Found below(const model::Integer &bound) const;
  Point pointOf(const Found &found) const;
  void unfold(size_t item, model::Integer n, std::vector<model::Integer> &parts) const;

  std::vector<Stride> strides;
  std::vector<Item> items;
  std::vector<size_t> open; ///< items that stand for themselves, the two of largest count last
  model::Rational unitOfSums = 1;
  model::Integer base, span;
  int64_t listed = 1;
};

/// The least (a x + c) mod m over the integers x of [0, n], and where: Euclid's algorithm on (a, m), since
/// the values right after a wrap round m are themselves such a sequence modulo a.
struct LeastResidue {
  model::Integer value, at;
};
LeastResidue leastResidue(const model::Integer &n, const model::Integer &m, model::Integer a,
                          model::Integer c);

} // namespace dyadic::validate
