// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic compile`: down the ladder, then a folder of C, or one level's module as text.
#include "codegen/Emit.h"
#include "compiler/driver/SelfTest.h"
#include "compiler/driver/Settled.h"
#include "compiler/driver/Summary.h"
#include "dialects/plat/Plat.h"

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
  if (options.stopAfter == Level::Float32)
    return failure(ExitCode::Usage,
                   "--stop-after: float32 is no step of compile; there are qonnx, qint and plat");
  return llvm::Error::success();
}

/// Nothing is found where nothing was asked for.
llvm::Error findTarget(const TargetOptions &options, std::optional<Target> &target) {
  if (!options.given())
    return llvm::Error::success();
  llvm::Expected<Target> found = loadTarget(options);
  if (!found)
    return found.takeError();
  target = std::move(*found);
  return llvm::Error::success();
}

/// Where the target decides something: from plat on, and for the choice of implementations.
llvm::Error needTarget(const CompileOptions &options, Level from, Level last) {
  auto isAuto = [](const ImplementationRule &rule) { return rule.implementation == Implementation::Auto; };
  bool chooses = from == Level::Qonnx && last == Level::Qint && llvm::any_of(options.implementations, isAuto);
  if (options.target.given() || (last != Level::Plat && !chooses))
    return llvm::Error::success();
  return failure(ExitCode::Usage,
                 "--target is required: the machine to make code for, as dyadic targets lists them; or "
                 "--target-file");
}

llvm::Error checkMemory(const codegen::Figures &figures, const model::Machine &machine) {
  const std::optional<int64_t> room = machine.room(2);
  const int64_t need = figures.tiled ? figures.l2Bytes : figures.arenaBytes;
  if (!room || need <= *room)
    return llvm::Error::success();
  const model::MemoryLevel &l2 = machine.l2;
  std::string why;
  if (l2.bytes) {
    why = " (" + std::to_string(l2.bytes->value) + ", " + toString(l2.bytes->kind) + ": " + l2.bytes->source;
    if (l2.reserved)
      why += "; less " + std::to_string(l2.reserved->value) + " reserved, " + toString(l2.reserved->kind) +
             ": " + l2.reserved->source;
    why += ")";
  }
  return failure(ExitCode::DoesNotFit, "the arena needs " + llvm::Twine(need) + " bytes; " +
                                           machine.name + " has " + llvm::Twine(*room) +
                                           " for it in l2, its " + l2.memory + why);
}

llvm::Error writeNetwork(mlir::ModuleOp module, const CompileCommand &command, const Target &target,
                         Session &session) {
  session.phase("write C");
  codegen::Figures figures = codegen::figuresOf(module);
  if (llvm::Error error = checkMemory(figures, target.machine))
    return error;
  codegen::EmitOptions emit;
  emit.name = command.options.name;
  emit.target = target.machine.name;
  emit.port = target.machine.port;
  emit.version = DYADIC_VERSION;
  emit.options = settledOptions(module);
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
  return llvm::Error::success();
}

} // namespace

llvm::Error runCompile(CompileCommand command, Session &session) {
  CompileOptions &options = command.options;
  if (llvm::Error error = checkOptions(options))
    return error;
  std::optional<Target> target;
  if (llvm::Error error = findTarget(options.target, target))
    return error;
  llvm::Expected<LoadedModel> loaded = loadModel(command.model, session);
  if (!loaded)
    return loaded.takeError();
  mlir::ModuleOp module = *loaded->module;
  Level last = options.stopAfter.value_or(Level::Plat);
  if (last < loaded->level)
    return failure(ExitCode::Usage, "--stop-after " + toString(last) + ": the module is of level " +
                                        toString(loaded->level) + " already");
  if (llvm::Error error = settleCompile(*loaded, options, target ? &*target : nullptr))
    return error;
  if (llvm::Error error = needTarget(options, loaded->level, last))
    return error;
  if (llvm::Error error = findTarget(options.target, target)) // with what the module had on record
    return error;
  PipelineOptions pipeline;
  pipeline.implementations = options.implementations;
  if (target)
    pipeline.mulCycles = target->machine.multiplyCycles(), pipeline.machine = target->machine;
  if (options.selfTest) {
    session.phase("read samples");
    if (llvm::Error error = keepSelfTest(*loaded, *options.selfTest))
      return error;
  }
  if (last != Level::Qonnx && loaded->level != Level::Plat) {
    if (llvm::Error error = lowerModel(*loaded, Level::Qint, pipeline, session))
      return error;
    pipeline.checked = true;
    session.phase("expected outputs");
    if (llvm::Error error = expectSelfTest(*loaded))
      return error;
  }
  if (llvm::Error error = lowerModel(*loaded, last, pipeline, session))
    return error;
  if (options.stopAfter) {
    session.phase("write");
    return writeFile(command.output, print(module));
  }
  return writeNetwork(module, command, *target, session);
}

} // namespace dyadic
