// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A step as the runtime's structs want it: one array per field instead of one record per channel.
#pragma once

#include "dialects/qint/Qint.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace dyadic::qint {

/// y = (m * a + b) >> n for each channel; empty arrays where no channel needs them, empty n where all are 0.
struct LineArrays {
  std::vector<int64_t> m; ///< channels x terms
  std::vector<int64_t> b;
  std::vector<int64_t> n;
};

/// The fields of dyadic_step. Arrays have `channels` entries unless said otherwise, and are empty where null.
struct StepArrays {
  int64_t channels = 1;
  int64_t terms = 1;
  int64_t form = 0;           ///< of all channels where `forms` is empty
  std::vector<int64_t> forms; ///< where channels differ
  LineArrays line;
  int64_t clampMin = 0, clampMax = 0;
  // two segments
  std::vector<int64_t> split;
  LineArrays upper;
  // thresholds
  std::vector<int64_t> thresholds; ///< all channels' thresholds, equal lists stored once
  std::vector<int64_t> thresholdFirst, thresholdCount, descending;
  // table
  std::vector<int64_t> entries; ///< all channels' codes, equal tables stored once
  std::vector<int64_t> entryFirst, aLow;
  // wide: numbers of `limbs` 32-bit limbs
  int64_t limbs = 0, tie = 0;
  std::vector<int64_t> wideRow, wideA, wideB, wideP, wideQ, wideQ2;
};

/// The arrays of the listed channels of a step, in this order; if all of them are equal, of one channel.
/// Fails only where wide channels differ in their tie rule.
llvm::Expected<StepArrays> makeStepArrays(StepAttr step, llvm::ArrayRef<int64_t> channels);
llvm::Expected<StepArrays> makeStepArrays(StepAttr step);

/// Whether two channels of a step are the same function by the same numbers.
bool sameChannel(StepAttr step, int64_t a, int64_t b);

/// Auxiliary numbers of one channel, empty for the plain forms.
llvm::ArrayRef<int64_t> auxOf(StepAttr step, int64_t channel);

} // namespace dyadic::qint
