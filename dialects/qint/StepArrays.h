// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A step as the runtime's structs want it: one array per field instead of one record per channel.
#pragma once

#include "dialects/qint/Qint.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <vector>

namespace dyadic::qint {

/// y = (m * a + b) >> n for each channel; empty arrays where no channel needs them, empty n where all are 0.
struct LineArrays {
  std::vector<int64_t> m; ///< channels x terms
  std::vector<int64_t> b;
  std::vector<int64_t> n;
};

/// Numbers of `limbs` 32-bit limbs; no limbs where there are none.
struct WideArrays {
  int64_t limbs = 0, tie = 0;
  std::vector<int64_t> row, A, B, P, Q, Q2;
};

/// `count` pieces of each channel: arrays have channels x count entries, `start` one less for each channel.
struct PieceArrays {
  int64_t count = 0;
  std::vector<int64_t> start, forms;
  LineArrays line;
  WideArrays wide;
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
  WideArrays wide;
  PieceArrays pieces;
};

/// The arrays of the listed channels of a step, in this order; if all of them are equal, of one channel.
/// Fails only where wide channels, or wide pieces, differ in their tie rule, or their numbers are malformed.
llvm::Expected<StepArrays> makeStepArrays(StepAttr step, llvm::ArrayRef<int64_t> channels);
llvm::Expected<StepArrays> makeStepArrays(StepAttr step);

/// Whether two channels of a step are the same function by the same numbers.
bool sameChannel(StepAttr step, int64_t a, int64_t b);

/// One stretch of a channel in form 8.
struct StepPiece {
  int64_t start = INT64_MIN;          ///< its first accumulator; of the first piece this one
  StepForm form = StepForm::constant; ///< constant, dyadic64, halfEven or wide
  int64_t m = 0, b = 0, n = 0;
  llvm::ArrayRef<int64_t> wide = {}; ///< as form 7 has them
};

/// The pieces that a channel's auxiliary numbers tell of; two or more; none where they are malformed.
std::optional<llvm::SmallVector<StepPiece, 4>> piecesOf(llvm::ArrayRef<int64_t> aux);

/// Auxiliary numbers of one channel, empty for the plain forms.
llvm::ArrayRef<int64_t> auxOf(StepAttr step, int64_t channel);

} // namespace dyadic::qint
