// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk from qint to ONNX: one object knows for each integer tensor which ONNX tensor holds it, and how.
#pragma once
#include "compiler/canonical/Canonical.h"
#include "compiler/canonical/Graph.h"
#include "compiler/canonical/Layout.h"
#include "compiler/canonical/Staircase.h"
#include "dialects/qint/Qint.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Verdict.h"
#include "passes/model/Range.h"
#include "llvm/ADT/DenseMap.h"

namespace dyadic::canonical {

struct Tensor {
  std::string name;
  Layout layout;
  model::Range range; ///< of every element
};

class Translate {
public:
  explicit Translate(mlir::ModuleOp module) : module(module) {}
  llvm::Expected<Canonical> run(const Settings &settings);

private:
  mlir::ModuleOp module;
  mlir::func::FuncOp main;
  Graph graph;
  Canonical result;
  llvm::DenseMap<mlir::Value, Tensor> tensors;
  std::set<std::string> given; ///< names of outputs that hold their tensor already
  bool ok = true;

  // Translate.cpp
  void translate(mlir::Operation *op);
  mlir::InFlightDiagnostic refuse(mlir::Operation *op, Verdict verdict);
  /// Sums of this size are exact; otherwise a refusal.
  bool sumsFit(mlir::Operation *op, int64_t reach, const char *what);

  // Edges.cpp
  void arguments();
  void results();
  void constant(qint::ConstantOp op);
  /// Taps of `v`: each key becomes the name of a tensor that holds its codes.
  void define(mlir::Value v, Tensor t);
  /// A new tensor's name: the network's own output where `layout` is what it wants, else after the node.
  std::string nameFor(mlir::Value v, const Layout &layout, llvm::StringRef node);
  /// The key that the step which makes `v` may give its tensor; empty where another order is tapped.
  std::string claimKey(mlir::Value v, const Layout &layout);
  void quant(Tensor &t, mlir::Type element, llvm::StringRef node, const std::string &name);

  // Move.cpp
  const Tensor &of(mlir::Value v) const { return tensors.find(v)->second; }
  Tensor reshaped(const Tensor &t, const Shape &shape, llvm::StringRef name = "");
  /// The same elements in another layout; the last node's output is `name` (or any), of shape `shape` (or the
  /// layout's own).
  Tensor inLayout(const Tensor &t, const Layout &layout, llvm::StringRef name = "",
                  llvm::ArrayRef<int64_t> shape = {});
  /// With the physical shape of `v`'s own type, channels first if there is a choice.
  Tensor aligned(mlir::Value v, bool channelsFirst);
  void transpose(qint::TransposeOp op);
  void pad(qint::PadOp op);
  void slice(qint::SliceOp op);
  void gather(qint::GatherOp op);
  /// Elements map[0], map[1] ... along one ONNX axis; the result's tensor is `name`, or any.
  Tensor picked(const Tensor &t, size_t axis, llvm::ArrayRef<int64_t> map, llvm::StringRef node,
                llvm::StringRef name);
  void concat(qint::ConcatOp op);

  // Linear.cpp
  Tensor minusZero(const Tensor &t, int64_t zero, llvm::StringRef node);
  void conv(qint::Conv2DOp op);
  void depthwise(qint::DepthwiseConv2DOp op);
  void matmul(qint::MatMulOp op);
  void pool(qint::PoolOp op);
  void sumPool(qint::PoolOp op, llvm::ArrayRef<int64_t> pads);
  void makeConv(mlir::Operation *op, mlir::Value input, llvm::ArrayRef<int64_t> shape, const Shape &weights,
                llvm::ArrayRef<int64_t> strides, llvm::ArrayRef<int64_t> pads,
                llvm::ArrayRef<int64_t> dilations, int64_t group, int64_t zero, llvm::StringRef node);
  /// Ranges of the sums of `weights`, rows of equal length; nothing after a refusal.
  std::optional<model::Range> sums(mlir::Operation *op, const Shape &weights, int64_t rows,
                                   model::Range values);

  // Steps.cpp
  void rescale(qint::RescaleOp op);
  std::optional<std::vector<Staircase>> oneTerm(qint::RescaleOp op, const Spread &spread);
  std::optional<std::vector<Staircase>> manyTerms(qint::RescaleOp op, const Spread &spread, Tensor &in);
  Tensor threshold(const Tensor &in, const Spread &spread, const Rows &rows, int64_t scale, int64_t bias,
                   mlir::Type element, llvm::StringRef node, llvm::StringRef name);

  // Affine.cpp
  /// y = clamp(sum mult_t a_t + bias, lo, hi), numbers per channel.
  struct Line {
    llvm::ArrayRef<int64_t> mult, bias;
    int64_t channels, period, lo, hi;
  };
  void affine(qint::AffineOp op);
  /// Whether the step is such a line in every channel, as a Relu at the network's end is; then it is written.
  bool line(qint::RescaleOp op);
  void sum(mlir::Operation *op, const Line &line);
  /// A number per channel, to multiply or add: shaped for broadcasting.
  std::string perChannel(const Layout &layout, const Spread &spread, llvm::ArrayRef<int64_t> values,
                         llvm::StringRef wish);
  Tensor elementwise(llvm::StringRef type, const Tensor &a, const std::string &b, model::Range range,
                     llvm::StringRef wish);
};

/// The ONNX node that an op came from.
std::string nodeName(mlir::Operation *op);
/// A node's name as the key of --codes has it.
std::string keyOf(llvm::StringRef node);

} // namespace dyadic::canonical
