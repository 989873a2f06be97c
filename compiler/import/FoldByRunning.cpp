// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators of activations on constants alone: emitted into a function of their own, which is run in float32.
#include "compiler/eval/Interpreter.h"
#include "compiler/import/Importer.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/ScopeExit.h"

using namespace mlir;
namespace dyadic::import_ {
namespace {

// Products of one node; a sum has no more terms than its operand has elements.
constexpr double mostProducts = 17179869184; // 2^34: some ten seconds

double productsOf(func::FuncOp function) {
  double products = 0;
  for (Operation &op : function.getBody().front().without_terminator())
    if (op.getNumOperands() > 0)
      products += static_cast<double>(cast<ShapedType>(op.getResult(0).getType()).getNumElements()) *
                  static_cast<double>(cast<ShapedType>(op.getOperand(0).getType()).getNumElements());
  return products;
}

} // namespace

LogicalResult Importer::foldByRunning(Node &node, const Operator &op) {
  OpBuilder::InsertionGuard guard(builder);
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, node.loc);
  builder.setInsertionPointToEnd(module->getBody());
  auto function = func::FuncOp::create(builder, node.loc, "main", builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(function.addEntryBlock());
  auto outer = std::exchange(made, {}); // constants that this function has are its own
  const llvm::scope_exit back([&] { made = std::move(outer); });

  FailureOr<Value> first = node.operand(0);
  if (failed(first))
    return failure();
  node.entries[0] = Entry();
  node.entries[0].value = *first;
  if (failed(op.emit(node)))
    return failure();
  func::ReturnOp::create(builder, node.loc);
  const llvm::Twine todo("fold constants before export (onnx-simplifier)");
  if (!function.getOps<qonnx::SoftmaxOp>().empty() || !function.getOps<qonnx::ArgMaxOp>().empty())
    return node.refuse("all its inputs are constants", "this operator on activations", todo);
  if (mlir::failed(verify(*module)))
    return failure();
  if (productsOf(function) > mostProducts)
    return node.refuse("folding it takes more than 2^34 products", "smaller constants", todo);
  auto run = eval::Interpreter<eval::Float32Arithmetic>::create(function);
  const llvm::DenseMap<Operation *, std::vector<int64_t>> none;
  llvm::Error failed = run ? run->run({}, none, nullptr) : run.takeError();
  if (failed)
    return node.refuse("folding it ends with: " + llvm::toString(std::move(failed)),
                       "constants that this operator is defined for", "export the model again");
  for (const std::string &name : node.proto.output()) {
    auto made = values.find(name);
    if (name.empty() || made == values.end() || !made->second.value)
      continue;
    const eval::FloatTensor &tensor = run->value(made->second.value);
    if (mlir::failed(reserve(node, tensor.size())))
      return failure();
    Constant result;
    result.shape = tensor.shape;
    result.f = tensor.values;
    result.name = name;
    made->second = Entry();
    made->second.constant = std::make_shared<const Constant>(std::move(result));
  }
  return success();
}

} // namespace dyadic::import_
