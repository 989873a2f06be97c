// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is left of a rejected model, for later checks: every quantiser and what it depends on.
#include "compiler/import/Importer.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
namespace dyadic::import_ {

/// Makes `function` whole. False where nothing of it can be checked.
bool Importer::salvage(func::FuncOp function) {
  Block &body = function.getBody().front();
  if (!body.empty() && body.back().hasTrait<OpTrait::IsTerminator>())
    return false;
  SmallVector<Value> results;
  SmallVector<StringAttr> names;
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body))) {
    if (!op.use_empty())
      continue;
    auto key = op.getAttrOfType<StringAttr>("key");
    if (!key) { // only codes mean something by themselves
      op.erase();
      continue;
    }
    results.push_back(op.getResult(0));
    names.push_back(key);
  }
  if (results.empty())
    return false;
  builder.setInsertionPointToEnd(&body);
  func::ReturnOp::create(builder, function.getLoc(), results);
  function.setFunctionType(
      builder.getFunctionType(function.getArgumentTypes(), TypeRange(ValueRange(results))));
  for (auto [i, name] : llvm::enumerate(names))
    function.setResultAttr(i, "qonnx.name", name);
  BitVector unused(function.getNumArguments());
  for (BlockArgument argument : function.getArguments())
    unused[argument.getArgNumber()] = argument.use_empty();
  if (failed(function.eraseArguments(unused)))
    return false;
  ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) {});
  return succeeded(verify(function));
}

} // namespace dyadic::import_
