// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks the ops of @main in their order.
#include "compiler/eval/qint/Interpret.h"

#include "compiler/Failure.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
namespace dyadic::eval {
namespace {

RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

} // namespace

QintInterpreter::QintInterpreter(Block &block) : body(block) {
  for (qint::ConstantOp c : body.getOps<qint::ConstantOp>()) {
    auto values = cast<DenseIntElementsAttr>(c.getValues());
    Ints ints;
    ints.reserve(values.getNumElements());
    for (const APInt &v : values)
      ints.push_back(v.getSExtValue());
    constants[c.getOperation()] = std::make_shared<const Ints>(std::move(ints));
  }
}

llvm::Error QintInterpreter::run(ArrayRef<IntsPtr> arguments) {
  values.map.clear();
  for (auto [argument, ints] : llvm::zip(body.getArguments(), arguments))
    values.set(argument, ints);
  for (Operation &op : body)
    if (!isa<qint::TapOp, func::ReturnOp>(op))
      if (llvm::Error e = evaluate(&op))
        return e;
  return llvm::Error::success();
}

llvm::Error QintInterpreter::store(Value v, Ints ints) {
  Type element = typeOf(v).getElementType();
  int64_t lo = qint::minCode(element), hi = qint::maxCode(element);
  for (int64_t x : ints)
    if (x < lo || x > hi)
      return failure(ExitCode::Internal, "'" + v.getDefiningOp()->getName().getStringRef() + "' gives " +
                                             llvm::Twine(x) + ", which its type does not hold");
  values.set(v, std::make_shared<const Ints>(std::move(ints)));
  return llvm::Error::success();
}

llvm::Error QintInterpreter::evaluate(Operation *op) {
  Value result = op->getResult(0);
  auto in = [&](unsigned i) -> const Ints & { return at(op->getOperand(i)); };
  auto terms = [&] {
    SmallVector<const Ints *> t;
    for (Value v : op->getOperands())
      t.push_back(&at(v));
    return t;
  };
  return TypeSwitch<Operation *, llvm::Error>(op)
      .Case([&](qint::ConstantOp) {
        values.set(result, constants.at(op));
        return llvm::Error::success();
      })
      .Case([&](qint::ReshapeOp o) {
        values.set(result, values.find(o.getInput()));
        return llvm::Error::success();
      })
      .Case([&](qint::Conv2DOp o) { return store(result, qint::conv2d(o, in(0), in(1))); })
      .Case([&](qint::DepthwiseConv2DOp o) { return store(result, qint::depthwise(o, in(0), in(1))); })
      .Case([&](qint::Im2ColOp o) { return store(result, qint::im2col(o, in(0))); })
      .Case([&](qint::MatMulOp o) { return store(result, qint::matmul(o, in(0), in(1))); })
      .Case([&](qint::PoolOp o) { return store(result, qint::pool(o, in(0))); })
      .Case([&](qint::AffineOp o) { return store(result, qint::affine(o, terms())); })
      .Case([&](qint::RescaleOp o) -> llvm::Error {
        llvm::Expected<Ints> r = qint::rescale(o, terms());
        return r ? store(result, std::move(*r)) : r.takeError();
      })
      .Case([&](qint::TransposeOp o) {
        return store(result, qint::transposed(typeOf(o.getInput()).getShape(), o.getPerm(), in(0)));
      })
      .Case([&](qint::PadOp o) {
        return store(result, qint::padded(typeOf(o.getInput()).getShape(), o.getPads(), o.getCode(), in(0)));
      })
      .Case<qint::SliceOp, qint::GatherOp>([&](auto o) {
        return store(result, qint::gathered(typeOf(o.getInput()).getShape(), qint::mapsOf(o), in(0)));
      })
      .Case([&](qint::ConcatOp o) {
        SmallVector<RankedTensorType> types;
        for (Value v : o.getInputs())
          types.push_back(typeOf(v));
        return store(result, qint::concatenated(types, static_cast<unsigned>(o.getAxis()), terms()));
      })
      .Default([&](Operation *o) {
        return failure(ExitCode::Internal, "no evaluation of '" + o->getName().getStringRef() + "'");
      });
}

} // namespace dyadic::eval
