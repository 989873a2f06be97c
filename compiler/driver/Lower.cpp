// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs the pipeline with a phase for each pass.
#include "compiler/driver/Load.h"
#include "compiler/driver/Remedies.h"
#include "compiler/import/Import.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"
#include "passes/tile/Searches.h"

namespace dyadic {
namespace {

class PhasePerPass : public mlir::PassInstrumentation {
public:
  explicit PhasePerPass(Session &session) : session(session) {}
  void runBeforePass(mlir::Pass *pass, mlir::Operation *) override {
    // A pass's argument is a literal of its declaration; nameless adaptors go by what they hold.
    if (!pass->getArgument().empty())
      session.phase(pass->getArgument().data());
  }

private:
  Session &session;
};

/// `before`: what was to be placed, if it was.
llvm::Error doesNotFit(mlir::ModuleOp before, const PipelineOptions &options, Session &session) {
  std::string text = "the model does not fit";
  if (!before || !options.machine)
    return failure(ExitCode::DoesNotFit, text);
  session.phase("look for what would fit");
  std::vector<Remedy> remedies = findRemedies(before, options);
  text += " " + options.machine->name;
  for (const Remedy &remedy : remedies)
    text += "\n  would fit with " + remedy.text();
  session.object()["fixes"] = toJson(remedies);
  return failure(ExitCode::DoesNotFit, text);
}

} // namespace

llvm::Error lowerModel(LoadedModel &model, Level to, const PipelineOptions &options, Session &session) {
  if (model.level == Level::Qonnx && to == Level::Plat) {
    if (llvm::Error error = lowerModel(model, Level::Qint, options, session))
      return error;
    PipelineOptions checked = options;
    checked.checked = true;
    checked.searches = std::make_shared<tile::Searches>(); // for what would fit
    return lowerModel(model, to, checked, session);
  }
  mlir::ModuleOp module = *model.module;
  mlir::OwningOpRef<mlir::ModuleOp> before;
  if (model.level == Level::Qint && to == Level::Plat && options.machine)
    before = module.clone();
  auto refused = [&] {
    switch (session.diagnostics().verdict()) {
    case Verdict::Usage:
      return failure(ExitCode::Usage, "the options do not fit the model");
    case Verdict::DoesNotFit:
      return doesNotFit(before ? *before : mlir::ModuleOp(), options, session);
    case Verdict::Rejected:
      break;
    }
    return failure(ExitCode::Rejected, "the model cannot be compiled");
  };
  if (model.level == Level::Qonnx && mlir::failed(import_::checkInputs(module)))
    return refused();
  mlir::PassManager passes(&session.context());
  passes.addInstrumentation(std::make_unique<PhasePerPass>(session));
  addPipeline(passes, model.level, to, options);
  if (mlir::failed(passes.run(module)))
    return refused();
  model.level = to;
  return llvm::Error::success();
}

} // namespace dyadic
