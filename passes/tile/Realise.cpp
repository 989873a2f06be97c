// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Does on a copy of the network just what is done on the network.
#include "passes/tile/Realise.h"

#include "mlir/IR/IRMapping.h"
#include "passes/tile/Ahead.h"
#include "passes/tile/Keep.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
namespace dyadic::tile {

void settle(ArrayRef<Apart> apart, const FarChoice &choice, const model::Machine &machine) {
  for (Apart one : apart)
    if (choice.joined.contains(one.own()))
      one.rejoin();
  for (Operation *op : choice.buffers) {
    auto buffer = cast<plat::BufferOp>(op);
    buffer.setLevel(plat::Level::L3);
    buffer.setAlign(std::max<uint64_t>(buffer.getAlign(), machine.l3->alignBytes));
  }
}

void realise(plat::NetworkOp network, const std::vector<Layer> &layers,
             const std::vector<Decision> &decisions, const model::Machine &machine) {
  std::vector<Tiled> made;
  for (auto [layer, decision] : llvm::zip(layers, decisions))
    made.push_back(rewrite(cast<plat::KernelOp>(layer.op), layer, decision, machine));
  keepNear(layers, decisions, made, network, machine);
  fetchAhead(layers, made, network, machine);
  supplyChunks(made, network);
}

Trial tryOut(plat::NetworkOp network, const Planned &planned, ArrayRef<Apart> apart, const FarChoice &choice,
             const std::vector<Decision> &decisions, const model::Machine &machine, const Weigher &weigher) {
  IRMapping its;
  OwningOpRef<plat::NetworkOp> copy(cast<plat::NetworkOp>(network->clone(its)));
  std::vector<Layer> layers = planned.layers;
  for (Layer &layer : layers) {
    layer.op = its.lookup(layer.op);
    for (Source &source : layer.sources) {
      source.view = its.lookupOrNull(source.view);
      if (source.constant)
        source.constant = cast<plat::ConstantOp>(its.lookup(source.constant.getOperation()));
    }
  }
  FarChoice far;
  for (Operation *buffer : choice.buffers)
    far.buffers.insert(its.lookup(buffer));
  for (auto [own, shared] : choice.joined)
    far.joined[its.lookup(own)] = its.lookup(shared);
  SmallVector<Apart> parts;
  for (Apart one : apart)
    parts.push_back({cast<plat::ViewOp>(its.lookup(one.view.getOperation())),
                     cast<plat::BufferOp>(its.lookup(one.shared.getOperation())), one.begin});
  settle(parts, far, machine);
  realise(*copy, layers, decisions, machine);
  llvm::StringSet<> stayed;
  for (auto buffer : copy->getBody().getOps<plat::BufferOp>())
    if (buffer.getLevel() == plat::Level::L1)
      stayed.insert(buffer.getName());
  Trial trial;
  for (auto buffer : network.getBody().getOps<plat::BufferOp>())
    if (buffer.getLevel() == plat::Level::L2 && stayed.contains(buffer.getName()))
      trial.near.insert(buffer);
  if (weigher)
    trial.cycles = weigher(*copy);
  return trial;
}

} // namespace dyadic::tile
