// Places buffers of known size and lifetime in one arena.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/Result.h"
#include <cstdint>
#include <string>
#include <vector>

namespace dyadic::model {

struct PlanBuffer {
  std::string name;       ///< for messages
  int64_t sizeBytes = 0;  ///< >= 0
  int64_t alignBytes = 1; ///< power of two
  int64_t first = 0;      ///< steps in which the bytes must stay: first .. last, both included
  int64_t last = 0;
  std::optional<int64_t> fixedOffsetBytes = {};
  /// Shares the storage of this other buffer from its first byte: an operator working in place. The other
  /// one's last step is this one's first.
  std::optional<size_t> inPlaceOf = {};
};

struct PlanProblem {
  std::vector<PlanBuffer> buffers;
};

struct PlanSolution {
  std::vector<int64_t> offsetBytes; ///< one per buffer
  int64_t arenaBytes = 0;           ///< greatest offset + size
  int64_t boundBytes = 0; ///< no plan is smaller: most live bytes of any step, alignment gaps included
  int64_t boundStep = 0;  ///< a step that attains it
  bool optimal = false;   ///< proven: equal to the bound, or by exhaustive search
};

struct PlanOptions {
  /// Work of the exhaustive search in visited buffers; about 20 million per second. Deterministic: no clock.
  int64_t searchBudget = 4000000;
  /// If not 0: an arena of so many bytes will do, and a larger one will not. Nothing smaller is looked for,
  /// and where there is none of that size the plan may be larger than need be.
  int64_t enoughBytes = 0;
};

/// Fails on a malformed problem (a negative size, an alignment that is no power of two, last < first, a chain
/// of inPlaceOf that is no chain, a conflict of fixed offsets), naming the buffer.
Result<PlanSolution> planMemory(const PlanProblem &problem, const PlanOptions &options = {});

} // namespace dyadic::model
