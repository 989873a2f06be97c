// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic check`: everything that stands between a model and its code, all at once.
#include "compiler/driver/Load.h"
#include "compiler/import/Import.h"
#include "dialects/qonnx/Qonnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <set>

namespace dyadic {
namespace {

/// So that one missing declaration does not hide what lies behind it: some lattice for each input without
/// codes.
void assumeLattices(mlir::ModuleOp module) {
  mlir::Builder b(module.getContext());
  auto zero = b.getStringAttr("0"), one = b.getStringAttr("1");
  for (auto function : module.getOps<mlir::func::FuncOp>())
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (!function.getArgAttr(i, "qonnx.lattice") && !function.getArgAttr(i, "qonnx.input_quantiser"))
        function.setArgAttr(i, "qonnx.lattice",
                            qonnx::LatticeAttr::get(module.getContext(), 8, true, b.getStringAttr("1/128"),
                                                    zero, b.getArrayAttr({zero}), b.getArrayAttr({one})));
}

/// What a later step says of a place that has been complained of is the same problem.
class OncePerPlace {
public:
  explicit OncePerPlace(Session &session) {
    for (const Report &report : session.diagnostics().reports())
      told.insert({report.file, report.line, report.node});
    handler.emplace(&session.context(), [this](mlir::Diagnostic &diagnostic) {
      Report report = makeReport(diagnostic);
      bool again = !report.file.empty() && told.count({report.file, report.line, report.node});
      return mlir::success(again); // success: dealt with, nobody shows it
    });
  }

private:
  std::set<std::tuple<std::string, unsigned, std::string>> told;
  std::optional<mlir::ScopedDiagnosticHandler> handler;
};

} // namespace

llvm::Error runCheck(const CheckCommand &command, Session &session) {
  mlir::OwningOpRef<mlir::ModuleOp> partial;
  llvm::Expected<LoadedModel> loaded = loadModel(command.model, session, &partial);
  LoadedModel model;
  bool good = bool(loaded);
  if (good) {
    model = std::move(*loaded);
  } else if (partial) {
    llvm::consumeError(loaded.takeError());
    model.module = std::move(partial);
  } else {
    return loaded.takeError();
  }
  if (model.level == Level::Qonnx && mlir::failed(import_::checkInputs(*model.module))) {
    good = false;
    assumeLattices(*model.module);
  }
  OncePerPlace once(session);
  if (llvm::Error error = lowerModel(model, Level::Plat, {}, session)) {
    if (good)
      return error;
    llvm::consumeError(std::move(error));
  }
  if (!good) {
    auto errors = llvm::count_if(session.diagnostics().reports(), [](const Report &report) {
      return report.severity == mlir::DiagnosticSeverity::Error;
    });
    return failure(ExitCode::Rejected, command.model.path + ": rejected with " + llvm::Twine(errors) +
                                           (errors == 1 ? " problem" : " problems"));
  }
  session.out() << command.model.path << ": ok\n";
  return llvm::Error::success();
}

} // namespace dyadic
