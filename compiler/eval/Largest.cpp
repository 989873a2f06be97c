// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One walk with every tensor at its largest: the magnitudes that no input can exceed.
#include "compiler/eval/NearTie.h"

using namespace mlir;
namespace dyadic::eval {

/// The real of a declared lattice that is largest in size, channel by channel; 0 for other arguments.
static Tensor largestArgument(func::FuncOp main, unsigned i) {
  Shape shape = shapeOf(main.getArgument(i));
  std::vector<Rational> reals(static_cast<size_t>(elements(shape)), 0);
  auto lattice = main.getArgAttrOfType<qonnx::LatticeAttr>(i, "qonnx.lattice");
  if (!lattice)
    return Tensor::makeDense(shape, std::move(reals));
  auto number = [](Attribute a) { return model::parseRational(cast<StringAttr>(a).getValue()).value_or(0); };
  auto entry = [&](ArrayAttr list, size_t c) { return number(list[list.size() == 1 ? 0 : c]); };
  Rational scale = number(lattice.getScale()), zero = number(lattice.getZero());
  unsigned bits = lattice.getBits();
  Rational low = lattice.getIsSigned() ? Rational(-model::powerOfTwo(bits - 1)) : Rational(0);
  Rational high = model::powerOfTwo(lattice.getIsSigned() ? bits - 1 : bits) - 1;
  if (lattice.getIsSigned() && bits == 1)
    high = 1;
  size_t channels = std::max(lattice.getMean().size(), lattice.getStd().size());
  size_t inner = shape.size() < 2 ? 1 : static_cast<size_t>(innerExtent(shape, 1));
  for (size_t e = 0; e < reals.size(); ++e) {
    size_t c = e / inner % channels;
    Rational mean = entry(lattice.getMean(), c), deviation = entry(lattice.getStd(), c);
    if (deviation == 0)
      deviation = 1;
    Rational a = ((low - zero) * scale - mean) / deviation, b = ((high - zero) * scale - mean) / deviation;
    reals[e] = abs(a) > abs(b) ? a : b;
  }
  return Tensor::makeDense(shape, std::move(reals));
}

llvm::Expected<std::map<std::string, std::vector<double>>>
largestMagnitudes(ModuleOp module, llvm::function_ref<int64_t(const std::string &, size_t)> largestCode) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || !llvm::hasSingleElement(main.getBody()))
    return failure(ExitCode::Rejected, "the module has no func @main of one block");
  auto interpreter = Interpreter<ExactArithmetic>::create(main);
  if (!interpreter)
    return interpreter.takeError();
  std::vector<Tensor> arguments;
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    arguments.push_back(largestArgument(main, i));
  Magnitudes magnitudes(*interpreter);
  std::map<std::string, std::vector<double>> found;
  auto observe = [&](Operation *op, const ExactArithmetic::Quantiser &,
                     std::vector<int64_t> &codes) -> llvm::Error {
    std::string key = keyOf(op).str();
    found[key] = magnitudes.of(op->getOperand(0));
    for (size_t i = 0; i < codes.size(); ++i)
      codes[i] = largestCode(key, i);
    return llvm::Error::success();
  };
  const llvm::DenseMap<Operation *, std::vector<int64_t>> none;
  if (llvm::Error error = interpreter->run(std::move(arguments), none, observe))
    return error;
  return found;
}

} // namespace dyadic::eval
