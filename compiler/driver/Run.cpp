// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic run`: evaluates one level of the ladder on samples.
#include "compiler/driver/Samples.h"
#include "compiler/eval/qint/QintEvaluator.h"
#include "compiler/output/OutputSet.h"

namespace dyadic {
namespace {

using llvm::StringRef;

llvm::Expected<std::string> pack(const std::vector<npy::NamedArray> &outputs, StringRef path) {
  if (path.ends_with(".npz"))
    return npy::toNpz(outputs);
  if (outputs.size() == 1)
    return npy::toNpy(outputs.front().array);
  return failure(ExitCode::Usage, "-o '" + path + "': the network has " + llvm::Twine(outputs.size()) +
                                      " outputs; name a .npz file");
}

/// An executor's codes; the inputs are cut to the samples they cover.
llvm::Expected<eval::CodeMap> readReference(const std::string &path, std::vector<eval::Input> &inputs) {
  llvm::Expected<std::vector<npy::NamedArray>> archive = npy::readNpz(path);
  if (!archive)
    return archive.takeError();
  eval::CodeMap codes;
  for (const npy::NamedArray &a : *archive) {
    auto values = a.array.asIntegers();
    if (!values || a.array.shape().empty())
      return failure(ExitCode::Usage, path + ": '" + a.name + "' does not hold codes, samples first");
    codes[a.name] = {a.array.shape(), std::move(*values)};
  }
  if (codes.empty())
    return failure(ExitCode::Usage, path + " holds no codes");
  for (eval::Input &input : inputs)
    cutSamples(input, codes.begin()->second.shape[0]);
  return codes;
}

/// How the integer level numbers the outputs that no quantiser gave; none where the model cannot be lowered.
std::map<std::string, eval::AccumulatorLattice> accumulatorsOf(mlir::ModuleOp module, Session &session) {
  LoadedModel copy;
  copy.module = module.clone();
  mlir::ScopedDiagnosticHandler quiet(&session.context(), [](mlir::Diagnostic &) {});
  if (llvm::Error error = lowerModel(copy, Level::Qint, {}, session)) {
    llvm::consumeError(std::move(error));
    return {};
  }
  return eval::accumulatorLattices(*copy.module);
}

llvm::Expected<eval::RunResult> evaluateIntegers(LoadedModel &model, const std::vector<eval::Input> &inputs,
                                                 bool wantCodes, Session &session) {
  llvm::Expected<std::vector<eval::Codes>> codes = codesOfInputs(model, inputs);
  if (!codes)
    return codes.takeError();
  if (llvm::Error error = lowerModel(model, Level::Qint, {}, session))
    return error;
  session.phase("evaluate");
  return eval::evaluateQint(*model.module, *codes, wantCodes);
}

llvm::Expected<eval::RunResult> evaluateLevel(const RunCommand &command, Level level, LoadedModel &model,
                                              std::vector<eval::Input> inputs, Session &session) {
  if (level == Level::Qint)
    return evaluateIntegers(model, inputs, !command.codes.empty(), session);
  mlir::ModuleOp module = *model.module;
  eval::Options options;
  eval::CodeMap reference;
  if (!command.reference.empty()) {
    llvm::Expected<eval::CodeMap> read = readReference(command.reference, inputs);
    if (!read)
      return read.takeError();
    reference = std::move(*read);
    options.reference = &reference;
  }
  options.wantNearTies = command.nearTies;
  options.wantCodes = !command.codes.empty();
  if (options.wantCodes)
    options.accumulators = accumulatorsOf(module, session);
  if (level == Level::Float32)
    options.arithmetics = eval::Arithmetics::Float32;
  session.phase("evaluate");
  return eval::evaluate(module, inputs, options);
}

/// The level to evaluate: what was asked for, else the module's own.
llvm::Expected<Level> levelToRun(const RunCommand &command, const LoadedModel &model) {
  Level level = command.level.value_or(model.level == Level::Qint ? Level::Qint : Level::Qonnx);
  if (model.level == Level::Plat)
    return failure(ExitCode::Usage,
                   "'" + command.model.path +
                       "' is of level plat, which is not evaluated; compile it and run the C");
  if (model.level == Level::Qint && level != Level::Qint)
    return failure(ExitCode::Usage, "'" + command.model.path + "' is of level qint: --level " +
                                        toString(level) + " needs the ONNX file or a module of level qonnx");
  if (level != Level::Qonnx && (command.nearTies || !command.reference.empty()))
    return failure(ExitCode::Usage,
                   "--near-ties and --reference need the ONNX file or a module of level qonnx");
  return level;
}

} // namespace

llvm::Error runRun(const RunCommand &command, Session &session) {
  llvm::Expected<LoadedModel> loaded = loadModel(command.model, session);
  if (!loaded)
    return loaded.takeError();
  session.phase("read inputs");
  llvm::Expected<Level> level = levelToRun(command, *loaded);
  if (!level)
    return level.takeError();
  llvm::Expected<std::vector<eval::Input>> inputs = readInputs(command.inputs);
  if (!inputs)
    return inputs.takeError();
  session.phase("evaluate");
  llvm::Expected<eval::RunResult> result =
      evaluateLevel(command, *level, *loaded, std::move(*inputs), session);
  if (!result)
    return result.takeError();

  session.phase("write");
  std::vector<npy::NamedArray> outputs, codes;
  for (const eval::Output &output : result->outputs)
    outputs.push_back({output.name, eval::toArray(output)});
  for (const auto &[key, values] : result->codes)
    codes.push_back({key, eval::toArray(values)});
  llvm::Expected<std::string> packed = pack(outputs, command.output);
  if (!packed)
    return packed.takeError();
  if (!command.codes.empty()) {
    llvm::Expected<std::string> archive = npy::toNpz(codes);
    if (!archive)
      return archive.takeError();
    if (llvm::Error error = writeFile(command.codes, *archive))
      return error;
  }
  if (llvm::Error error = writeFile(command.output, *packed))
    return error;

  llvm::json::Array names;
  for (const npy::NamedArray &output : outputs) {
    names.push_back(llvm::json::Object{{"name", output.name},
                                       {"shape", llvm::json::Array(output.array.shape())},
                                       {"dtype", npy::nameOf(output.array.type())}});
  }
  session.object()["outputs"] = std::move(names);
  session.object()["level"] = toString(*level);
  if (command.nearTies) {
    session.out() << eval::listNearTies(*result);
    session.object()["near_ties"] = static_cast<int64_t>(
        llvm::count_if(result->nearTies, [](const eval::NearTie &tie) { return !tie.exactTie; }));
  }
  if (!command.reference.empty()) {
    session.out() << eval::listDifferences(*result);
    auto unexplained =
        llvm::count_if(result->differences, [](const eval::Difference &d) { return !d.nearTie; });
    session.object()["differences"] = static_cast<int64_t>(result->differences.size());
    session.object()["unexplained"] = static_cast<int64_t>(unexplained);
    if (unexplained > 0)
      return failure(ExitCode::Mismatch, llvm::Twine(unexplained) + " codes differ from '" +
                                             command.reference + "' and are no near-ties");
  }
  return llvm::Error::success();
}

} // namespace dyadic
