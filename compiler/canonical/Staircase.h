// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Steps as lists of the integers at which their code changes, and these as rows of thresholds.
#pragma once
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <cstdint>
#include <vector>

namespace dyadic::canonical {

/// A function on the integers lo..hi: `first` at lo, and from each change on its code.
struct Staircase {
  struct Change {
    int64_t at, code;
    bool operator==(const Change &) const = default;
  };
  int64_t lo = 0, hi = 0, first = 0;
  std::vector<Change> changes;

  bool rises() const;
  bool falls() const;
  int64_t least() const;
  int64_t most() const;
  /// The same as a function of -a.
  Staircase mirrored() const;
  bool sameFunction(const Staircase &other) const { return first == other.first && changes == other.changes; }
};

/// `code` is monotone on each stretch from one of `starts` (ascending, the first is lo) up to the next.
Staircase staircaseOf(llvm::function_ref<int64_t(int64_t)> code, llvm::ArrayRef<int64_t> starts, int64_t hi);

/// One row for each staircase, all of the same length, ascending: a threshold for each unit by which the code
/// grows (`sign` 1) or falls (-1), and `ahead` of them that all integers reach.
struct Rows {
  int64_t rows = 0, columns = 0;
  std::vector<int64_t> values;
};
Rows thresholdRows(llvm::ArrayRef<Staircase> stairs, int64_t sign, llvm::ArrayRef<int64_t> ahead);

} // namespace dyadic::canonical
