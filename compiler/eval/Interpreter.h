// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks func @main once, in whichever arithmetic it is given.
#pragma once
#include "compiler/eval/Arithmetic.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Error.h"
#include <functional>
#include <limits>

namespace dyadic::eval {

llvm::Error failureAt(mlir::Operation *op, const llvm::Twine &what);

template <typename Arithmetic> class Interpreter {
public:
  using Tensor = typename Arithmetic::Tensor;
  using Quantiser = typename Arithmetic::Quantiser;
  /// Called for each quantiser once its codes are known; may replace them.
  using Observer =
      std::function<llvm::Error(mlir::Operation *, const Quantiser &, std::vector<int64_t> &codes)>;

  /// Evaluates everything that depends on no argument, once for all runs.
  static llvm::Expected<Interpreter> create(mlir::func::FuncOp main) {
    Interpreter interpreter(main);
    for (mlir::Operation &op : main.getBody().front().without_terminator()) {
      if (isQuantiser(&op)) {
        auto made = Arithmetic::quantiser(specOf(&op));
        if (!made)
          return failureAt(&op, made.error);
        interpreter.quantisers.try_emplace(&op, *made);
      }
      bool constant =
          llvm::all_of(op.getOperands(), [&](mlir::Value v) { return interpreter.values.count(v); });
      if (!constant || isQuantiser(&op)) {
        interpreter.live.push_back(&op);
        continue;
      }
      if (llvm::Error e = interpreter.evaluate(&op))
        return e;
    }
    return interpreter;
  }

  /// In place of a code: to be computed.
  static constexpr int64_t noCode = std::numeric_limits<int64_t>::min();

  /// Runs the live part, to its end or to the op `last`. Quantisers in `forced` take those codes instead of
  /// quantising their input, but for elements that are `noCode`.
  llvm::Error run(std::vector<Tensor> arguments,
                  const llvm::DenseMap<mlir::Operation *, std::vector<int64_t>> &forced,
                  const Observer &observer, mlir::Operation *last = nullptr) {
    for (auto [value, tensor] : llvm::zip_equal(main.getArguments(), arguments))
      values[value] = std::move(tensor);
    for (mlir::Operation *op : live) {
      if (!isQuantiser(op)) {
        if (llvm::Error e = evaluate(op))
          return e;
        continue;
      }
      const Quantiser &q = quantisers.find(op)->second;
      auto given = forced.find(op);
      std::vector<int64_t> codes;
      if (given == forced.end() || llvm::is_contained(given->second, noCode))
        codes = Arithmetic::codes(q, value(op->getOperand(0)));
      for (size_t i = 0; given != forced.end() && i < given->second.size(); ++i) {
        codes.resize(given->second.size());
        if (given->second[i] != noCode)
          codes[i] = given->second[i];
      }
      if (observer)
        if (llvm::Error e = observer(op, q, codes))
          return e;
      values[op->getResult(0)] = Arithmetic::value(q, shapeOf(op->getResult(0)), std::move(codes));
      if (op == last)
        break;
    }
    return llvm::Error::success();
  }

  const Tensor &value(mlir::Value v) const { return values.find(v)->second; }
  const Quantiser &quantiser(mlir::Operation *op) const { return quantisers.find(op)->second; }
  /// The operation that ends the walk: its operands are the outputs. A softmax or argmax is left to the
  /// caller.
  mlir::func::FuncOp function() const { return main; }

private:
  explicit Interpreter(mlir::func::FuncOp main) : main(main) {}
  llvm::Error evaluate(mlir::Operation *op);

  mlir::func::FuncOp main;
  std::vector<mlir::Operation *> live;
  llvm::DenseMap<mlir::Value, Tensor> values;
  llvm::DenseMap<mlir::Operation *, Quantiser> quantisers;
};

template <typename Arithmetic> llvm::Error Interpreter<Arithmetic>::evaluate(mlir::Operation *op) {
  using namespace mlir;
  if (isa<qonnx::SoftmaxOp, qonnx::ArgMaxOp>(op))
    return llvm::Error::success(); // heads are read off by the caller
  Shape out = shapeOf(op->getResult(0));
  auto in = [&](unsigned i) -> const Tensor & { return value(op->getOperand(i)); };
  if (auto moved = movementOf(op)) {
    auto pad = dyn_cast<qonnx::PadOp>(op);
    values[op->getResult(0)] =
        isa<qonnx::ReshapeOp>(op)
            ? reshape(in(0), out)
            : gather(in(0), *moved, out, Arithmetic::number(pad ? pad.getValue().convertToFloat() : 0.0F));
    return llvm::Error::success();
  }
  auto scalar = [&](const APFloat &f) { return Arithmetic::number(f.convertToFloat()); };
  using Found = std::optional<Tensor>;
  Found result =
      llvm::TypeSwitch<Operation *, Found>(op)
          .Case([&](qonnx::ConstantOp o) { return Arithmetic::constant(o.getValue()); })
          .Case([&](qonnx::QuantConstantOp o) {
            return Arithmetic::fromCodes(out, readIntegers(o.getCodes()), readParameter(o.getScale()),
                                         readParameter(o.getZero()));
          })
          .Case([&](qonnx::ConvOp o) {
            return conv(in(0), in(1), o.getBias() ? &in(2) : nullptr, windowsOf(op), o.getGroup(), out);
          })
          .Case([&](qonnx::MatMulOp) { return matmul(in(0), in(1), out); })
          .Case([&](qonnx::BatchNormOp o) {
            return affine(in(0), Arithmetic::numbers(o.getScale()), Arithmetic::numbers(o.getShift()));
          })
          .Case([&](qonnx::AddOp) { return binary(Binary::Add, in(0), in(1), out); })
          .Case([&](qonnx::SubOp) { return binary(Binary::Sub, in(0), in(1), out); })
          .Case([&](qonnx::MulOp) { return binary(Binary::Mul, in(0), in(1), out); })
          .Case([&](qonnx::DivOp) {
            return Arithmetic::holdsZero(in(1)) ? Found() : Found(binary(Binary::Div, in(0), in(1), out));
          })
          .Case([&](qonnx::ReluOp) { return relu(in(0)); })
          .Case([&](qonnx::NegOp) { return negate(in(0)); })
          .Case([&](qonnx::AbsOp) { return Arithmetic::absolute(in(0)); })
          .Case([&](qonnx::LeakyReluOp o) {
            auto alpha = DenseElementsAttr::get(RankedTensorType::get({}, Float32Type::get(op->getContext())),
                                                ArrayRef<APFloat>(o.getAlpha()));
            return Arithmetic::leakyRelu(in(0), Arithmetic::constant(alpha));
          })
          .Case([&](qonnx::PReluOp o) {
            return Arithmetic::leakyRelu(in(0), Arithmetic::constant(o.getSlope()));
          })
          .Case([&](qonnx::ClipOp o) {
            std::optional<typename Arithmetic::Number> min, max;
            if (o.getMin())
              min = scalar(*o.getMin());
            if (o.getMax())
              max = scalar(*o.getMax());
            return Arithmetic::clip(in(0), min, max);
          })
          .Case([&](qonnx::MaxPoolOp) { return maxPool(in(0), windowsOf(op), out); })
          .Case([&](qonnx::AveragePoolOp o) {
            return averagePool(in(0), windowsOf(op), o.getCountIncludePad(), out);
          })
          .Case([&](qonnx::ReduceMeanOp o) {
            std::vector<bool> reduced(in(0).shape.size());
            for (int64_t axis : o.getAxes())
              reduced[static_cast<size_t>(axis)] = true;
            return reduceMean(in(0), reduced, out);
          })
          .Case([&](qonnx::ConcatOp o) {
            std::vector<const Tensor *> parts;
            for (Value v : o.getInputs())
              parts.push_back(&value(v));
            return concat(parts, static_cast<size_t>(o.getAxis()), out);
          })
          .Default([](Operation *) { return Found(); });
  if (!result)
    return failureAt(op, isa<qonnx::DivOp>(op) ? "division by 0" : "the evaluators do not know this op");
  values[op->getResult(0)] = std::move(*result);
  return llvm::Error::success();
}

} // namespace dyadic::eval
