// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Refuses an integer network in which a real is left, a key is used twice, or a step or a type is too narrow
// for what reaches it.
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Passes.h"
#include "passes/check-levels/Reach.h"

#include "llvm/ADT/StringSet.h"

namespace dyadic {
#define GEN_PASS_DEF_CHECKQINT
#include "passes/Passes.h.inc"
} // namespace dyadic

using namespace mlir;
namespace dyadic {
namespace {

struct CheckQint : impl::CheckQintBase<CheckQint> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || !llvm::hasSingleElement(main.getBody())) {
      getOperation().emitError("check-qint needs a func.func @main of one block");
      return signalPassFailure();
    }
    if (failed(onlyIntegers(main)) || failed(ports(main)) || failed(taps(main)) || failed(ranges(main)))
      signalPassFailure();
  }

  static bool isInteger(Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor &&
           (tensor.getElementType().isSignedInteger() || tensor.getElementType().isUnsignedInteger());
  }

  static LogicalResult onlyIntegers(func::FuncOp main) {
    for (Type type : llvm::concat<const Type>(main.getArgumentTypes(), main.getResultTypes()))
      if (!isInteger(type))
        return main.emitOpError() << "has an argument or result of type " << type
                                  << "; the integer level has tensors of siN and uiN only";
    for (Operation &op : main.getBody().front().without_terminator())
      if (!isa_and_nonnull<qint::QintDialect>(op.getDialect()))
        return op.emitOpError("is no op of the integer level");
    return success();
  }

  static LogicalResult ports(func::FuncOp main) {
    llvm::StringSet<> names;
    auto check = [&](const char *what, unsigned i, qint::PortAttr port) -> LogicalResult {
      if (!port)
        return main.emitOpError() << what << " " << i << " has no " << qint::portAttrName;
      if (!names.insert(port.getName().getValue()).second)
        return main.emitOpError() << "two " << what << "s are called '" << port.getName().getValue() << "'";
      return success();
    };
    for (unsigned i = 0; i < main.getNumArguments(); ++i)
      if (failed(check("argument", i, main.getArgAttrOfType<qint::PortAttr>(i, qint::portAttrName))))
        return failure();
    names.clear();
    for (unsigned i = 0; i < main.getNumResults(); ++i)
      if (failed(check("result", i, main.getResultAttrOfType<qint::PortAttr>(i, qint::portAttrName))))
        return failure();
    return success();
  }

  /// A key names one tensor; an output that no quantiser gave goes by its own name, whatever that is.
  static LogicalResult taps(func::FuncOp main) {
    llvm::StringSet<> outputs, keys;
    for (unsigned i = 0; i < main.getNumResults(); ++i)
      outputs.insert(main.getResultAttrOfType<qint::PortAttr>(i, qint::portAttrName).getName().getValue());
    for (auto tap : main.getOps<qint::TapOp>())
      if (!outputs.contains(tap.getKey()) && !keys.insert(tap.getKey()).second)
        return tap.emitOpError() << "uses the key '" << tap.getKey() << "' a second time";
    return success();
  }

  /// Walks the network once with the least and greatest integer at each element.
  static LogicalResult ranges(func::FuncOp main) {
    llvm::DenseMap<Value, std::optional<Bounds>> known;
    llvm::DenseMap<Value, unsigned> readers;
    for (auto [i, argument] : llvm::enumerate(main.getArguments())) {
      auto type = cast<RankedTensorType>(argument.getType());
      int64_t lo = qint::minCode(type.getElementType()), hi = qint::maxCode(type.getElementType());
      auto proven = main.getArgAttrOfType<DenseI64ArrayAttr>(i, qint::codeRangeAttrName);
      if (proven && (proven.size() != 2 || proven[0] < lo || proven[1] > hi || proven[0] > proven[1]))
        return main.emitOpError() << qint::codeRangeAttrName << " of argument " << i << " is no range of "
                                  << type;
      if (proven)
        lo = proven[0], hi = proven[1];
      size_t count = type.getNumElements();
      known[argument] = Bounds{qint::Ints(count, lo), qint::Ints(count, hi)};
    }
    for (Operation &op : main.getBody().front().without_terminator())
      if (!isa<qint::TapOp>(op))
        for (Value v : op.getOperands())
          ++readers[v];
    for (Operation &op : main.getBody().front().without_terminator()) {
      if (isa<qint::TapOp>(op))
        continue;
      SmallVector<const Bounds *> in;
      for (Value v : op.getOperands())
        in.push_back(known[v] ? &*known[v] : nullptr);
      llvm::Expected<std::optional<Bounds>> result = reach(&op, in);
      if (!result)
        return op.emitOpError(llvm::toString(result.takeError()));
      if (failed(holds(&op, *result)))
        return failure();
      known[op.getResult(0)] = std::move(*result);
      for (Value v : op.getOperands())
        if (--readers[v] == 0)
          known.erase(v);
    }
    return success();
  }

  static LogicalResult holds(Operation *op, const std::optional<Bounds> &bounds) {
    if (!bounds)
      return success();
    Type element = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
    int64_t lo = *llvm::min_element(bounds->lo), hi = *llvm::max_element(bounds->hi);
    int64_t least = qint::minCode(element), most = qint::maxCode(element);
    if (auto affine = dyn_cast<qint::AffineOp>(op)) { // what it clips was never meant to be clipped
      least = std::max<int64_t>(least, affine.getLo());
      most = std::min<int64_t>(most, affine.getHi());
    }
    if (lo < least || hi > most)
      return op->emitOpError() << "computes " << lo << ".." << hi << "; its result holds " << least << ".."
                               << most;
    return success();
  }
};

} // namespace
} // namespace dyadic
