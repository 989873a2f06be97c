// Accumulator ranges of convolutions and matrix products from the real weights.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <algorithm>
#include <cstdint>

namespace dyadic::model {

/// An inclusive range of integer values; `min <= max`.
struct Range {
  int64_t min = 0, max = 0;
  bool operator==(const Range &) const = default;
};

/// Range of sum w_i * v_i over v_i in given ranges, tap by tap, and the bound that no partial sum in any
/// order exceeds in absolute value. Values are code - zero. Saturates (`overflow`) beyond 2^62.
struct AccumulatorRange {
  Range range;           ///< of the complete sum
  int64_t anyOrder = 0;  ///< sum |w| * max |v| (plus |bias| if one was added)
  bool overflow = false; ///< some bound passed 2^62; the others are then meaningless

  /// One tap. `mayBePadding`: the tap may read the real 0 of a padded border instead.
  void addTap(int64_t weight, Range values, bool mayBePadding) {
    if (mayBePadding) {
      values.min = std::min<int64_t>(values.min, 0);
      values.max = std::max<int64_t>(values.max, 0);
    }
    addTerm(static_cast<__int128>(weight) * (weight < 0 ? values.max : values.min),
            static_cast<__int128>(weight) * (weight < 0 ? values.min : values.max));
  }
  /// The same weight sum for all taps that share one value range: `positive` = sum of positive weights,
  /// `negative` = sum of negative weights (<= 0). A convolution calls it once per input channel or once in
  /// all.
  void addTaps(int64_t positive, int64_t negative, Range values, bool mayBePadding) {
    addTap(positive, values, mayBePadding);
    addTap(negative, values, mayBePadding);
  }
  void addBias(int64_t bias) { addTerm(bias, bias); }

  /// Every partial sum in every order fits a signed accumulator of `bits`.
  bool fits(unsigned bits) const { return !overflow && (bits > 62 || anyOrder < (int64_t{1} << (bits - 1))); }

private:
  static constexpr int64_t limit = int64_t{1} << 62;
  void addTerm(__int128 low, __int128 high) {
    __int128 largest = std::max(low < 0 ? -low : low, high < 0 ? -high : high);
    if (overflow || largest >= limit - anyOrder) {
      overflow = true;
      return;
    }
    range.min += static_cast<int64_t>(low);
    range.max += static_cast<int64_t>(high);
    anyOrder += static_cast<int64_t>(largest);
  }
};

} // namespace dyadic::model
