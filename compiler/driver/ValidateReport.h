// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What `validate` says at its end, as a table and as JSON.
#pragma once
#include "compiler/driver/Session.h"
#include "compiler/validate/Scores.h"

namespace dyadic {

/// Codes of one tensor that lie near a boundary of their quantiser, over all samples.
struct TiesTouched {
  int64_t exact = 0, near = 0;
};

struct ExpectReport {
  std::string output;
  validate::Likeness likeness;
};

struct MachineReport {
  std::string name;   ///< as --on has it
  std::string runner; ///< the machine that ran it
  const validate::Comparison *comparison;
  std::optional<int64_t> right; ///< samples with the labelled class
  std::vector<ExpectReport> expect;
};

struct ValidateReport {
  int64_t samples = 0;
  std::vector<validate::Tensor> tensors; ///< in topological order
  std::vector<TiesTouched> ties;         ///< by tensor
  std::vector<MachineReport> machines;
  std::optional<std::vector<validate::Deviation>> deviations; ///< of the exact outputs from the expected ones
};

void print(const ValidateReport &report, llvm::raw_ostream &os);
void addTo(llvm::json::Object &object, const ValidateReport &report);
/// "node 'conv1', sample 0, index 3: 7, not 8".
std::string describeFirst(const ValidateReport &report, const MachineReport &machine);

} // namespace dyadic
