// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One ONNX node while it is imported: its inputs, attributes, complaints and results.
#pragma once
#include "compiler/import/Constant.h"
#include "compiler/import/Proto.h"
#include "dialects/qonnx/Qonnx.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"

namespace dyadic::import_ {

class Importer;

/// What a tensor name stands for.
struct Entry {
  ConstantRef constant;  ///< known at compile time, or
  mlir::Value value;     ///< depends on a graph input, or
  bool poisoned = false; ///< of a node that was refused: what follows from it is not reported again
  Type type =
      Type::f32; ///< of `value` as ONNX sees it; not float32 only between an integer input and its Cast
};

class Node {
public:
  Node(Importer &importer, const onnx::NodeProto &proto, mlir::Location loc, int64_t version, std::string key)
      : importer(importer), proto(proto), loc(loc), version(version), key(std::move(key)) {}

  Importer &importer;
  const onnx::NodeProto &proto;
  mlir::Location loc;
  int64_t version; ///< of the node's operator set
  std::string key; ///< the name that taps and code files use

  //===-- Inputs --------------------------------------------------------------------------------------===//
  size_t inputs() const { return entries.size(); }
  bool has(size_t k) const { return k < entries.size() && (entries[k].constant || entries[k].value); }
  const Entry &input(size_t k) const { return entries[k]; }
  /// Null when input k is absent or depends on a graph input.
  const Constant *constant(size_t k) const {
    return k < entries.size() ? entries[k].constant.get() : nullptr;
  }
  DimsRef shape(size_t k) const;
  /// Input k as a value; a constant becomes an op.
  mlir::FailureOr<mlir::Value> operand(size_t k);
  /// Input k as a parameter (scale, threshold ...): a finite float32 constant.
  mlir::FailureOr<const Constant *> parameter(size_t k, llvm::StringRef what);
  /// Input k as a list of integers; the default is kept when it is absent.
  mlir::LogicalResult integers(size_t k, llvm::StringRef what, Dims &out);
  std::vector<Entry> entries;

  //===-- Attributes: absent ones leave the default ---------------------------------------------------===//
  bool hasAttribute(llvm::StringRef name) const { return find(name) != nullptr; }
  mlir::LogicalResult get(llvm::StringRef name, int64_t &out);
  mlir::LogicalResult get(llvm::StringRef name, float &out);
  mlir::LogicalResult get(llvm::StringRef name, std::string &out);
  mlir::LogicalResult get(llvm::StringRef name, Dims &out);
  mlir::LogicalResult get(llvm::StringRef name, std::vector<float> &out);
  /// A flag: 0 or 1.
  mlir::LogicalResult get(llvm::StringRef name, bool &out);
  const onnx::AttributeProto *find(llvm::StringRef name) const;

  //===-- Complaints: what was found, what is supported, what to do -----------------------------------===//
  mlir::LogicalResult refuse(const llvm::Twine &found, const llvm::Twine &supported, const llvm::Twine &todo);
  /// For faults of the file rather than limits of dyadic.
  mlir::LogicalResult broken(const llvm::Twine &found, const llvm::Twine &rule);

  //===-- Results -------------------------------------------------------------------------------------===//
  mlir::LogicalResult give(Constant constant, size_t k = 0);
  mlir::LogicalResult give(ConstantRef constant, size_t k = 0);
  mlir::LogicalResult give(mlir::Value value, size_t k = 0, Type type = Type::f32);
  /// Output 0 is input 0 under another name.
  mlir::LogicalResult passOn();

  mlir::OpBuilder &builder();
  /// float32 tensor type of this shape, whose size was checked.
  mlir::FailureOr<mlir::RankedTensorType> tensorType(DimsRef shape);
  /// Whether `count` more elements of folded constants may be held.
  mlir::LogicalResult reserve(int64_t count);
  /// Builds an op of one result of shape `shape`.
  template <typename Op, typename... Args> mlir::FailureOr<mlir::Value> make(DimsRef shape, Args &&...args) {
    auto type = tensorType(shape);
    if (mlir::failed(type))
      return mlir::failure();
    return mlir::Value(Op::create(builder(), loc, *type, std::forward<Args>(args)...).getResult());
  }
  mlir::LogicalResult give(mlir::FailureOr<mlir::Value> value) {
    return mlir::failed(value) ? mlir::failure() : give(*value);
  }
};

/// "Conv 'features.0'", or "Conv producing 'x.3'" for a node without a name.
std::string nodeName(const onnx::NodeProto &proto);

using Handler = mlir::LogicalResult (*)(Node &);

/// One operator: how it is evaluated on constants, and how it becomes qonnx ops.
struct Operator {
  Handler fold = nullptr;  ///< null: constants alone go through the ops that it becomes
  Handler emit = nullptr;  ///< null: on constants only
  int least = 1, most = 1; ///< inputs; the first `least` may not be left out
  bool integers = false;   ///< takes integer activations too
};

/// Operators of one domain by name.
using Operators = llvm::StringMap<Operator>;
const Operators &standardOperators();
const Operators &quantOperators();
const Operators &channelsLastOperators();

void addArithmetic(Operators &ops);
void addActivations(Operators &ops);
void addMovement(Operators &ops);
void addIndexing(Operators &ops);
void addReshapes(Operators &ops);
void addShapes(Operators &ops);
void addLinear(Operators &ops);
void addMatMul(Operators &ops);
void addPools(Operators &ops);
void addHeads(Operators &ops);
void addResize(Operators &ops);
void addQuantisers(Operators &ops);

} // namespace dyadic::import_
