// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The visible list of passes.
#include "compiler/Pipeline.h"
#include "dialects/plat/Plat.h"
#include "dialects/qint/Qint.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"
#include "passes/predict/Predict.h"

namespace dyadic {

Level levelOf(mlir::ModuleOp module) {
  if (!module.getOps<plat::NetworkOp>().empty())
    return Level::Plat;
  auto main = module.lookupSymbol<mlir::func::FuncOp>("main");
  for (unsigned i = 0; main && i < main.getNumResults(); ++i)
    if (main.getResultAttr(i, qint::portAttrName))
      return Level::Qint;
  return Level::Qonnx;
}

/// What `dyadic report` says of a network.
static std::optional<double> cyclesOf(plat::NetworkOp network, const model::Machine &machine) {
  auto prediction = predict::predict(network, machine);
  return succeeded(prediction) ? std::optional(prediction->cycles) : std::nullopt;
}

void addPipeline(mlir::PassManager &passes, Level from, Level to, const PipelineOptions &options) {
  if (from == Level::Qonnx && to != Level::Qonnx) {
    passes.addPass(createCheckQonnx());
    passes.addPass(createLowerToQint());
    if (!options.asWritten) {
      passes.addPass(createRemoveConstantChannels());
      passes.addPass(createIm2Col());
    }
    passes.addPass(mlir::createCSEPass());
    ChooseImplOptions impl;
    impl.mulCycles = options.mulCycles;
    for (const ImplementationRule &r : options.implementations)
      impl.choices.push_back((r.pattern.empty() ? "" : r.pattern + "=") + toString(r.implementation).str());
    passes.addPass(createChooseImpl(impl));
    passes.addPass(createCheckQint());
    from = Level::Qint;
  } else if (from == Level::Qint && !options.checked) {
    passes.addPass(createCheckQint());
  }
  if (from == Level::Qint && to == Level::Plat) {
    passes.addPass(createLowerToPlat());
    if (options.machine)
      passes.addPass(createTile(
          *options.machine, options.tiles,
          [machine = *options.machine](plat::NetworkOp network) { return cyclesOf(network, machine); },
          options.searches));
    const bool handsOver = options.machine && options.machine->cache && options.machine->hasDma();
    if (handsOver) // lines first, then places, then rules that know them
      passes.addPass(createHandOver({options.machine->cache->lineBytes.value}));
    passes.addPass(createPlanMemory());
    if (handsOver)
      passes.addPass(createHandOver({options.machine->cache->lineBytes.value}));
    from = Level::Plat;
  }
  if (from == Level::Plat && to == Level::Plat)
    passes.addPass(createCheckPlat());
}

mlir::LogicalResult lowerTo(mlir::ModuleOp module, Level to, const PipelineOptions &options) {
  mlir::PassManager passes(module.getContext());
  addPipeline(passes, levelOf(module), to, options);
  return passes.run(module);
}

} // namespace dyadic
