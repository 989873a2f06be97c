// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs the pipeline with a phase for each pass.
#include "compiler/driver/Load.h"
#include "compiler/import/Import.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"

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

} // namespace

llvm::Error lowerModel(LoadedModel &model, Level to, const PipelineOptions &options, Session &session) {
  mlir::ModuleOp module = *model.module;
  auto refused = [&] {
    switch (session.diagnostics().verdict()) {
    case Verdict::Usage:
      return failure(ExitCode::Usage, "the options do not fit the model");
    case Verdict::DoesNotFit:
      return failure(ExitCode::DoesNotFit, "the model does not fit");
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
