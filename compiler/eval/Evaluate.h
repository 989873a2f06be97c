// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a qonnx module on samples: exactly (semantics S) or in float32. `dyadic run` and the tests stand on
// this.
#pragma once
#include "compiler/eval/exact/Tensor.h"
#include "compiler/npy/Npy.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include <map>
#include <memory>

namespace dyadic::eval {

/// One graph input. The first axis counts samples, then come the ONNX axes after the batch axis. A floating
/// dtype holds real values; an integer one codes of the declared lattice, or of the quantiser that the input
/// reaches.
struct Input {
  std::string name; ///< empty: the graph's only input
  npy::Array array;
};

/// One graph output, samples first.
struct Output {
  std::string name;
  Shape shape;
  std::vector<float> reals;     ///< the exact value rounded once to nearest-even (float32 level: as computed)
  std::vector<int64_t> indices; ///< instead of reals, for an ArgMax
  /// At the qint level, and where Options::outputLattices asks: the integers as the C's caller gets them,
  /// before a head.
  std::vector<int64_t> codes;
  std::vector<Rational> exact; ///< only with Options::wantExact, at the exact level, and not for a head
  /// With Options::wantBounds, not for an ArgMax: how far a float32 evaluation of the last linear op may be
  /// off.
  std::vector<double> float32Bounds;
  bool isIndex = false;
};

/// Codes of one quantiser, or integers of one accumulator, samples first, ONNX axis order.
struct Codes {
  Shape shape;
  std::vector<int64_t> values;
};
using CodeMap = std::map<std::string, Codes>;

/// An output without a quantiser as the integer level gives it: value = acc * scale + offset, exact numbers
/// as text, one each or one per index along `axis` (of the logits, where a head follows).
struct AccumulatorLattice {
  std::vector<std::string> scale, offset;
  size_t axis = 1;
};

/// A code whose exact value before rounding lies within 2^-20 (sum |w x| + |bias|) / scale of a boundary.
struct NearTie {
  std::string key;
  int64_t sample = 0, index = 0; ///< index in ONNX order within the sample
  int64_t code = 0, other = 0;   ///< the exact code, and the one across the boundary
  Rational value;                ///< in units of the quantiser's steps: x / scale + zero
  double distance = 0, bound = 0;
  bool exactTie = false; ///< the value is a boundary itself (rule 5: counted apart)
};

/// A code that differs from the reference's. With its own node judged alone: every code before it was
/// replaced by the reference's.
struct Difference {
  NearTie at;            ///< the exact code and how near its value is to a boundary
  int64_t reference = 0; ///< the other code
  bool nearTie = false;  ///< the value is within the bound of the boundary to that code
};

struct CodeChange {
  std::string key;
  int64_t sample = 0, index = 0, code = 0;
};

enum class Arithmetics { Exact, Float32 };

struct Options {
  Arithmetics arithmetics = Arithmetics::Exact;
  bool wantCodes = false, wantExact = false, wantNearTies = false, wantBounds = false;
  /// By output name: asks for that output's integers among the codes. A float32 run gives the nearest ones.
  std::map<std::string, AccumulatorLattice> accumulators;
  /// The same, for Output::codes. Exact level only.
  std::map<std::string, AccumulatorLattice> outputLattices;
  /// Codes of an executor for the same samples: differences are listed, and each node sees the reference's
  /// codes instead of its predecessors'. Keys that it lacks are evaluated as usual. Exact level only.
  const CodeMap *reference = nullptr;
  /// Codes to put in place of computed ones. Exact level only.
  std::vector<CodeChange> changes;
};

struct RunResult {
  std::vector<Output> outputs; ///< in the graph's order
  CodeMap codes;
  std::vector<NearTie> nearTies;
  std::vector<Difference> differences;
};

/// A module made ready to run: constants are evaluated once. The module must outlive it. It holds no state
/// between runs, but one object serves one thread at a time.
class Evaluator {
public:
  static llvm::Expected<Evaluator> create(mlir::ModuleOp module,
                                          Arithmetics arithmetics = Arithmetics::Exact);
  Evaluator(Evaluator &&) noexcept;
  Evaluator &operator=(Evaluator &&) noexcept;
  ~Evaluator();

  /// Any number of samples, whatever batch the module was imported with. `options.arithmetics` is that of
  /// create.
  llvm::Expected<RunResult> run(llvm::ArrayRef<Input> inputs, const Options &options = {});

private:
  struct State;
  explicit Evaluator(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

/// The codes that the C's input takes for these samples, one per argument in the arguments' order, in the
/// graph input's axes: codes of the declared lattice, or of the quantiser that the input reaches.
llvm::Expected<std::vector<Codes>> inputCodes(mlir::ModuleOp module, llvm::ArrayRef<Input> inputs);

/// The near-ties of a run, one line each (node, sample, index, code, other code, value, distance, bound, tab
/// separated, a heading first), exact ties left out and counted in the last line.
std::string listNearTies(const RunResult &result);
/// The same for the differences from reference codes, with the reference's code and a verdict.
std::string listDifferences(const RunResult &result);

/// For each element that a quantiser reads, the largest sum |w x| + |bias| that any input gives, by key: all
/// codes are taken at their largest, as `largestCode` of a quantiser's key and element says.
llvm::Expected<std::map<std::string, std::vector<double>>>
largestMagnitudes(mlir::ModuleOp module,
                  llvm::function_ref<int64_t(const std::string &key, size_t element)> largestCode);

/// All in one call.
llvm::Expected<RunResult> evaluate(mlir::ModuleOp module, llvm::ArrayRef<Input> inputs,
                                   const Options &options = {});

/// float32, or int64 for an ArgMax.
npy::Array toArray(const Output &output);
/// int32, or int64 where a code needs it.
npy::Array toArray(const Codes &codes);

} // namespace dyadic::eval
