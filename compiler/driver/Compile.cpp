// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic compile`: down the ladder, then a folder of C, or one level's module as text.
#include "codegen/Emit.h"
#include "compiler/copies/Copies.h"
#include "compiler/driver/Place.h"
#include "compiler/driver/SelfTest.h"
#include "compiler/driver/Settled.h"
#include "compiler/driver/Summary.h"
#include "compiler/driver/UserMemory.h"
#include "dialects/plat/Plat.h"
#include "mlir/IR/Diagnostics.h"

namespace dyadic {
namespace {

/// With places: they carry the ONNX nodes' names into the C.
std::string print(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os, mlir::OpPrintingFlags().enableDebugInfo());
  os << '\n';
  return text;
}

/// What can be told to be wrong before the model is read.
llvm::Error checkOptions(const CompileOptions &options) {
  if (!options.name.empty())
    if (llvm::Error error = checkName(options.name))
      return error;
  return llvm::Error::success();
}

llvm::Error writeNetwork(mlir::ModuleOp module, const CompileCommand &command, const Target &target,
                         Session &session) {
  session.phase("write C");
  codegen::Figures figures = codegen::figuresOf(module);
  if (llvm::Error error = checkFit(figures.tiled ? figures.l2Bytes : figures.arenaBytes, target.machine))
    return error;
  codegen::EmitOptions emit;
  emit.name = command.options.name;
  emit.target = target.machine.name;
  emit.port = target.machine.port;
  emit.version = DYADIC_VERSION;
  emit.options = settledOptions(module);
  if (std::vector<std::string> user = userMemoryOf(module); !user.empty())
    emit.options["io"] = llvm::json::Array(user);
  if (command.unsafe)
    emit.options["unsafe_skip_checks"] = true;
  emit.selfTest = selfTestOf(module);
  if (emit.selfTest)
    emit.options["self_test_runs"] = static_cast<int64_t>(emit.selfTest->inputs.front().size());
  llvm::Expected<std::map<std::string, std::string>> files = codegen::emit(module, emit);
  if (!files)
    return failure(ExitCode::Internal, llvm::toString(files.takeError()));
  OutputSet set;
  for (auto &[name, text] : *files)
    if (llvm::Error error = set.add(name, std::move(text)))
      return error;
  session.phase("write files");
  if (llvm::Error error = set.writeFolder(command.output))
    return error;
  session.endPhase();
  bool asked = llvm::any_of(command.options.implementations, [](const ImplementationRule &rule) {
    return rule.implementation != Implementation::Mac;
  });
  summarise(figures, set, command.output, asked, session);
  describePlan(figures, target.machine, session);
  if (command.explainCopies) {
    auto list = copies::copiesOf(plat::networkOf(module), target.machine, command.options.name);
    copies::print(list, session.out());
    session.object()["copies"] = copies::toJson(list);
  }
  return llvm::Error::success();
}

} // namespace

llvm::Error runCompile(CompileCommand command, Session &session) {
  CompileOptions &options = command.options;
  if (llvm::Error error = checkOptions(options))
    return error;
  if (command.output == "-" && !options.stopAfter)
    return failure(ExitCode::Usage,
                   "-o -: only a module of --stop-after goes to standard output; name a folder");
  std::optional<Target> target;
  if (llvm::Error error = findTarget(options.target, target))
    return error;
  llvm::Expected<LoadedModel> loaded = loadModel(command.model, session);
  if (!loaded)
    return loaded.takeError();
  mlir::ModuleOp module = *loaded->module;
  if (command.explainCopies && options.stopAfter)
    return failure(ExitCode::Usage, "--explain-copies is of the C; leave --stop-after out");
  if (command.unsafe && (loaded->level != Level::Plat || options.stopAfter))
    return failure(ExitCode::Usage, "--unsafe-skip-checks is for C out of a module of level plat; '" +
                                        command.model.path + "' is of level " + toString(loaded->level));
  Level last = options.stopAfter.value_or(Level::Plat);
  if (!command.io.empty() && (loaded->level == Level::Plat || last == Level::Qonnx))
    return failure(ExitCode::Usage, "--io decides between the levels qint and plat; '" + command.model.path +
                                        "' is of level " + toString(loaded->level) + ", the last one is " +
                                        toString(last));
  if (last < loaded->level)
    return failure(ExitCode::Usage, "--stop-after " + toString(last) + ": the module is of level " +
                                        toString(loaded->level) + " already");
  if (llvm::Error error = settleCompile(*loaded, options, target ? &*target : nullptr))
    return error;
  if (llvm::Error error = needTarget(options, loaded->level, last))
    return error;
  if (llvm::Error error = findTarget(options.target, target)) // with what the module had on record
    return error;
  PipelineOptions pipeline = pipelineFor(options, target);
  if (options.selfTest) {
    session.phase("read samples");
    if (llvm::Error error = keepSelfTest(*loaded, *options.selfTest))
      return error;
  }
  if (last != Level::Qonnx && loaded->level != Level::Plat) {
    if (llvm::Error error = lowerModel(*loaded, Level::Qint, pipeline, session))
      return error;
    pipeline.checked = true;
    if (llvm::Error error = settleUserMemory(module, command.io))
      return error;
    session.phase("expected outputs");
    if (llvm::Error error = expectSelfTest(*loaded))
      return error;
  }
  bool refused = false;
  if (llvm::Error error = lowerModel(*loaded, last, pipeline, session)) {
    if (!command.unsafe)
      return error;
    llvm::consumeError(std::move(error)); // its reasons are told already
    refused = true;
  }
  if (options.stopAfter) {
    session.phase("write");
    return writeFile(command.output, print(module));
  }
  if (refused)
    mlir::emitWarning(module.getLoc(),
                      "--unsafe-skip-checks: C is written of a plan that check-plat refuses; what it "
                      "computes may be wrong");
  return writeNetwork(module, command, *target, session);
}

} // namespace dyadic
