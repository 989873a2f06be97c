// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each plat op demands of its operands and of the catalogue.
#include "dialects/plat/Catalogue.h"
#include "dialects/plat/Plat.h"

using namespace mlir;
namespace dyadic::plat {

LogicalResult NetworkOp::verify() {
  if (getArenaAlign() < 1 || (getArenaAlign() & (getArenaAlign() - 1)) != 0)
    return emitOpError() << "arena_align must be a power of two, found " << getArenaAlign();
  if (auto line = getCacheLineBytes(); line && (*line < 4 || (*line & (*line - 1)) != 0))
    return emitOpError() << "cache_line_bytes must be a power of two, found " << *line;
  int64_t layer = 1;
  for (Operation &op : getBody().front()) {
    int64_t next = layer;
    if (auto kernel = dyn_cast<KernelOp>(op))
      next = kernel.getLayer();
    else if (auto tiled = dyn_cast<TiledOp>(op))
      next = tiled.getLayer();
    if (next != layer && next != layer + 1)
      return op.emitOpError() << "layer " << next << " follows layer " << layer
                              << "; layers count up from 1 without gaps";
    layer = next;
  }
  if (getArenaBytes())
    for (auto buffer : getBody().getOps<BufferOp>())
      if (!buffer.getUser() && (!buffer.getOffset() || !buffer.getFirst() || !buffer.getLast()))
        return buffer.emitOpError("has no place in a placed network");
  return success();
}

LogicalResult BufferOp::verify() {
  if (getSizeBytes() < 1 || getAlign() < 1 || (getAlign() & (getAlign() - 1)) != 0)
    return emitOpError("needs a positive size and an alignment that is a power of two");
  if (getFirst().has_value() != getLast().has_value() || (getFirst() && *getFirst() > *getLast()))
    return emitOpError("needs first and last together, first <= last");
  if (getOffset() && (static_cast<int64_t>(*getOffset()) < 0 || *getOffset() % getAlign() != 0))
    return emitOpError() << "offset " << *getOffset() << " is not a multiple of " << getAlign();
  if (getUser() && (getOffset() || getOwner() != Owner::Caller || getLevel() != Level::L2))
    return emitOpError("of the user has owner caller, level L2 and no offset");
  return success();
}

static LogicalResult verifyCache(Operation *op, Value what) {
  auto network = op->getParentOfType<NetworkOp>();
  if (!network.getCacheLineBytes())
    return op->emitOpError("is of no use: the network has no cache_line_bytes");
  if (isa<ViewType>(what.getType()) && !bufferOf(what))
    return op->emitOpError("is of a tensor in a plat.buffer, or of a plat.stage");
  auto before = dyn_cast_or_null<KernelOp>(op->getPrevNode()),
       behind = dyn_cast_or_null<KernelOp>(op->getNextNode());
  if (before && behind && before.getLayer() == behind.getLayer())
    return op->emitOpError("stands between kernels of one layer");
  return success();
}
LogicalResult CleanOp::verify() { return verifyCache(*this, getWhat()); }
LogicalResult InvalidateOp::verify() { return verifyCache(*this, getWhat()); }

LogicalResult ViewOp::verify() {
  auto tensor = cast<ViewType>(getType()).getTensor();
  auto buffer = getBuffer().getDefiningOp<BufferOp>();
  if (!buffer)
    return emitOpError("must look into a plat.buffer");
  if (!tensor.hasStaticShape() || !tensor.getElementType().isInteger())
    return emitOpError("needs integers of static shape");
  if (static_cast<int64_t>(getBegin()) < 0 ||
      static_cast<int64_t>(getBegin()) + packedBytes(tensor) > static_cast<int64_t>(buffer.getSizeBytes()))
    return emitOpError() << "bytes " << getBegin() << ".." << getBegin() + packedBytes(tensor)
                         << " leave the buffer of " << buffer.getSizeBytes();
  int64_t align = naturalAlign(tensor.getElementType());
  if (getBegin() % align != 0 || buffer.getAlign() % align != 0)
    return emitOpError() << "needs an alignment of " << align;
  return success();
}

LogicalResult ConstantOp::verify() {
  auto image = dyn_cast<DenseIntElementsAttr>(getValues());
  unsigned stored = storedBits(getElement());
  if (!image || !image.getElementType().isSignlessInteger(stored <= 8 ? 8 : stored))
    return emitOpError() << "the image of " << getElement() << " must be dense i"
                         << (stored <= 8 ? 8 : stored);
  int64_t need = packedBytes(getElement(), getCount()) / (stored <= 8 ? 1 : stored / 8);
  if (image.getNumElements() != need)
    return emitOpError() << getCount() << " values of " << getElement() << " take " << need
                         << " image elements, found " << image.getNumElements();
  return success();
}

LogicalResult StepOp::verify() {
  if (auto why = mismatch(stepSchema, getParams()))
    return emitOpError() << *why;
  if (numberAt(getParams(), "terms") != getProof().getTerms())
    return emitOpError("params and proof differ in terms");
  return success();
}

LogicalResult KernelOp::verify() {
  const Kernel *kernel = findKernel(getKernel());
  if (!kernel)
    return emitOpError() << "there is no kernel '" << getKernel() << "' in the catalogue";
  if (auto why = mismatch(*kernel->params, getParams()))
    return emitOpError() << *why;
  if (getOuts().size() != 1 || (!kernel->takes(Argument::inputs) && getIns().size() != 1))
    return emitOpError() << "'" << getKernel() << "' takes one input and one output";
  if (kernel->takes(Argument::weights) != getWeights().has_value())
    return emitOpError() << "'" << getKernel() << "' takes " << (getWeights() ? "no weights" : "weights");
  if (kernel->takes(Argument::lut) != getLut().has_value())
    return emitOpError() << "'" << getKernel() << "' takes " << (getLut() ? "no lut" : "a lut");
  if (getLut())
    if (auto why = mismatch(lutSchema, *getLut()))
      return emitOpError() << *why;
  uint64_t need = kernel->scratchBytes ? kernel->scratchBytes(getParams()) : 0;
  auto scratch = getScratch() ? getScratch().getDefiningOp<BufferOp>() : BufferOp();
  uint64_t have = scratch ? scratch.getSizeBytes() : 0;
  if (have < need)
    return emitOpError() << "needs " << need << " bytes of scratch, found " << have;
  return success();
}

static LogicalResult verifyEdge(Operation *op, Value view, qint::PortAttr port, DictionaryAttr copy) {
  if (auto why = mismatch(gatherSchema, copy))
    return op->emitOpError() << *why;
  auto tensor = cast<ViewType>(view.getType()).getTensor();
  int64_t elements = 1;
  for (int64_t extent : port.getShape().asArrayRef())
    elements *= extent;
  if (elements != tensor.getNumElements())
    return op->emitOpError() << "port has " << elements << " elements, view " << tensor.getNumElements();
  return success();
}
LogicalResult InputOp::verify() { return verifyEdge(*this, getView(), getPort(), getCopy()); }
LogicalResult OutputOp::verify() { return verifyEdge(*this, getView(), getPort(), getCopy()); }

LogicalResult TapOp::verify() {
  if (getOnnxView().size() != getPerm().size())
    return emitOpError("perm and view must name every axis");
  if (getKept().has_value() != getConstants().has_value())
    return emitOpError("kept and constants come together");
  return success();
}

} // namespace dyadic::plat
