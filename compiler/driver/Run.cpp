// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic run`: evaluates one level of the ladder on samples.
#include "compiler/Pipeline.h"
#include "compiler/driver/Commands.h"
#include "compiler/driver/Load.h"
#include "compiler/eval/qint/QintEvaluator.h"
#include "compiler/npy/Npy.h"
#include "compiler/output/OutputSet.h"
#include <unistd.h>

namespace dyadic {
namespace {

using llvm::StringRef;

/// "x.npy" or "name=x.npy"; both parts may hold '=': the first split whose right side is a file wins.
llvm::Expected<eval::Input> readInput(const std::string &argument) {
  eval::Input input;
  std::string path = argument;
  if (access(path.c_str(), F_OK) != 0) {
    size_t first = argument.find('=');
    for (size_t at = first; at != std::string::npos; at = argument.find('=', at + 1))
      if (at == first || access(argument.c_str() + at + 1, F_OK) == 0) {
        input.name = argument.substr(0, at);
        path = argument.substr(at + 1);
        if (access(path.c_str(), F_OK) == 0)
          break;
      }
  }
  llvm::Expected<npy::Array> array = npy::readNpy(path);
  if (!array)
    return array.takeError();
  input.array = std::move(*array);
  return input;
}

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
  for (eval::Input &input : inputs) {
    std::vector<int64_t> shape = input.array.shape();
    int64_t samples = codes.begin()->second.shape[0];
    if (shape.empty() || samples == 0 || shape[0] <= samples)
      continue;
    size_t bytes = input.array.bytes().size() / static_cast<size_t>(shape[0]) * static_cast<size_t>(samples);
    shape[0] = samples;
    input.array = npy::Array(input.array.type(), shape, input.array.bytes().substr(0, bytes));
  }
  return codes;
}

/// The integers of an output without a quantiser are those of the integer level: their scale and offset come
/// from there. A model that cannot be lowered has none.
std::map<std::string, eval::AccumulatorLattice> accumulatorsOf(mlir::ModuleOp module) {
  mlir::OwningOpRef<mlir::ModuleOp> lowered = module.clone();
  mlir::ScopedDiagnosticHandler quiet(module.getContext(),
                                      [](mlir::Diagnostic &) { return mlir::success(); });
  if (mlir::failed(lowerTo(*lowered, Level::Qint, {})))
    return {};
  return eval::accumulatorLattices(*lowered);
}

llvm::Expected<eval::RunResult> evaluateIntegers(const RunCommand &command, LoadedModel &model,
                                                 llvm::ArrayRef<eval::Input> inputs, Session &session) {
  std::vector<eval::Codes> codes;
  if (model.level == Level::Qonnx) {
    llvm::Expected<std::vector<eval::Codes>> read = eval::inputCodes(*model.module, inputs);
    if (!read)
      return read.takeError();
    codes = std::move(*read);
    if (llvm::Error error = lowerModel(model, Level::Qint, {}, session))
      return error;
    session.phase("evaluate");
  } else {
    for (const eval::Input &input : inputs) { // in the order of the arguments
      auto values = input.array.asIntegers();
      if (!values || input.array.shape().empty())
        return failure(ExitCode::Usage, "a module of level qint takes integer codes, samples first");
      codes.push_back({input.array.shape(), std::move(*values)});
    }
  }
  return eval::evaluateQint(*model.module, codes, !command.codes.empty());
}

llvm::Expected<eval::RunResult> evaluateLevel(const RunCommand &command, LoadedModel &model,
                                              std::vector<eval::Input> inputs, Session &session) {
  if (model.level == Level::Plat || (model.level == Level::Qint && command.level != Level::Qint))
    return failure(ExitCode::Usage, "a module of level " + toString(model.level) +
                                        " cannot be run at level " + toString(command.level));
  if (command.level == Level::Qint)
    return evaluateIntegers(command, model, inputs, session);
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
  if (command.level == Level::Float32)
    options.arithmetics = eval::Arithmetics::Float32;
  else if (options.wantCodes)
    options.accumulators = accumulatorsOf(*model.module);
  return eval::evaluate(*model.module, inputs, options);
}

} // namespace

llvm::Error runRun(const RunCommand &command, Session &session) {
  llvm::Expected<LoadedModel> loaded = loadModel(command.model, session);
  if (!loaded)
    return loaded.takeError();
  session.phase("read inputs");
  std::vector<eval::Input> inputs;
  for (const std::string &argument : command.inputs) {
    llvm::Expected<eval::Input> input = readInput(argument);
    if (!input)
      return input.takeError();
    inputs.push_back(std::move(*input));
  }
  session.phase("evaluate");
  llvm::Expected<eval::RunResult> result = evaluateLevel(command, *loaded, inputs, session);
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
  session.object()["level"] = toString(command.level);
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
