// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads samples and finds their codes by whatever level the model is of.
#include "compiler/driver/Samples.h"
#include "compiler/eval/qint/PortCodes.h"
#include "dialects/plat/Plat.h"
#include <unistd.h>

namespace dyadic {

llvm::Expected<eval::Input> readInput(const std::string &argument) {
  eval::Input input;
  std::string path = argument;
  // The first split whose right side is a file wins.
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

llvm::Expected<std::vector<eval::Input>> readInputs(const std::vector<std::string> &arguments) {
  std::vector<eval::Input> inputs;
  for (const std::string &argument : arguments) {
    if (llvm::StringRef(argument).ends_with(".npz")) {
      llvm::Expected<std::vector<npy::NamedArray>> archive = npy::readNpz(argument);
      if (!archive)
        return archive.takeError();
      for (npy::NamedArray &a : *archive)
        inputs.push_back({a.name, std::move(a.array)});
      continue;
    }
    llvm::Expected<eval::Input> input = readInput(argument);
    if (!input)
      return input.takeError();
    inputs.push_back(std::move(*input));
  }
  for (size_t i = 0; i < inputs.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (inputs[i].name == inputs[j].name)
        return failure(ExitCode::Usage, inputs[i].name.empty()
                                            ? "two arrays have no name; give each as NAME=FILE.npy"
                                            : "'" + inputs[i].name + "' is given two arrays");
  return inputs;
}

void cutSamples(eval::Input &input, int64_t samples) {
  std::vector<int64_t> shape = input.array.shape();
  if (shape.empty() || samples < 1 || shape[0] <= samples)
    return;
  size_t bytes = input.array.bytes().size() / static_cast<size_t>(shape[0]) * static_cast<size_t>(samples);
  shape[0] = samples;
  input.array = npy::Array(input.array.type(), shape, input.array.bytes().substr(0, bytes));
}

/// What a placed network says of its inputs, in the order of their numbers.
static std::vector<eval::InputPort> portsOf(plat::NetworkOp network) {
  std::vector<eval::InputPort> ports;
  for (auto input : network.getBody().getOps<plat::InputOp>()) {
    auto type = mlir::cast<plat::ViewType>(input.getView().getType()).getTensor();
    ports.resize(std::max<size_t>(ports.size(), input.getIndex() + 1));
    ports[input.getIndex()] = {input.getPort(), type.getElementType().isSignedInteger(1),
                               static_cast<int64_t>(input.getCodeMin()),
                               static_cast<int64_t>(input.getCodeMax())};
  }
  return ports;
}

llvm::Expected<std::vector<eval::Codes>> codesOfInputs(const LoadedModel &model,
                                                       const std::vector<eval::Input> &inputs) {
  mlir::ModuleOp module = *model.module;
  if (model.level == Level::Qonnx)
    return eval::inputCodes(module, inputs);
  if (model.level == Level::Plat)
    return eval::portCodes(portsOf(plat::networkOf(module)), inputs);
  return eval::portCodes(eval::inputPorts(module), inputs);
}

} // namespace dyadic
