// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds up what the placed module says.
#include "codegen/Figures.h"
#include "codegen/Names.h"

#include "dialects/plat/Catalogue.h"
#include "dialects/plat/Liveness.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

constexpr int64_t callerFrames = 96; // net_run and the layer's function
constexpr int64_t wideFrames = 288;  // exact division below a kernel whose step needs it

/// Bytes of the constants a kernel refers to, by role; the ones in `seen` do not count again.
void addConstants(plat::KernelOp kernel, llvm::SetVector<Operation *> &seen, int64_t &weights,
                  int64_t &params, int64_t &tables) {
  SymbolTable symbols(kernel->getParentOp());
  auto visit = [&](auto &self, Attribute root) -> void {
    root.walk([&](FlatSymbolRefAttr ref) {
      Operation *op = symbols.lookup(ref.getValue());
      if (!op || !seen.insert(op))
        return;
      if (auto step = dyn_cast<plat::StepOp>(op))
        self(self, step.getParams());
      if (auto constant = dyn_cast<plat::ConstantOp>(op))
        (constant.getRole() == plat::Role::Weights ? weights
         : constant.getRole() == plat::Role::Param ? params
                                                   : tables) += plat::imageBytes(constant);
    });
  };
  visit(visit, kernel.getParams());
  if (kernel.getLut())
    visit(visit, *kernel.getLut());
  if (kernel.getWeightsAttr())
    visit(visit, kernel.getWeightsAttr());
}

} // namespace

std::string describe(RankedTensorType type) {
  std::string text;
  for (int64_t extent : type.getShape())
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  Type e = type.getElementType();
  return text + (e.isSignedInteger() ? " si" : " ui") + std::to_string(e.getIntOrFloatBitWidth());
}

Figures figuresOf(ModuleOp module) {
  Figures f;
  plat::NetworkOp network = plat::networkOf(module);
  if (!network)
    return f;
  llvm::SetVector<Operation *> all;
  auto intervals = plat::liveIntervals(network);
  int64_t deepest = 0;
  for (auto kernel : network.getBody().getOps<plat::KernelOp>()) {
    if (f.layers.empty() || f.layers.back().number != static_cast<int64_t>(kernel.getLayer())) {
      LayerFigures l;
      l.number = kernel.getLayer();
      l.node = kernel.getNode().str();
      l.kernel = kernel.getKernel().str();
      if (auto why = kernel->getAttrOfType<StringAttr>("impl_why"))
        l.why = why.str();
      l.output = describe(cast<plat::ViewType>(kernel.getOuts().front().getType()).getTensor());
      if (!kernel.getIns().empty())
        l.input = describe(cast<plat::ViewType>(kernel.getIns().front().getType()).getTensor());
      for (auto [buffer, live] : intervals)
        if (live.first <= l.number && l.number <= live.last)
          l.liveBytes += buffer.getSizeBytes();
      f.layers.push_back(std::move(l));
    }
    LayerFigures &l = f.layers.back();
    l.macs += kernel.getMacs();
    f.macs += kernel.getMacs();
    bool usesWide = false;
    if (plat::StepOp step = kernel.getStep()) {
      l.step = step.getNode().str();
      usesWide = step.getParams().get("wide") != nullptr;
    }
    if (kernel.getScratch())
      l.scratchBytes = std::max<int64_t>(l.scratchBytes,
                                         kernel.getScratch().getDefiningOp<plat::BufferOp>().getSizeBytes());
    llvm::SetVector<Operation *> own;
    addConstants(kernel, own, l.weightBytes, l.paramBytes, l.tableBytes);
    addConstants(kernel, all, f.weightBytes, f.paramBytes, f.tableBytes);
    if (const plat::Kernel *contract = plat::findKernel(kernel.getKernel()))
      deepest = std::max<int64_t>(deepest, contract->stackBytes + (usesWide ? wideFrames : 0));
  }
  f.stackBytes = callerFrames + deepest;
  f.arenaBytes = network.getArenaBytes().value_or(0);
  f.arenaBoundBytes = network.getArenaBoundBytes().value_or(0);
  f.boundLayer = network.getBoundLayer().value_or(0);
  if (auto removed = module->getAttrOfType<IntegerAttr>("qint.removed_channels"))
    f.removedChannels = removed.getInt();
  return f;
}

static llvm::json::Object toJson(const LayerFigures &l) {
  return llvm::json::Object{{"layer", l.number},
                            {"node", jsonText(l.node)},
                            {"quantiser", jsonText(l.step)},
                            {"kernel", l.kernel},
                            {"why", jsonText(l.why)},
                            {"input", l.input},
                            {"output", l.output},
                            {"macs", l.macs},
                            {"weight_bytes", l.weightBytes},
                            {"param_bytes", l.paramBytes},
                            {"table_bytes", l.tableBytes},
                            {"scratch_bytes", l.scratchBytes},
                            {"live_bytes", l.liveBytes}};
}

llvm::json::Object toJson(const Figures &f) {
  llvm::json::Array layers;
  for (const LayerFigures &l : f.layers)
    layers.push_back(toJson(l));
  return llvm::json::Object{{"arena_bytes", f.arenaBytes},           {"arena_bound_bytes", f.arenaBoundBytes},
                            {"arena_bound_layer", f.boundLayer},     {"stack_bytes", f.stackBytes},
                            {"weight_bytes", f.weightBytes},         {"param_bytes", f.paramBytes},
                            {"table_bytes", f.tableBytes},           {"macs", f.macs},
                            {"removed_channels", f.removedChannels}, {"layers", std::move(layers)}};
}

} // namespace dyadic::codegen
