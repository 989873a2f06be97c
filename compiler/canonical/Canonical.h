// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A qint module as QONNX whose every number is an integer that float32 holds: the one entry of this room.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace dyadic::canonical {

/// float32 holds every integer of at most this size, and so does every sum of them that stays within it.
constexpr int64_t exactBelow = int64_t{1} << 24;

/// One MultiThreshold: code = scale * (number of thresholds reached) + bias.
struct Step {
  std::string
      key; ///< as `run --codes` has it; also the name of its output; empty: a part of another tensor's way
  std::string node;
  int64_t rows = 1, thresholds = 1; ///< rows: 1, or one for each channel
  int64_t scale = 1, bias = 0;
};

struct Input {
  std::string name;
  std::string key; ///< under which `run --codes` has these codes in this order; empty: it does not
};

struct Canonical {
  std::string bytes; ///< the ONNX file
  int64_t nodes = 0;
  std::vector<Input> inputs;
  std::vector<Step> steps;
  int64_t largestSum = 0; ///< no partial sum of any node exceeds it
};

struct Settings {
  std::string version; ///< of the compiler
};

/// `module` is of level qint, before im2col and before channels were removed. What cannot be written is
/// reported, all of it, through the context's diagnostics; the error then carries the exit code only.
llvm::Expected<Canonical> makeCanonical(mlir::ModuleOp module, const Settings &settings);

} // namespace dyadic::canonical
