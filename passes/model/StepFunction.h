// The whole way from an accumulator to a code: an exact integer step function.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/FloorLine.h"
#include "passes/model/PiecewiseLinear.h"
#include "passes/model/Quantiser.h"

namespace dyadic::model {

/// Codes as the largest k with p a + q > s k + o[c], or equal where inclusive[c]; c = stepClass(k); s > 0.
/// All integers: the common multiple of the rationals of one channel. Not limited to any range of codes.
struct AffineStep {
  Integer p, q, s;
  std::array<Integer, 4> o;
  std::array<bool, 4> inclusive{};

  int64_t index(int64_t a) const;
  /// Smallest (p > 0) or largest (p < 0) a whose code is at least k. p != 0.
  Integer reach(int64_t k) const;
};

/// A stretch of accumulators on which the code is constant or follows an AffineStep without clipping. On an
/// affine piece whose rule depends on the sign of k all codes are >= 1 or all are <= -1.
struct StepPiece {
  int64_t start, end;
  bool constant;
  int64_t value = 0; ///< when constant
  AffineStep step;   ///< otherwise
};

/// From `a` on the code is `value`.
struct Change {
  int64_t a, value;
};

/// Composition of a PiecewiseLinear over the reachable accumulators with a Quantiser; exact everywhere.
class StepFunction {
public:
  /// Up to this many changes are listed; beyond, the function stays symbolic (outputs of 9 bits and more).
  static constexpr int64_t listLimit = 512;

  static StepFunction compose(const PiecewiseLinear &f, const Quantiser &q);

  int64_t lo() const { return low; }
  int64_t hi() const { return high; }
  int64_t minCode() const { return least; }
  int64_t maxCode() const { return greatest; }
  bool constant() const { return least == greatest; }
  PiecewiseLinear::Direction direction() const { return dir; }
  const std::vector<StepPiece> &pieces() const { return parts; }
  int64_t eval(int64_t a) const;
  /// The same function of the accumulators of pieces first .. last only.
  StepFunction between(size_t firstPiece, size_t lastPiece) const;

  /// changes() is complete. Otherwise use pieces(), or list().
  bool listed() const { return isListed; }
  int64_t first() const { return firstCode; } ///< the code at lo()
  const std::vector<Change> &changes() const { return changeList; }
  /// The changes whatever their number; none beyond `limit` of them.
  std::optional<std::vector<Change>> list(int64_t limit) const;

  /// The floor of a line that equals the affine piece on all its accumulators; none where the rule treats
  /// even and odd codes differently and that shows (an exact tie is reached).
  static std::optional<FloorLine> floorLine(const StepPiece &piece);

private:
  int64_t low = 0, high = 0, least = 0, greatest = 0, firstCode = 0;
  bool isListed = false;
  PiecewiseLinear::Direction dir = PiecewiseLinear::Direction::Constant;
  std::vector<StepPiece> parts;
  std::vector<Change> changeList;

  void addConstant(int64_t start, int64_t end, int64_t value);
  void addAffine(int64_t start, int64_t end, const AffineStep &step, int64_t kmin, int64_t kmax);
  void addListed(int64_t start, int64_t end, const Rational &alpha, const Rational &beta, const Quantiser &q);
  void finish();
};

/// The clamp one step needs for all its channels: least and greatest code any of them reaches.
std::pair<int64_t, int64_t> commonClamp(const std::vector<StepFunction> &channels);

} // namespace dyadic::model
