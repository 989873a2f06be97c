// A real function of an integer accumulator, linear between exact break points.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/Rational.h"
#include <vector>

namespace dyadic::model {

/// a in [lo, hi] -> alpha * a + beta of the segment that holds a. Built from `affine` by the unary operators
/// that stand between an accumulator and the next quantiser; only integer points count, so a break between
/// two integers needs no continuity. |lo|, |hi| <= 2^61.
class PiecewiseLinear {
public:
  struct Segment {
    int64_t start; ///< first a of the segment; the next segment's start (or hi + 1) ends it
    Rational alpha, beta;
  };
  enum class Direction { Constant, Increasing, Decreasing, Mixed };

  static PiecewiseLinear affine(int64_t lo, int64_t hi, Rational alpha, Rational beta);

  void mulAdd(const Rational &alpha, const Rational &beta); ///< v -> alpha * v + beta
  void negate() { mulAdd(-1, 0); }
  void relu() { branchAt(0, 0, 0, 1, 0); }
  void leakyRelu(const Rational &slope) { branchAt(0, slope, 0, 1, 0); } ///< any slope, PRelu too
  void abs() { branchAt(0, -1, 0, 1, 0); }
  /// Clip; either bound may be missing. As ONNX: min(max(v, low), high).
  void clip(const std::optional<Rational> &low, const std::optional<Rational> &high);
  /// v < level: belowMul * v + belowAdd; otherwise aboveMul * v + aboveAdd.
  void branchAt(const Rational &level, const Rational &belowMul, const Rational &belowAdd,
                const Rational &aboveMul, const Rational &aboveAdd);

  /// x -> f(-x), for x in [-hi, -lo].
  PiecewiseLinear mirrored() const;

  int64_t lo() const { return low; }
  int64_t hi() const { return high; }
  const std::vector<Segment> &segments() const { return parts; }
  int64_t segmentEnd(size_t i) const { return i + 1 < parts.size() ? parts[i + 1].start - 1 : high; }
  Rational eval(int64_t a) const;
  /// Increasing and Decreasing are meant in the wide sense.
  Direction direction() const;
  /// Least and greatest value over [lo, hi].
  std::pair<Rational, Rational> valueRange() const;

private:
  int64_t low = 0, high = 0;
  std::vector<Segment> parts;
  void mergeEqual();
};

} // namespace dyadic::model
