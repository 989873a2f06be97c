// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Digits of weights, and what a window of them reaches.
#pragma once
#include "compiler/certificate/Derive.h"

namespace dyadic::certificate {

/// The digit of `weight` between two powers of two, with its sign; `to` < 0: all from `from` on.
Integer digitOf(const Integer &weight, long from, long to);

/// Where a sum lies, wherever its window does, and what no partial sum exceeds.
struct Window {
  Integer lo, hi, anyOrder;
};
/// By place, what all that meets it adds at least, at most and in absolute value.
Window windowOf(const WideWeights &wide, llvm::ArrayRef<Integer> lo, llvm::ArrayRef<Integer> hi,
                llvm::ArrayRef<Integer> most);

} // namespace dyadic::certificate
