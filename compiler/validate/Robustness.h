// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which nodes a float32 executor cannot get wrong, whatever the input, and where it can in the others.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include "passes/model/Rational.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace dyadic::validate {

/// Thresholds k_first .. k_last of one channel that lie near a reachable accumulator. More than one stand in
/// a row only where the bound is at least half an accumulator step, so that each of them is near wherever it
/// lies; position, integer and distance are then those of the closest.
struct NearThreshold {
  int64_t channel = 0, first = 0, last = 0;
  model::Rational position;       ///< exactly where code `first` begins, in units of the accumulator
  std::string integer;            ///< the nearest reachable accumulator; of a sum, each of its accumulators
  double distance = 0, bound = 0; ///< in units of the accumulator; of a sum in units of Reach
};

struct NodeRobustness {
  enum class Verdict { Robust, ExactTies, NearTies, Input, Undecided } verdict = Verdict::Robust;
  std::string key;
  std::string why; ///< Undecided
  int64_t channels = 0, thresholds = 0, nearTies = 0, exactTies = 0;
  std::vector<NearThreshold> rows;
};
const char *nameOf(NodeRobustness::Verdict verdict);

/// Every quantiser of a qonnx module, in the order of the graph. A threshold is near when some reachable
/// accumulator lies within
///     2^-20 (sum |w x| + |bias|) / |real step of the accumulator|
/// of it, the sum at its largest over all inputs; the near-tie of a run, taken over the reachable range.
/// Float32 adds n products with an error of at most gamma_n (sum |w x| + |bias|), gamma_n = n u / (1 - n u),
/// u = 2^-24: 2^-20 covers the worst case of 14 additions, and with errors that do not all point one way,
/// sums of hundreds.
llvm::Expected<std::vector<NodeRobustness>> robustnessOf(mlir::ModuleOp module);

} // namespace dyadic::validate
