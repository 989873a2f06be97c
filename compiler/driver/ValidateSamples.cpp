// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What goes into a validation: samples, labels, expected outputs, and the tensors that will be compared.
#include "compiler/driver/Validation.h"
#include "compiler/eval/Attributes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <cmath>

namespace dyadic {
namespace {

mlir::func::FuncOp mainOf(mlir::ModuleOp module) { return module.lookupSymbol<mlir::func::FuncOp>("main"); }

std::string argumentName(mlir::func::FuncOp main, unsigned i) {
  auto name = main.getArgAttrOfType<mlir::StringAttr>(i, "qonnx.name");
  return name ? name.str() : "";
}

} // namespace

using validate::Integers;
using validate::OutputMeaning;

llvm::Error Validation::readSamples() {
  session.phase("read samples");
  llvm::Expected<std::vector<eval::Input>> inputs = readInputs(command.inputs);
  if (!inputs)
    return inputs.takeError();
  given = std::move(*inputs);
  llvm::Expected<std::vector<eval::Codes>> codes = codesOfInputs(model, given);
  if (!codes)
    return codes.takeError();
  givenCodes = std::move(*codes);
  samples = givenCodes.empty() ? 0 : givenCodes[0].shape[0];
  if (samples == 0)
    return failure(ExitCode::Rejected, "there are no samples");
  if (command.labels.empty())
    return llvm::Error::success();
  llvm::Expected<npy::Array> array = npy::readNpy(command.labels);
  if (!array)
    return array.takeError();
  auto integers = array->asIntegers();
  if (!integers)
    return failure(ExitCode::Rejected, "--labels '" + command.labels + "' has dtype " +
                                           npy::nameOf(array->type()) +
                                           "; labels are integers, the class of each sample");
  if (static_cast<int64_t>(integers->size()) != samples)
    return failure(ExitCode::Rejected, "--labels '" + command.labels + "' holds " +
                                           llvm::Twine(integers->size()) + " labels; there are " +
                                           llvm::Twine(samples) + " samples");
  labels = std::move(*integers);
  return llvm::Error::success();
}

/// Checked against the network's outputs, which are known by now.
llvm::Error Validation::readExpected() {
  if (command.expect.empty())
    return llvm::Error::success();
  llvm::Expected<std::vector<eval::Input>> arrays = readInputs(command.expect);
  if (!arrays)
    return arrays.takeError();
  std::string known;
  for (const OutputMeaning &output : outputs)
    known += (known.empty() ? "'" : ", '") + output.name() + "'";
  wanted.outputs.resize(outputs.size());
  for (const eval::Input &array : *arrays) {
    auto is = [&](const OutputMeaning &output) {
      return output.name() == array.name || (array.name.empty() && outputs.size() == 1);
    };
    auto output = llvm::find_if(outputs, is);
    if (output == outputs.end())
      return failure(ExitCode::Usage,
                     (array.name.empty() ? "--expect: name each output, NAME=FILE.npy"
                                         : "--expect: no output is named '" + array.name + "'") +
                         "; the network has " + known);
    auto i = static_cast<size_t>(output - outputs.begin());
    std::vector<double> values = array.array.asDoubles();
    wanted.outputs[i].assign(values.begin(), values.end());
    for (auto [k, x] : llvm::enumerate(values))
      if (!std::isfinite(x))
        return failure(ExitCode::Rejected, "--expect: element " + llvm::Twine(k) +
                                               " of the array for output '" + output->name() +
                                               "' is not a finite number");
    const std::vector<int64_t> &shape = array.array.shape();
    if (shape.empty() || shape[0] % samples != 0 || wanted.outputs[i].empty())
      return failure(ExitCode::Rejected, "--expect: the array for output '" + output->name() + "' holds " +
                                             llvm::Twine(shape.empty() ? 0 : shape[0]) +
                                             " along its first axis; there are " + llvm::Twine(samples) +
                                             " samples");
  }
  return llvm::Error::success();
}

llvm::Error Validation::makeFeeds(const std::vector<mlir::Type> &containers,
                                  const std::vector<bool> &quantisers) {
  mlir::func::FuncOp main = mainOf(*model.module);
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    Feed feed;
    feed.name = argumentName(main, i);
    feed.codes = givenCodes[i].values;
    feed.codeBytes = containers[i].getIntOrFloatBitWidth() / 8;
    feed.perSample = feed.codes.size() / static_cast<size_t>(samples);
    for (const eval::Input &input : given)
      if (input.name == feed.name || input.name.empty())
        feed.forEvaluator = input;
    // Floats on a declared lattice are read once: their codes are taken from here on.
    bool floats = npy::isFloating(feed.forEvaluator.array.type());
    if (main.getArgAttr(i, "qonnx.lattice") || !floats)
      feed.forEvaluator.array = npy::Array::of<int64_t>(givenCodes[i].shape, feed.codes);
    else if (quantisers[i] && feed.forEvaluator.array.type() == npy::Type::Float32)
      feed.reals = feed.forEvaluator.array.values<float>();
    feeds.push_back(std::move(feed));
  }
  return llvm::Error::success();
}

std::vector<eval::Input> Validation::evaluatorInputs() const {
  std::vector<eval::Input> inputs;
  for (const Feed &feed : feeds)
    inputs.push_back(feed.forEvaluator);
  return inputs;
}

/// The tensors there are, in the order of the graph, from one run of the evaluator.
llvm::Error Validation::makeTensors() {
  llvm::Expected<eval::Evaluator> made = eval::Evaluator::create(*model.module);
  if (!made)
    return made.takeError();
  evaluator.emplace(std::move(*made));
  llvm::Expected<eval::RunResult> result =
      evaluator->run(validate::slice(evaluatorInputs(), 0, std::min(batch, samples)), options);
  if (!result)
    return result.takeError();
  auto add = [&](std::string name, bool output, size_t number) {
    validate::Tensor tensor{std::move(name), output, 4, true};
    if (output) {
      tensor.bytes = outputBytes[number];
      tensor.isSigned = outputSigned[number];
    }
    report.tensors.push_back(std::move(tensor));
  };
  eval::CodeMap left = result->codes;
  for (const std::string &key : untapped) // no tap tells their codes
    left.erase(key);
  for (mlir::Operation &op : mainOf(*model.module).getBody().front())
    if (eval::isQuantiser(&op) && left.erase(eval::keyOf(&op).str()) != 0)
      add(eval::keyOf(&op).str(), false, 0);
  for (const auto &[key, codes] : left)
    add(key, false, 0);
  int64_t used = std::min(batch, samples);
  for (const auto &[key, codes] : result->codes)
    bytesPerSample += 4 * static_cast<int64_t>(codes.values.size()) / used;
  for (size_t i = 0; i < outputs.size(); ++i) {
    add(outputs[i].name(), true, i);
    const eval::Output &out = result->outputs[i];
    bytesPerSample += outputBytes[i] * static_cast<int64_t>(out.codes.size()) / used;
    size_t all = (out.isIndex ? out.indices.size() : out.reals.size()) / static_cast<size_t>(used) *
                 static_cast<size_t>(samples);
    if (i < wanted.outputs.size() && !wanted.outputs[i].empty() && wanted.outputs[i].size() != all)
      return failure(ExitCode::Rejected, "--expect: the array for output '" + outputs[i].name() + "' has " +
                                             llvm::Twine(wanted.outputs[i].size()) + " elements; expected " +
                                             llvm::Twine(all));
  }
  int64_t classes = static_cast<int64_t>(result->outputs[0].codes.size()) / used;
  for (auto [sample, label] : llvm::enumerate(labels))
    if (label < 0 || label >= classes)
      return failure(ExitCode::Rejected, "--labels: sample " + llvm::Twine(sample) + " has label " +
                                             llvm::Twine(label) + "; output '" + outputs[0].name() +
                                             "' tells classes 0 to " + llvm::Twine(classes - 1));
  report.ties.resize(report.tensors.size());
  return llvm::Error::success();
}

/// As harness.c reads them: run after run, input after input; the last run repeats its last sample.
std::string Validation::inputsOf(int64_t first, int64_t count) const {
  std::string bytes;
  for (int64_t run = 0; run < count; run += batch)
    for (const Feed &feed : feeds)
      for (int64_t s = 0; s < batch; ++s) {
        size_t from = static_cast<size_t>(first + std::min(run + s, count - 1)) * feed.perSample;
        for (size_t i = from; i < from + feed.perSample; ++i)
          if (!feed.reals.empty())
            bytes.append(reinterpret_cast<const char *>(&feed.reals[i]), sizeof(float));
          else
            bytes.append(reinterpret_cast<const char *>(&feed.codes[i]), feed.codeBytes); // little-endian
      }
  return bytes;
}

} // namespace dyadic
