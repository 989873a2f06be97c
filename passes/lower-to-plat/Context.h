// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the parts of the lowering share: the growing network, constants, views, and who still needs a value.
#pragma once

#include "dialects/plat/Catalogue.h"
#include "dialects/plat/Plat.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

#include <map>

namespace dyadic::lower_to_plat {
namespace qint = ::dyadic::qint;
namespace plat = ::dyadic::plat;

/// Builds a parameter dictionary field by field.
class Params {
public:
  explicit Params(mlir::MLIRContext *context) : builder(context), fields() {}
  Params &number(llvm::StringRef name, int64_t value) {
    return attribute(name, builder.getI64IntegerAttr(value));
  }
  /// Leaves the field out where the attribute is null.
  Params &attribute(llvm::StringRef name, mlir::Attribute value) {
    if (value)
      fields.set(name, value);
    return *this;
  }
  mlir::DictionaryAttr get() const { return fields.getDictionary(builder.getContext()); }

private:
  mlir::Builder builder;
  mlir::NamedAttrList fields;
};

/// The elements a movement writes, axis by axis, outermost first; strides count elements.
struct BoxAxis {
  int64_t extent, inStride, outStride, first, end;
  llvm::SmallVector<int64_t> map; ///< input offsets, or empty
};
struct Box {
  llvm::SmallVector<BoxAxis> axes;
  int64_t inBase = 0, outBase = 0, fill = 0;
};

class Lowering {
public:
  Lowering(mlir::ModuleOp module, mlir::func::FuncOp main);
  mlir::LogicalResult run();

private:
  // Edges.cpp
  mlir::LogicalResult inputs();
  template <typename EdgeOp>
  mlir::LogicalResult edge(mlir::Operation *op, mlir::Value view, int64_t index, qint::PortAttr port);
  mlir::LogicalResult outputs();
  void taps(mlir::Value value);
  bool fitsTap(qint::TapOp tap) const;
  // Linear.cpp: each takes its im2col and its step along
  mlir::LogicalResult lower(qint::Conv2DOp op);
  mlir::LogicalResult lower(qint::DepthwiseConv2DOp op);
  mlir::LogicalResult lower(qint::MatMulOp op);
  mlir::LogicalResult convolution(mlir::Operation *op, llvm::StringRef kernel, mlir::Value input,
                                  mlir::Value weights, mlir::DictionaryAttr geometry, int64_t zero, bool lut,
                                  llvm::StringRef node, int64_t macs);
  mlir::FailureOr<mlir::DictionaryAttr> productTable(mlir::Operation *op, mlir::Type in, mlir::Type weight,
                                                     int64_t zero);
  // Pooling.cpp
  mlir::LogicalResult lower(qint::PoolOp op);
  // ElementWise.cpp
  mlir::LogicalResult lower(qint::RescaleOp op);
  mlir::LogicalResult lower(qint::AffineOp op);
  mlir::LogicalResult elementWise(mlir::Operation *op, qint::StepAttr step, llvm::StringRef node);
  // Movement.cpp
  mlir::LogicalResult move(mlir::Operation *op, Box box);
  mlir::FailureOr<mlir::DictionaryAttr> boxParams(mlir::Operation *op, Box box, mlir::Type in,
                                                  mlir::Type out);
  mlir::LogicalResult moveBox(mlir::Operation *op, mlir::Value source, mlir::Value target, Box box);
  mlir::LogicalResult lower(qint::TransposeOp op);
  mlir::LogicalResult lower(qint::PadOp op);
  mlir::LogicalResult lower(qint::SliceOp op);
  mlir::LogicalResult lower(qint::GatherOp op);
  mlir::LogicalResult lower(qint::ConcatOp op);

  // Fusion.cpp
  void findLastUses();
  bool diesAt(mlir::Value value, mlir::Operation *op) const;
  /// The step that alone reads `acc` and can be applied as each accumulator is finished, or null.
  qint::RescaleOp epilogueOf(mlir::Value acc) const;
  /// The value that a linear op's kernel writes: the step's result, or the accumulators themselves.
  mlir::Value resultOf(mlir::Value acc) const;

  // Steps.cpp, Constants.cpp
  mlir::FailureOr<mlir::FlatSymbolRefAttr> step(mlir::Operation *at, qint::StepAttr step,
                                                llvm::StringRef node, llvm::ArrayRef<int64_t> channels = {});
  mlir::FlatSymbolRefAttr constant(plat::Role role, llvm::StringRef name, mlir::Type element,
                                   llvm::ArrayRef<int64_t> values, llvm::StringRef layout);
  /// A parameter array of this layer, 32 bits wide where that holds all values (the type says which).
  mlir::FlatSymbolRefAttr paramArray(llvm::StringRef name, mlir::Type element,
                                     llvm::ArrayRef<int64_t> values);
  mlir::FlatSymbolRefAttr weightsOf(mlir::Value constant, llvm::StringRef layout);

  // LowerToPlat.cpp
  mlir::LogicalResult lowerOp(mlir::Operation *op);
  void nextLayer() { ++layer; }
  std::string layerName(llvm::StringRef suffix) const;
  mlir::Value buffer(llvm::StringRef name, int64_t bytes, int64_t align,
                     plat::Owner owner = plat::Owner::Core);
  mlir::Value view(mlir::Value buffer, mlir::RankedTensorType type);
  /// A fresh buffer for a value of the integer level and its view, which is remembered.
  mlir::Value place(mlir::Value value);
  /// The view of a value of the integer level; constants get theirs when first asked for.
  mlir::Value viewOf(mlir::Value value);
  void kernel(llvm::StringRef name, llvm::StringRef node, mlir::ValueRange ins, mlir::Value out,
              mlir::FlatSymbolRefAttr weights, mlir::DictionaryAttr params, mlir::DictionaryAttr lut,
              int64_t macs);
  mlir::DictionaryAttr axis(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation,
                            int64_t pad);
  mlir::DictionaryAttr operand(mlir::Type type, int64_t zero);
  mlir::FailureOr<mlir::DictionaryAttr> epilogue(mlir::Operation *op, mlir::Value acc);
  Params params() { return Params(context); }
  mlir::Type si(unsigned bits) { return mlir::IntegerType::get(context, bits, mlir::IntegerType::Signed); }
  mlir::Type ui(unsigned bits) { return mlir::IntegerType::get(context, bits, mlir::IntegerType::Unsigned); }

  mlir::MLIRContext *context;
  mlir::ModuleOp module;
  mlir::func::FuncOp main;
  plat::NetworkOp network;
  mlir::OpBuilder declare; ///< before the work
  mlir::OpBuilder work;    ///< at the end
  mlir::Location here;     ///< of the op that is being lowered: its kernel's
  int64_t layer = 0;
  llvm::DenseMap<mlir::Value, mlir::Value> views;
  llvm::DenseMap<mlir::Operation *, int64_t> position;
  llvm::DenseMap<mlir::Value, int64_t> lastUse;
  std::map<std::pair<std::string, std::string>, mlir::FlatSymbolRefAttr> known; ///< type and image to name
  llvm::StringMap<int64_t> names;
};

/// The value whose memory a value shares: reshapes are transparent.
mlir::Value rootOf(mlir::Value value);

/// Gives each kernel the largest block that does not raise the peak of live bytes, and its scratch buffer.
void chooseScratch(plat::NetworkOp network);

/// Row-major strides, in elements.
llvm::SmallVector<int64_t> stridesOf(llvm::ArrayRef<int64_t> shape);

inline mlir::RankedTensorType typeOf(mlir::Value v) {
  return mlir::cast<mlir::RankedTensorType>(v.getType());
}

} // namespace dyadic::lower_to_plat
