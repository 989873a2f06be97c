// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whole layers go through their elements in order and may replace wider ones by narrower ones as they go.
// Tiles and cores have no such order.
#include "passes/tile/Apart.h"

#include "llvm/Support/Format.h"

using namespace mlir;
namespace dyadic::tile {
namespace {

unsigned bitsOf(Value view) {
  return plat::storedBits(cast<plat::ViewType>(view.getType()).getTensor().getElementType());
}

/// The user's memory is where the network's output lies.
void giveUserMemory(plat::BufferOp from, plat::BufferOp to) {
  from.setUser(false);
  from.setOwner(plat::Owner::Core);
  to.setUser(true);
  to.setOwner(plat::Owner::Caller);
}

} // namespace

std::optional<Apart> takeApart(const Layer &layer) {
  auto kernel = cast<plat::KernelOp>(layer.op);
  Value output = kernel.getOuts().front();
  auto view = output.getDefiningOp<plat::ViewOp>();
  plat::BufferOp shared = plat::bufferOf(output);
  bool inPlace =
      shared && llvm::any_of(kernel.getIns(), [&](Value in) { return plat::bufferOf(in) == shared; });
  if (!view || !inPlace)
    return std::nullopt;
  Apart before = {view, shared, static_cast<int64_t>(view.getBegin())};
  OpBuilder b(shared);
  b.setInsertionPointAfter(shared);
  auto tensor = cast<plat::ViewType>(output.getType()).getTensor();
  std::string name;
  llvm::raw_string_ostream(name) << "layer_" << llvm::format("%02d", static_cast<int>(kernel.getLayer()))
                                 << "_out";
  auto own = plat::BufferOp::create(b, view.getLoc(), shared.getType(), b.getStringAttr(name),
                                    shared.getLevel(), plat::packedBytes(tensor),
                                    std::max<int64_t>(4, plat::naturalAlign(tensor.getElementType())),
                                    plat::Owner::Core, IntegerAttr(), IntegerAttr(), IntegerAttr());
  view.getBufferMutable().assign(own);
  view.setBegin(0);
  if (shared.getUser() && llvm::any_of(view->getUsers(), llvm::IsaPred<plat::OutputOp>))
    giveUserMemory(shared, own);
  return before;
}

void Apart::rejoin() {
  plat::BufferOp before = own();
  view.getBufferMutable().assign(shared);
  view.setBegin(begin);
  if (before.getUser())
    giveUserMemory(before, shared);
  before.erase();
}

void keepApart(const Layer &layer) {
  auto kernel = cast<plat::KernelOp>(layer.op);
  Value output = kernel.getOuts().front();
  plat::BufferOp shared = plat::bufferOf(output);
  if (shared && llvm::any_of(kernel.getIns(), [&](Value in) {
        return plat::bufferOf(in) == shared && bitsOf(in) != bitsOf(output);
      }))
    takeApart(layer);
}

} // namespace dyadic::tile
