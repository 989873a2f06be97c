// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How good a network's outputs are: against labels, and against float outputs of another executor.
#pragma once
#include "compiler/eval/Evaluate.h"
#include "compiler/validate/Compare.h"
#include "dialects/qint/Qint.h"

namespace dyadic::validate {

/// What the integers of one output stand for.
class OutputMeaning {
public:
  OutputMeaning(qint::PortAttr port, int64_t batch);

  const std::string &name() const { return portName; }
  bool isIndex() const { return head == "argmax"; }
  /// value = integer * scale + offset, for the exact evaluator to express its outputs in.
  eval::AccumulatorLattice lattice() const;
  /// What the ONNX graph gives, each the nearest float32; indices for an ArgMax.
  std::vector<float> values(const Integers &codes, int64_t samples) const;
  /// The place of the largest real of each sample, the first one on ties; none where an ArgMax gives several
  /// indices a sample.
  std::optional<std::vector<int64_t>> classes(const Integers &codes, int64_t samples) const;

private:
  std::vector<eval::Rational> reals(const Integers &codes) const;

  std::string portName, head;
  std::vector<eval::Rational> scale, offset; ///< of the integers, one or by index along `axis`
  std::vector<int64_t> shape;                ///< of one run
  int64_t batch = 1, axis = 1, headAxis = 1;
};

/// How alike two arrays of floats are.
struct Likeness {
  int64_t elements = 0;
  int64_t differing = 0; ///< not the same float
  double rmse = 0, mae = 0, largest = 0;
  double cosine = 1; ///< 1 where both are 0 everywhere
};
Likeness likenessOf(llvm::ArrayRef<float> found, llvm::ArrayRef<float> wanted);

/// The given float outputs, of all samples.
struct Wanted {
  std::vector<std::vector<float>> outputs; ///< in the network's order; empty: not given
};

/// One sample whose outputs differ by more than float32's error in its last linear operation.
struct Deviation {
  int64_t sample = 0;
  std::optional<eval::NearTie> because; ///< the near-tie whose other code gives the wanted outputs
};

/// Whether a run's outputs, of samples from `first` on, are the wanted ones up to float32's error in the last
/// linear operation; the run was asked for bounds.
bool agrees(const eval::RunResult &result, int64_t first, int64_t samples, const Wanted &wanted);

/// Which of `samples` deviate, and why: for each, its near-ties are decided the other way one after the
/// other, the nearest first, until the wanted outputs appear. `inputs` hold all samples.
llvm::Expected<std::vector<Deviation>> explainDeviations(eval::Evaluator &evaluator,
                                                         llvm::ArrayRef<eval::Input> inputs,
                                                         llvm::ArrayRef<int64_t> samples,
                                                         const Wanted &wanted,
                                                         llvm::function_ref<void(size_t)> progress);

/// Samples [first, first + count) of every input.
std::vector<eval::Input> slice(llvm::ArrayRef<eval::Input> inputs, int64_t first, int64_t count);

} // namespace dyadic::validate
