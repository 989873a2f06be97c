// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The state of one import: names, what they stand for, the module under construction.
#pragma once
#include "compiler/Options.h"
#include "compiler/import/Listing.h"
#include "compiler/import/Node.h"
#include "compiler/import/Reader.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace dyadic::import_ {

class Importer {
public:
  Importer(mlir::MLIRContext &context, const onnx::ModelProto &model, const ImportOptions &options,
           const Listing &listing, llvm::StringRef folder, int64_t fileBytes);

  /// The module, or null after everything wrong was reported; `problems` and `usage` then say what and how
  /// much.
  mlir::OwningOpRef<mlir::ModuleOp> run(llvm::StringRef sha256);
  int64_t problems = 0;
  mlir::OwningOpRef<mlir::ModuleOp> partial; ///< what there is of a rejected model; null where nothing is
  std::string usage;                         ///< an option that names nothing, or does not fit

  //===-- For nodes -----------------------------------------------------------------------------------===//
  mlir::MLIRContext &context;
  mlir::OpBuilder builder;
  const ImportOptions &options;
  ExternalData external;
  /// The batch written into the file (first axis of the inputs); 0 when it is symbolic.
  int64_t bakedBatch = 0;

  /// Reports at `loc`; beyond a hundred problems it only counts.
  void report(mlir::Location loc, const llvm::Twine &message);
  mlir::LogicalResult reserve(Node &node, int64_t count);
  /// The op that holds a constant, made at its first use.
  mlir::FailureOr<mlir::Value> materialise(Node &node, const ConstantRef &constant);
  void define(const std::string &name, Entry entry) { values[name] = std::move(entry); }
  bool isUsed(const std::string &name) const { return used.count(name) != 0; }

private:
  const onnx::ModelProto &model;
  const onnx::GraphProto &graph;
  const Listing &listing;
  int64_t budget; ///< elements of constants that may still be made
  std::map<std::string, int64_t> opsets;
  std::unordered_map<std::string, const onnx::TensorProto *> initialisers;
  std::unordered_map<std::string, int> producers; ///< tensor name -> node
  std::unordered_set<std::string> inputNames, used;
  std::vector<int> order; ///< nodes that outputs depend on, each after what it reads
  std::unordered_map<std::string, Entry> values;
  std::unordered_map<const Constant *, mlir::Value> made;
  std::unordered_map<const Constant *, ConstantRef> kept; ///< keeps the keys of `made` alive
  std::unordered_map<std::string, int> nameCount;         ///< of node names in the graph
  std::unordered_set<std::string> keys;                   ///< given out so far

  mlir::Location locate(const Listing::Place &place, llvm::StringRef name);
  mlir::Location nodeLoc(int node);
  // Graph.cpp
  void readOpsets();
  void checkNames();
  void orderNodes();
  std::string makeKey(const onnx::NodeProto &node);
  // Declare.cpp
  void declareInputs(mlir::func::FuncOp function);
  std::optional<Dims> inputShape(const onnx::ValueInfoProto &info, mlir::Location loc,
                                 std::set<std::string> &bound);
  mlir::Attribute lattice(const onnx::ValueInfoProto &info, DimsRef shape, bool only);
  // Importer.cpp
  Entry readInitialiser(const onnx::TensorProto &stored, mlir::Location loc, const std::string &reader);
  Entry lookUp(const std::string &name, mlir::Location loc, const std::string &reader);
  void importNode(const onnx::NodeProto &proto, mlir::Location loc);
  void importIf(const onnx::NodeProto &proto, mlir::Location loc);
  /// Outputs are what the ops that the node becomes give in float32, each product and each sum rounded.
  mlir::LogicalResult foldByRunning(Node &node, const Operator &op);
  const Operator *operatorOf(const onnx::NodeProto &proto, mlir::Location loc, int64_t &version);
  void finish(mlir::func::FuncOp function);
  void checkHeads(mlir::func::FuncOp function);
  // Salvage.cpp
  bool salvage(mlir::func::FuncOp function);
};

} // namespace dyadic::import_
