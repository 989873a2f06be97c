// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Refuses a network of reals whose edges or quantisers cannot be told apart, or that holds other ops.
#include "dialects/qonnx/Qonnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Passes.h"

#include "llvm/ADT/StringSet.h"

namespace dyadic {
#define GEN_PASS_DEF_CHECKQONNX
#include "passes/Passes.h.inc"
} // namespace dyadic

using namespace mlir;
namespace dyadic {
namespace {

struct CheckQonnx : impl::CheckQonnxBase<CheckQonnx> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !llvm::hasSingleElement(main.getBody())) {
      getOperation().emitError("check-qonnx needs a func.func @main of one block");
      return signalPassFailure();
    }
    if (failed(names(main)) || failed(keys(main)))
      signalPassFailure();
  }

  static LogicalResult names(func::FuncOp main) {
    llvm::StringSet<> seen;
    auto check = [&](const char *what, unsigned i, StringAttr name) -> LogicalResult {
      if (!name || name.empty())
        return main.emitOpError() << what << " " << i << " has no qonnx.name";
      if (!seen.insert(name.getValue()).second)
        return main.emitOpError() << "two " << what << "s are called '" << name.getValue() << "'";
      return success();
    };
    for (unsigned i = 0; i < main.getNumArguments(); ++i)
      if (failed(check("argument", i, main.getArgAttrOfType<StringAttr>(i, "qonnx.name"))))
        return failure();
    seen.clear();
    for (unsigned i = 0; i < main.getNumResults(); ++i)
      if (failed(check("result", i, main.getResultAttrOfType<StringAttr>(i, "qonnx.name"))))
        return failure();
    return success();
  }

  static LogicalResult keys(func::FuncOp main) {
    llvm::StringSet<> seen;
    for (Operation &op : main.getBody().front().without_terminator()) {
      if (!isa_and_nonnull<qonnx::QonnxDialect>(op.getDialect()))
        return op.emitOpError("is no op of the level of reals");
      auto key = op.getAttrOfType<StringAttr>("key");
      if (key && !seen.insert(key.getValue()).second)
        return op.emitOpError() << "has the key '" << key.getValue() << "' of another quantiser";
    }
    return success();
  }
};

} // namespace
} // namespace dyadic
