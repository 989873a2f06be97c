// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ports of the network and taps on its tensors.
#include "passes/lower-to-plat/Context.h"

using namespace mlir;
namespace dyadic::lower_to_plat {

void Lowering::inputs() {
  for (auto [i, argument] : llvm::enumerate(main.getArguments())) {
    auto type = typeOf(argument);
    Value b = buffer("input_" + std::to_string(i), plat::packedBytes(type),
                     std::max<int64_t>(4, plat::naturalAlign(type.getElementType())), plat::Owner::Caller);
    views[argument] = view(b, type);
    work.setInsertionPointToEnd(&network.getBody().front());
    plat::InputOp::create(work, main.getLoc(), views[argument], i,
                          main.getArgAttrOfType<qint::PortAttr>(i, qint::portAttrName));
  }
  for (Value argument : main.getArguments())
    taps(argument);
}

LogicalResult Lowering::outputs() {
  work.setInsertionPointToEnd(&network.getBody().front());
  Operation *end = main.getBody().front().getTerminator();
  for (auto [i, value] : llvm::enumerate(end->getOperands())) {
    Value v = viewOf(value);
    if (!v)
      return end->emitOpError() << "output " << i << " has no place in memory";
    if (value.getType() != cast<plat::ViewType>(v.getType()).getTensor() && plat::bufferOf(v))
      v = view(plat::bufferOf(v).getResult(), typeOf(value)); // a reshape at the very end
    auto port = main.getResultAttrOfType<qint::PortAttr>(i, qint::portAttrName);
    if (!port)
      return main.emitOpError() << "result " << i << " has no " << qint::portAttrName;
    plat::OutputOp::create(work, main.getLoc(), v, i, port);
  }
  return success();
}

void Lowering::taps(Value value) {
  work.setInsertionPointToEnd(&network.getBody().front());
  SmallVector<Value> same{value};
  for (size_t i = 0; i < same.size(); ++i)
    for (Operation *user : same[i].getUsers()) {
      if (auto reshape = dyn_cast<qint::ReshapeOp>(user))
        same.push_back(reshape.getResult());
      if (auto tap = dyn_cast<qint::TapOp>(user))
        plat::TapOp::create(work, tap.getLoc(), views[value], tap.getKeyAttr(), tap.getShapeAttr(),
                            tap.getViewAttr(), tap.getPermAttr(), work.getI64IntegerAttr(tap.getCodeMul()),
                            work.getI64IntegerAttr(tap.getCodeAdd()), tap.getKeptAttr(),
                            tap.getConstantsAttr(), work.getI64IntegerAttr(tap.getKeptAxis()));
    }
}

} // namespace dyadic::lower_to_plat
