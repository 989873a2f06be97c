// A quantiser of the data path as a monotone step function from the real line to an index.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/Result.h"
#include "passes/model/Rounding.h"
#include <array>
#include <limits>
#include <vector>

namespace dyadic::model {

/// One boundary: index >= k iff v > theta, or v >= theta when inclusive.
struct Threshold {
  Rational theta;
  bool inclusive = true;
};

/// Boundaries that are affine in k up to a class of k: theta_k = step * k + offset[c], c = stepClass(k).
/// Parity matters to HALF_EVEN, the sign of k to UP, DOWN, HALF_UP, HALF_DOWN. Boundaries never decrease in
/// k.
struct AffineRule {
  Rational step = 1; ///< > 0
  std::array<Rational, 4> offset;
  std::array<bool, 4> inclusive{};
};
inline unsigned stepClass(int64_t k) { return static_cast<unsigned>(k & 1) | (k > 0 ? 2U : 0U); }

/// Real x -> v = x * preMul + preAdd -> index k in [kmin, kmax] (nondecreasing in v; a negative scale makes
/// preMul negative and the whole decreasing in x). The index is what memory holds; QONNX's code is
/// codeMul * k + codeAdd (differs for -1/+1 codes only, where the index is the bit, and for widening Trunc
/// v1).
struct Quantiser {
  static constexpr int64_t unboundedMin = std::numeric_limits<int64_t>::min() / 4;
  static constexpr int64_t unboundedMax = std::numeric_limits<int64_t>::max() / 4;

  Rational preMul = 1, preAdd = 0;
  int64_t kmin = 0, kmax = 0;
  bool listed = false;
  AffineRule rule;                   ///< when !listed
  std::vector<Threshold> thresholds; ///< when listed: in v, nondecreasing, for k = kmin + 1 .. kmax
  int64_t codeMul = 1, codeAdd = 0;
  Rational valueMul = 1, valueAdd = 0; ///< real value of index k: valueMul * k + valueAdd

  /// The boundary of kmin < k <= kmax in v.
  Threshold threshold(int64_t k) const;
  /// The index of real x.
  int64_t index(const Rational &x) const { return indexOfV(x * preMul + preAdd); }
  int64_t indexOfV(const Rational &v) const;
  int64_t code(int64_t k) const { return k * codeMul + codeAdd; }
  Rational value(int64_t k) const { return valueMul * k + valueAdd; }
  bool bounded() const { return kmin != unboundedMin && kmax != unboundedMax; }
  /// Codes are -1 and +1, the index is the bit.
  bool bipolar() const { return codeMul == 2 && codeAdd == -1; }
};

/// MIN and MAX of Quant as the executor computes them in float32 (so MAX rounds up from 25 bits unsigned,
/// 26 signed). `bits` may be fractional. Not for signed 1 bit.
struct QuantBounds {
  Rational min, max;
};
Result<QuantBounds> quantBounds(float bits, bool isSigned, bool narrow);

/// Quant: v = x / scale + zero, clip to [min, max], round. code = k, value = (k - zero) * scale.
Result<Quantiser> makeQuant(const Rational &scale, const Rational &zero, const Rational &min,
                            const Rational &max, RoundingMode mode);
/// Signed Quant of 1 bit: x / scale + zero >= 0 ? +1 : -1; value = (code - zero) * scale.
Result<Quantiser> makeSignedBit(const Rational &scale, const Rational &zero);
/// BipolarQuant: x >= 0 ? +scale : -scale.
Result<Quantiser> makeBipolar(const Rational &scale);
/// Quant with its width: signed 1 bit goes to makeSignedBit.
Result<Quantiser> makeQuantBits(const Rational &scale, const Rational &zero, float bits, bool isSigned,
                                bool narrow, RoundingMode mode);

/// Trunc version 1: y = rint(x / scale + zero) / 2^(inBits - outBits), round; value = (code - zero) * scale.
/// Not clipped: kmin and kmax are unbounded.
Result<Quantiser> makeTruncV1(const Rational &scale, const Rational &zero, int64_t inBits, int64_t outBits,
                              RoundingMode mode);
/// Trunc version 2: w = rint(x / scale + zero); T = 2^rint(log2(outScale / scale)); clip w / T to [min, max],
/// round; value = (code - zero / T) * outScale.
Result<Quantiser> makeTruncV2(const Rational &scale, const Rational &zero, const Rational &outScale,
                              const Rational &min, const Rational &max, RoundingMode mode);
/// MultiThreshold: k = number of thresholds t with x >= t (any order); value = outScale * k + outBias.
Quantiser makeMultiThreshold(std::vector<Rational> thresholds, const Rational &outScale,
                             const Rational &outBias);

/// A quantiser of one even rule whose value is all that `q`, a Trunc or a MultiThreshold, needs to know of x:
/// rint(x / scale + zero), or x rounded down to a unit of which all thresholds are multiples. None for
/// others.
std::optional<Quantiser> roundingBefore(const Quantiser &q, bool trunc);

/// T of Trunc version 2: the exponent rint(log2(ratio)), decided exactly (log2 is never a tie for a
/// rational).
int64_t nearestLog2(const Rational &ratio);

} // namespace dyadic::model
