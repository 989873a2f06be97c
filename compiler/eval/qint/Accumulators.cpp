// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the integer level decided for outputs without a quantiser, for the exact evaluator to express them in.
#include "compiler/eval/qint/QintEvaluator.h"

#include "dialects/qint/Qint.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
namespace dyadic::eval {

std::map<std::string, AccumulatorLattice> accumulatorLattices(ModuleOp module) {
  std::map<std::string, AccumulatorLattice> all;
  auto main = module.lookupSymbol<func::FuncOp>("main");
  for (unsigned i = 0; main && i < main.getNumResults(); ++i) {
    auto port = main.getResultAttrOfType<qint::PortAttr>(i, qint::portAttrName);
    if (!port || !port.getKey().empty())
      continue;
    // real = (code - zero) * scale + offset, and the tapped integer is the code itself.
    Rational zero = model::parseRational(port.getZero().getValue()).value_or(0);
    auto number = [](ArrayAttr list, size_t k) {
      return model::parseRational(cast<StringAttr>(list[list.size() == 1 ? 0 : k]).getValue()).value_or(0);
    };
    AccumulatorLattice &lattice = all[port.getName().str()];
    lattice.axis = static_cast<size_t>(port.getAxis());
    for (size_t k = 0; k < std::max(port.getScale().size(), port.getOffset().size()); ++k) {
      Rational scale = number(port.getScale(), k), offset = number(port.getOffset(), k);
      lattice.scale.push_back(model::toString(scale));
      lattice.offset.push_back(model::toString(offset - zero * scale));
    }
  }
  return all;
}

} // namespace dyadic::eval
