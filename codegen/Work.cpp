// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads both forms of a layer.
#include "codegen/Work.h"

using namespace mlir;
namespace dyadic::codegen {

FlatSymbolRefAttr constantOf(plat::StreamOp stream) {
  if (stream.getConstantAttr() || !stream.getSource())
    return stream.getConstantAttr();
  if (auto stage = stream.getSource().getDefiningOp<plat::StageOp>())
    return stage.getConstantAttr();
  auto view = stream.getSource().getDefiningOp<plat::ConstantViewOp>();
  return view ? view.getConstantAttr() : FlatSymbolRefAttr();
}

Work workOf(plat::KernelOp kernel) {
  Work w;
  w.op = kernel;
  w.layer = kernel.getLayer();
  w.macs = kernel.getMacs();
  w.kernel = kernel.getKernel();
  w.node = kernel.getNode();
  w.ins = SmallVector<Value>(kernel.getIns());
  w.outs = SmallVector<Value>(kernel.getOuts());
  w.weights = kernel.getWeightsAttr();
  w.params = kernel.getParams();
  w.lut = kernel.getLutAttr();
  w.step = kernel.getStep();
  if (kernel.getScratch())
    w.scratch = kernel.getScratch().getDefiningOp<plat::BufferOp>();
  return w;
}

Work workOf(plat::TiledOp tiled) {
  Work w;
  w.op = tiled;
  w.layer = tiled.getLayer();
  w.macs = tiled.getMacs();
  w.kernel = tiled.getKernel();
  w.node = tiled.getNode();
  auto view = [](Value stream) { return stream.getDefiningOp<plat::StreamOp>().getSource(); };
  for (Value in : tiled.getIns())
    w.ins.push_back(view(in));
  w.outs.push_back(view(tiled.getOutput()));
  if (tiled.getWeights())
    w.weights = constantOf(tiled.getWeights().getDefiningOp<plat::StreamOp>());
  w.params = tiled.getParams();
  w.lut = tiled.getLutAttr();
  w.step = tiled.getStep();
  if (tiled.getScratch())
    w.scratch = tiled.getScratch().getDefiningOp<plat::BufferOp>();
  return w;
}

} // namespace dyadic::codegen
