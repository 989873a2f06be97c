// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the plat dialect's ops, attributes and types, and its small helpers.
#include "dialects/plat/Plat.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialects/plat/PlatDialect.cpp.inc"
#include "dialects/plat/PlatEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/plat/PlatAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/plat/PlatTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/plat/Plat.cpp.inc"

using namespace mlir;
namespace dyadic::plat {

void PlatDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/plat/Plat.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/plat/PlatAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/plat/PlatTypes.cpp.inc"
      >();
}

// Here, where the storage of attributes is complete.
GridAttr GridAttr::make(llvm::function_ref<InFlightDiagnostic()> error, MLIRContext *context,
                        ArrayRef<Axis> order, ArrayRef<SmallVector<int64_t>> axes) {
  return getChecked(error, context, order, axes[0], axes[1], axes[2], axes[3], axes[4]);
}
BoxAttr BoxAttr::make(llvm::function_ref<InFlightDiagnostic()> error, MLIRContext *context,
                      ArrayRef<int64_t> dims) {
  return getChecked(error, context, dims);
}

unsigned storedBits(Type element) {
  unsigned bits = element.getIntOrFloatBitWidth();
  return bits <= 8 ? bits : bits <= 16 ? 16 : bits <= 32 ? 32 : 64;
}

int64_t packedBytes(Type element, int64_t count) {
  return (count * static_cast<int64_t>(storedBits(element)) + 7) / 8;
}

int64_t imageBytes(ConstantOp constant) { return packedBytes(constant.getElement(), constant.getCount()); }

BufferOp bufferOf(Value view) {
  auto op = view.getDefiningOp<ViewOp>();
  return op ? op.getBuffer().getDefiningOp<BufferOp>() : BufferOp();
}

NetworkOp networkOf(ModuleOp module) {
  auto networks = module.getOps<NetworkOp>();
  if (networks.empty() || std::next(networks.begin()) != networks.end())
    return {};
  return *networks.begin();
}

int64_t layerCount(NetworkOp network) {
  int64_t count = 0;
  for (auto kernel : network.getBody().getOps<KernelOp>())
    count = std::max<int64_t>(count, kernel.getLayer());
  for (auto tiled : network.getBody().getOps<TiledOp>())
    count = std::max<int64_t>(count, tiled.getLayer());
  return count;
}

static StepOp stepOf(Operation *op, DictionaryAttr params) {
  Attribute ref = params.get("step");
  if (auto out = params.getAs<DictionaryAttr>("out"); !ref && out)
    ref = out.get("step");
  auto symbol = dyn_cast_or_null<FlatSymbolRefAttr>(ref);
  return symbol ? SymbolTable::lookupNearestSymbolFrom<StepOp>(op, symbol) : StepOp();
}

StepOp KernelOp::getStep() { return stepOf(*this, getParams()); }
StepOp TiledOp::getStep() { return stepOf(*this, getParams()); }

SmallVector<StreamOp> TiledOp::streams() {
  SmallVector<StreamOp> list;
  for (Value operand : getOperands())
    if (auto stream = operand.getDefiningOp<StreamOp>())
      list.push_back(stream);
  return list;
}

} // namespace dyadic::plat
