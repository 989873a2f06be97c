// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks the integer level once and builds the network of kernels beside it.
#include "passes/Passes.h"
#include "passes/lower-to-plat/Context.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Format.h"

namespace dyadic {
#define GEN_PASS_DEF_LOWERTOPLAT
#include "passes/Passes.h.inc"
} // namespace dyadic

using namespace mlir;
namespace dyadic::lower_to_plat {

Lowering::Lowering(ModuleOp module, func::FuncOp main)
    : context(module.getContext()), module(module), main(main), declare(module.getContext()),
      work(module.getContext()), here(main.getLoc()) {
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  network = plat::NetworkOp::create(b, main.getLoc(), b.getI64IntegerAttr(8), IntegerAttr(), IntegerAttr(),
                                    IntegerAttr(), IntegerAttr(), IntegerAttr(), IntegerAttr());
  Block *body = &network.getBody().emplaceBlock();
  declare.setInsertionPointToStart(body);
  work.setInsertionPointToEnd(body);
}

LogicalResult Lowering::run() {
  if (!main.getBody().hasOneBlock())
    return main.emitOpError("must be one block");
  findLastUses();
  if (failed(inputs()))
    return failure();
  for (Operation &op : main.getBody().front().without_terminator())
    if (failed(lowerOp(&op)))
      return failure();
  if (failed(outputs()))
    return failure();
  chooseScratch(network);
  main.erase();
  return success();
}

LogicalResult Lowering::lowerOp(Operation *op) {
  if (views.contains(op->getNumResults() ? op->getResult(0) : Value()))
    return success(); // a step that went into the kernel before it
  work.setInsertionPointToEnd(&network.getBody().front());
  here = op->getLoc();
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case<qint::ConstantOp, qint::TapOp, qint::Im2ColOp, qint::ReshapeOp>([](auto) { return success(); })
      .Case<qint::Conv2DOp, qint::DepthwiseConv2DOp, qint::MatMulOp, qint::PoolOp, qint::RescaleOp,
            qint::AffineOp, qint::TransposeOp, qint::PadOp, qint::SliceOp, qint::GatherOp, qint::ConcatOp>(
          [&](auto o) { return lower(o); })
      .Default([](Operation *o) { return o->emitOpError("has no kernel"); });
}

std::string Lowering::layerName(StringRef suffix) const {
  std::string name;
  llvm::raw_string_ostream(name) << "layer_" << llvm::format("%02d", static_cast<int>(layer)) << "_"
                                 << suffix;
  return name;
}

Value Lowering::buffer(StringRef name, int64_t bytes, int64_t align, plat::Owner owner) {
  bytes = llvm::alignTo(bytes, 4); // whole words, so that neighbours start at words
  return plat::BufferOp::create(declare, network.getLoc(), plat::BufferType::get(context), name,
                                plat::Level::L2, bytes, align, owner, IntegerAttr(), IntegerAttr(),
                                IntegerAttr());
}

Value Lowering::view(Value buffer, RankedTensorType type) {
  return plat::ViewOp::create(declare, network.getLoc(), plat::ViewType::get(context, type), buffer, 0);
}

Value Lowering::place(Value value) {
  auto type = typeOf(value);
  Value b = buffer(layerName("out"), plat::packedBytes(type),
                   std::max<int64_t>(4, plat::naturalAlign(type.getElementType())));
  return views[value] = view(b, type);
}

Value Lowering::viewOf(Value value) {
  value = rootOf(value);
  if (Value known = views.lookup(value))
    return known;
  auto constant = value.getDefiningOp<qint::ConstantOp>();
  if (!constant)
    return {};
  auto type = plat::ViewType::get(context, typeOf(value));
  return views[value] =
             plat::ConstantViewOp::create(declare, value.getLoc(), type, weightsOf(value, "row major"));
}

void Lowering::kernel(StringRef name, StringRef node, ValueRange ins, Value out, FlatSymbolRefAttr weights,
                      DictionaryAttr params, DictionaryAttr lut, int64_t macs) {
  plat::KernelOp::create(work, here, name, node, layer, ins, ValueRange(out), Value(), weights, params, lut,
                         macs);
}

DictionaryAttr Lowering::axis(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation,
                              int64_t pad) {
  return params()
      .number("in", in)
      .number("out", out)
      .number("kernel", kernel)
      .number("stride", stride)
      .number("dilation", dilation)
      .number("pad", pad)
      .get();
}

DictionaryAttr Lowering::operand(Type type, int64_t zero) {
  return params().attribute("type", plat::typeParams(type)).number("zero", zero).get();
}

FailureOr<DictionaryAttr> Lowering::epilogue(Operation *op, Value acc) {
  Params out = params();
  out.attribute("type", plat::typeParams(typeOf(resultOf(acc)).getElementType()));
  if (qint::RescaleOp rescale = epilogueOf(acc)) {
    auto name = step(op, rescale.getStep(), rescale.getNode());
    if (failed(name))
      return failure();
    out.attribute("step", *name);
  }
  return out.get();
}

namespace {
struct LowerToPlat : dyadic::impl::LowerToPlatBase<LowerToPlat> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main) {
      getOperation().emitError("lower-to-plat needs a func.func @main of the integer level");
      return signalPassFailure();
    }
    if (failed(Lowering(getOperation(), main).run()))
      signalPassFailure();
  }
};
} // namespace
} // namespace dyadic::lower_to_plat
