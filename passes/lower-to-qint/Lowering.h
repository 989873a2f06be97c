// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The lowering from qonnx to qint: one object walks @main in order, holding a view of every real tensor.
#pragma once
#include "dialects/qint/Qint.h"
#include "dialects/qonnx/Qonnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/lower-to-qint/View.h"
#include "passes/model/PiecewiseLinear.h"
#include "passes/model/Quantiser.h"
#include "llvm/ADT/DenseMap.h"
#include <map>

namespace dyadic::lower {

/// Weights of a linear op as integers times one rational per output.
struct IntWeights {
  Shape shape;                 ///< as in the constant
  std::vector<int64_t> values; ///< row-major
  std::vector<Rational> unit;  ///< one per output channel; weight = value * unit
  unsigned bits = 8;
  bool isSigned = true;
};

/// The quantiser of each class of elements: per tensor, per channel, or whatever its parameters broadcast to.
struct QuantiserGrid {
  Broadcast<int64_t> index; ///< which of `quantisers`
  std::vector<model::Quantiser> quantisers;
  mlir::Type storage; ///< siB or uiB that holds every code
  std::string key;
};

/// How a broadcast array over a logical tensor is found in physical order: channel of element i = (i /
/// period) % channels; source[channel] is the entry of the broadcast array.
struct Spread {
  int64_t channels = 1, period = 1;
  std::vector<int64_t> source{0};
};
Spread spreadOf(const IntTensor &t, llvm::ArrayRef<int64_t> classShape);
/// The same for an index array already in the physical order `physical`.
Spread spreadOf(const Broadcast<int64_t> &index, llvm::ArrayRef<int64_t> physical);
/// 0, 1, 2 ... over `shape`, carried into the physical order of `t`.
Broadcast<int64_t> physicalIndex(const IntTensor &t, llvm::ArrayRef<int64_t> shape);

/// Union of the ranges that fall together when `r` is seen at the coarser `shape`.
Ranges reduceRanges(const Ranges &r, llvm::ArrayRef<int64_t> shape);

/// Scale and offset of a port are one value, or a list over one axis: that axis (1 for one value); none when
/// several matter.
std::optional<int64_t> portAxis(const Coeffs &scale, const Coeffs &offset);

/// Whether nothing changes along other axes than these.
bool onlyAlong(const Coeffs &c, llvm::ArrayRef<int64_t> axes);

/// Name of the ONNX node an op came from.
std::string nodeName(mlir::Operation *op);

struct Products;
struct Sums;

/// Terms that one step takes: DYADIC_RESCALE_MAX_TERMS.
constexpr size_t mostTerms = 8;

class Lowering {
public:
  explicit Lowering(mlir::ModuleOp module) : module(module), b(module.getContext()) {}
  mlir::LogicalResult run();

private:
  mlir::ModuleOp module;
  mlir::OpBuilder b;
  mlir::func::FuncOp main;
  mlir::Block *body = nullptr;
  llvm::DenseMap<mlir::Value, ViewPtr> views;
  llvm::DenseMap<mlir::Value, bool> poisoned; ///< an error was reported for it or for what it needs
  mlir::Operation *current = nullptr;         ///< the qonnx op being lowered: location and diagnostics
  /// What a free input's codes mean, once its quantiser has been met.
  struct Input {
    std::string name;
    IntTensor ints;
    std::optional<QuantiserGrid> grid; ///< once its quantiser was met
    mlir::ElementsAttr thresholds;
    int64_t period = 1;
    std::vector<int8_t> descending; ///< per channel of the thresholds
    Coeffs scale, offset;           ///< of the codes, over the input's ONNX shape
  };
  std::vector<Input> inputs;
  std::map<std::vector<const void *>, ViewPtr> quantised; ///< one result for equal quantisers of one value

  std::map<const View *, std::pair<ViewPtr, ViewPtr>> split; ///< a view and what splitAtBends made of it
  int attempts = 0;                                          ///< while there is one, failing is no error
  std::string whyNot;                                        ///< why the last attempt failed
  bool roundsFirst = false;                                  ///< in roundFirst

  /// Reports an error and returns null, so that a failing lowering reads `return fail(...)`.
  ViewPtr fail(const llvm::Twine &message);
  /// What `make` gives, or null without a report.
  ViewPtr attempt(llvm::function_ref<ViewPtr()> make);

  // Lowering.cpp
  mlir::LogicalResult lowerOp(mlir::Operation *op);
  ViewPtr dispatch(mlir::Operation *op);
  ViewPtr viewOf(mlir::Value v);
  ViewPtr constantView(mlir::Operation *op);

  // Elementwise.cpp
  ViewPtr affineMap(ViewPtr v, const Coeffs &mul, const Coeffs &add);
  ViewPtr unaryMap(ViewPtr v, const Unary &u);
  ViewPtr binary(mlir::Operation *op);
  ViewPtr addViews(ViewPtr x, ViewPtr y);
  ViewPtr broadcastTo(ViewPtr v, llvm::ArrayRef<int64_t> shape);
  ViewPtr batchNorm(qonnx::BatchNormOp op);

  // Materialise.cpp and Activations.cpp: integers for a view that no quantiser has rounded
  ViewPtr force(ViewPtr v, bool singleTerm = false, bool uniform = false);
  ViewPtr materialise(ViewPtr v, bool uniform);
  /// Scale and offset in one integer, of which the reals `also` are multiples as well.
  ViewPtr materialiseOffset(ViewPtr v, llvm::ArrayRef<Rational> also = {});
  ViewPtr materialiseUnary(ViewPtr v, bool uniform);
  /// The same, all but the last function first.
  ViewPtr materialiseInParts(ViewPtr v, bool uniform);
  IntTensor convert(const IntTensor &t, mlir::Type element);

  // Open.cpp
  ViewPtr forcePool(ViewPtr v);
  /// The same where integers that no quantiser rounds are pooled before the functions applied to them.
  ViewPtr poolBeforeUnary(const View &pool);
  ViewPtr forceConcat(ViewPtr v);
  /// Negated where `sign` is negative.
  IntTensor withSigns(const IntTensor &t, const Coeffs &sign, llvm::StringRef node);
  IntTensor joinInts(std::vector<IntTensor> ints, llvm::ArrayRef<int64_t> extents, int64_t axis,
                     llvm::ArrayRef<int64_t> shape);

  // Split.cpp: sums of several integers, where one would need more than 64 bits
  /// Without functions: what bends becomes several terms.
  ViewPtr splitAtBends(ViewPtr v);
  ViewPtr splitOne(const View &v);
  ViewPtr splitSum(const View &v);
  /// S * [S >= level] - level * [S >= level] of a sum S.
  ViewPtr above(const View &sum, const Rational &level);
  ViewPtr indicatorOf(const View &sum, const Rational &level);
  /// A function of each element of `in` with whole values, one for each class.
  std::optional<IntTensor> mapInts(const IntTensor &in, llvm::ArrayRef<int64_t> classes,
                                   llvm::ArrayRef<model::PiecewiseLinear> functions);
  /// Terms whose scale changes along other axes than `kept` as several whose scale does not.
  ViewPtr splitScales(ViewPtr v, llvm::ArrayRef<int64_t> kept);

  // Linear.cpp
  /// `sum` of the integers of v: of one, or, where its sums outgrow 64 bits, of those it is at its bends.
  ViewPtr sumOver(ViewPtr v, llvm::function_ref<ViewPtr(ViewPtr)> sum);
  std::optional<Sums> sumOf(const Products &products);
  /// Integers whose sums fit 64 bits: one set of them, else several whose sums add up; none after a
  /// diagnostic.
  std::vector<Sums> sumsOf(const Products &products);

  // Weights.cpp
  /// `outAxis` may be the constant's rank: then all weights belong to one output.
  std::optional<IntWeights> weightsOf(mlir::Operation *constant, unsigned outAxis);
  mlir::Value weightConstant(const IntWeights &w, llvm::ArrayRef<int64_t> shape,
                             const std::vector<int64_t> &values);
  /// Accumulator type proven safe, range per output; null after a diagnostic.
  mlir::Type accumulatorFor(const std::vector<model::AccumulatorRange> &ranges);

  // Conv.cpp
  ViewPtr conv(qonnx::ConvOp op);
  ViewPtr convolve(qonnx::ConvOp op, mlir::Operation *constant, ViewPtr x);
  /// One convolution of the channels-last integers `in`.
  IntTensor convolve(qonnx::ConvOp op, const IntTensor &in, const Sums &sums, int64_t zero, const Window &w,
                     llvm::ArrayRef<int64_t> out);
  /// What a constant offset of the input adds to each output of a convolution, borders included.
  static Coeffs convolveOffset(const Coeffs &beta, const Coeffs &weights, llvm::ArrayRef<int64_t> in,
                               llvm::ArrayRef<int64_t> out, const Window &w, int64_t group);

  // MatMul.cpp
  ViewPtr matmul(qonnx::MatMulOp op);
  /// Rows of x by one constant matrix, or by a vector as one column: x's shape with its last extent replaced.
  ViewPtr matmulBy(ViewPtr x, mlir::Operation *constant, bool transposed);
  ViewPtr multiply(ViewPtr x, mlir::Operation *constant, bool transposed);
  /// A tensor as [rows, depth], and for each column in memory its ONNX column.
  std::pair<mlir::Value, Shape> rowsOf(const IntTensor &t, int64_t rows, int64_t depth);

  // Pool.cpp
  /// Scales that change along `axes` only, as sums over the others need: one integer, else several.
  ViewPtr oneScaleEach(ViewPtr x, llvm::ArrayRef<int64_t> axes);
  ViewPtr maxPool(qonnx::MaxPoolOp op);
  ViewPtr averagePool(qonnx::AveragePoolOp op);
  ViewPtr reduceMean(qonnx::ReduceMeanOp op);
  IntTensor poolInts(const IntTensor &t, const Window &w, qint::PoolKind kind,
                     llvm::ArrayRef<int64_t> resultShape);
  Window windowOf(llvm::ArrayRef<int64_t> kernel, llvm::ArrayRef<int64_t> strides,
                  llvm::ArrayRef<int64_t> pads, llvm::ArrayRef<int64_t> dilations);

  // Movement.cpp
  ViewPtr move(ViewPtr v, llvm::ArrayRef<int64_t> resultShape,
               llvm::function_ref<IntTensor(const IntTensor &)> ints,
               llvm::function_ref<Coeffs(const Coeffs &)> coeffs);
  ViewPtr transpose(ViewPtr v, llvm::ArrayRef<int64_t> perm);
  ViewPtr reshape(ViewPtr v, llvm::ArrayRef<int64_t> shape);
  ViewPtr gather(ViewPtr v, llvm::ArrayRef<Shape> maps, llvm::ArrayRef<int64_t> shape);
  ViewPtr concat(llvm::ArrayRef<ViewPtr> inputs, int64_t axis, llvm::ArrayRef<int64_t> shape);
  ViewPtr pad(qonnx::PadOp op);
  /// Padding as an integer of v's lattice, or of a finer one; else as an offset that changes at the borders.
  ViewPtr padReals(ViewPtr v, llvm::ArrayRef<int64_t> pads, const Coeffs &value,
                   llvm::ArrayRef<int64_t> shape);
  IntTensor padInts(const IntTensor &t, llvm::ArrayRef<int64_t> pads, int64_t code,
                    llvm::ArrayRef<int64_t> shape);
  ViewPtr padCodes(ViewPtr v, llvm::ArrayRef<int64_t> pads, const Coeffs &value,
                   llvm::ArrayRef<int64_t> shape);
  IntTensor relayout(const IntTensor &t, llvm::ArrayRef<int64_t> perm);
  IntTensor toPlain(const IntTensor &t);
  IntTensor channelsLast(const IntTensor &t);        ///< rank 3 or 4, view == shape, N spatial... C in memory
  mlir::Value asNhwc(const IntTensor &channelsLast); ///< rank 3 becomes one row
  IntTensor fromNhwc(mlir::Value v, llvm::ArrayRef<int64_t> shape, Ranges range);
  void alignLayouts(llvm::MutableArrayRef<Term> terms);

  // Quantise.cpp
  ViewPtr quantiseOp(mlir::Operation *op);
  std::optional<QuantiserGrid> gridOf(mlir::Operation *op);
  ViewPtr quantise(ViewPtr v, const QuantiserGrid &grid);
  ViewPtr quantiseAffine(ViewPtr v, const QuantiserGrid &grid);
  ViewPtr quantiseSum(ViewPtr v, const QuantiserGrid &grid);
  ViewPtr roundFirst(ViewPtr v, const QuantiserGrid &grid);
  /// At most `most` terms where some of them have a common unit.
  ViewPtr fewerTerms(ViewPtr v, size_t most);
  ViewPtr quantiseConstant(ViewPtr v, const QuantiserGrid &grid);
  ViewPtr codesView(IntTensor codes, const QuantiserGrid &grid);
  void tap(const IntTensor &codes, llvm::StringRef key, int64_t codeMul, int64_t codeAdd);

  // Ports.cpp
  mlir::LogicalResult makeArguments(mlir::func::FuncOp old);
  mlir::LogicalResult makeResults(mlir::func::FuncOp old, mlir::func::ReturnOp ret);
  /// How to tell the lattice of an argument of @main on the command line.
  std::string latticeOption(unsigned argument, llvm::StringRef lattice = "bits=8,signed,scale=1/128");
  ViewPtr bindFree(ViewPtr v, const QuantiserGrid &grid);
  mlir::LogicalResult makeArgument(mlir::BlockArgument arg, qonnx::LatticeAttr lattice);
  qint::PortAttr inputPort(mlir::func::FuncOp old, unsigned i);
  qint::PortAttr resultPort(ViewPtr v, llvm::StringRef name, mlir::Value onnx);

  mlir::RankedTensorType tensorType(llvm::ArrayRef<int64_t> shape, mlir::Type element) {
    return mlir::RankedTensorType::get(shape, element);
  }
  mlir::Type intType(unsigned bits, bool isSigned) {
    return mlir::IntegerType::get(module.getContext(), bits,
                                  isSigned ? mlir::IntegerType::Signed : mlir::IntegerType::Unsigned);
  }
  /// The narrowest storage type for a range: up to 8 bits exact, then 16, 32, 64; never bipolar.
  mlir::Type typeFor(int64_t lo, int64_t hi);
};

inline ViewPtr share(View v) { return std::make_shared<const View>(std::move(v)); }

} // namespace dyadic::lower
