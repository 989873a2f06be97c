// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a machine's program wrote against what the network means, element by element.
#pragma once
#include "compiler/Failure.h"
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dyadic::validate {

/// A quantised tensor that the C taps, or (output) what its caller reads.
struct Tensor {
  std::string name; ///< the key of the codes, or the output's ONNX name
  bool output = false;
  unsigned bytes = 4; ///< of one output code as the C API gives it
  bool isSigned = true;
};

/// The right integers of one tensor for some samples, in ONNX order, samples first.
using Integers = std::vector<int64_t>;

/// A stretch of samples that one start of the program computes.
struct Chunk {
  int64_t first = 0, samples = 0; ///< among all samples
  int64_t batch = 1;              ///< samples of one run; the last run may have fewer
  std::vector<Integers> expected; ///< by tensor
};

struct Wrong {
  int64_t sample = 0, index = 0; ///< index within the sample
  int64_t found = 0, expected = 0;
};

/// One tensor on one machine so far.
struct Tally {
  int64_t compared = 0, mismatches = 0;
  int64_t missing = 0; ///< of the mismatches: elements that never came, or came twice
  uint64_t largestStep = 0;
  std::optional<Wrong> first;
};

/// Compares everything one machine gives with all there should be.
class Comparison {
public:
  /// Tensors in topological order.
  explicit Comparison(const std::vector<Tensor> &tensors);

  /// `results`: what the program wrote (harness.c), to its end. A mismatch is counted; an error means that
  /// the text itself cannot be read.
  llvm::Error add(const Chunk &chunk, llvm::StringRef results);

  const std::vector<Tally> &tallies() const { return all; }
  int64_t compared() const;
  int64_t mismatches() const;
  /// The first tensor with a mismatch, in topological order; none: -1.
  int firstDiverging() const;
  /// All codes of the outputs so far, by their number, as the C gave them.
  const std::vector<Integers> &outputs() const { return given; }

private:
  struct Cursor;
  void element(const Chunk &chunk, size_t tensor, int64_t run, int64_t index, int64_t found);

  const std::vector<Tensor> &tensors;
  std::map<std::string, size_t, std::less<>> taps; ///< by key
  std::vector<size_t> outputTensors;               ///< by number
  std::vector<Tally> all;
  std::vector<std::vector<uint8_t>> seen; ///< by tensor: which elements of this chunk came
  std::vector<Integers> given;
};

} // namespace dyadic::validate
