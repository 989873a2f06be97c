// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Steps over whole tensors and residual adds, in place where an operand dies.
#include "dialects/qint/StepArrays.h"
#include "passes/lower-to-plat/Context.h"

using namespace mlir;
namespace dyadic::lower_to_plat {
namespace {
constexpr size_t maxTerms = 8; // DYADIC_RESCALE_MAX_TERMS
}

LogicalResult Lowering::elementWise(Operation *op, qint::StepAttr proof, StringRef node) {
  if (op->getNumOperands() > maxTerms)
    return op->emitOpError() << "'" << node << "' adds " << op->getNumOperands() << " tensors, at most "
                             << maxTerms << " are supported";
  auto out = typeOf(op->getResult(0));
  SmallVector<Value> ins;
  SmallVector<Attribute> types;
  for (Value v : op->getOperands()) {
    ins.push_back(viewOf(v));
    types.push_back(plat::typeParams(typeOf(v).getElementType()));
  }
  nextLayer();
  auto name = step(op, proof, node);
  if (failed(name))
    return failure();
  // Element i is written after it was read, so a dying operand of at least the same stored width can hold the
  // result. One more than twice as wide would keep too much memory alive.
  Value target;
  unsigned stored = plat::storedBits(out.getElementType());
  for (auto [v, in] : llvm::zip(op->getOperands(), ins)) {
    plat::BufferOp home = plat::bufferOf(in);
    unsigned width = plat::storedBits(typeOf(v).getElementType());
    if (!target && home && !home.getUser() && diesAt(v, op) && width >= stored && width <= 2 * stored)
      target = views[op->getResult(0)] = view(home.getResult(), out);
  }
  if (!target)
    target = place(op->getResult(0));
  auto made = cast<plat::StepOp>(SymbolTable::lookupSymbolIn(network, *name));
  int64_t channels = plat::numberAt(made.getParams(), "channels");
  auto fields = params()
                    .number("elements", out.getNumElements())
                    .number("period", channels == 1 ? out.getNumElements() : proof.getPeriod())
                    .attribute("in", ArrayAttr::get(context, types))
                    .attribute("out", plat::typeParams(out.getElementType()))
                    .attribute("step", *name)
                    .get();
  kernel("rescale", node, ins, target, {}, fields, {}, 0);
  taps(op->getResult(0));
  return success();
}

LogicalResult Lowering::lower(qint::RescaleOp op) { return elementWise(op, op.getStep(), op.getNode()); }

LogicalResult Lowering::lower(qint::AffineOp op) {
  int64_t channels = op.getChannels();
  SmallVector<int64_t> lo, hi;
  for (int64_t c = 0; c < channels; ++c)
    for (Value v : op.getTerms()) {
      lo.push_back(qint::minCode(typeOf(v).getElementType()));
      hi.push_back(qint::maxCode(typeOf(v).getElementType()));
    }
  SmallVector<int8_t> forms(channels, static_cast<int8_t>(qint::StepForm::dyadic64)), shifts(channels, 0);
  auto step = qint::StepAttr::get(context, channels, op.getPeriod(), op.getTerms().size(), op.getLo(),
                                  op.getHi(), DenseI8ArrayAttr::get(context, forms), op.getMultAttr(),
                                  op.getBiasAttr(), DenseI8ArrayAttr::get(context, shifts),
                                  DenseI64ArrayAttr::get(context, {}), DenseI64ArrayAttr::get(context, {}),
                                  DenseI64ArrayAttr::get(context, lo), DenseI64ArrayAttr::get(context, hi));
  return elementWise(op, step, op.getNode());
}

} // namespace dyadic::lower_to_plat
