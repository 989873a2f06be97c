// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the index of test networks and the folder of real ones.
#include "test/support/Networks.h"

#include "compiler/Failure.h"
#include <cstdlib>

namespace dyadic::test {
namespace {

llvm::json::Array index(const std::string &folder) {
  return *llvm::cantFail(llvm::json::parse(llvm::cantFail(readFile(folder + "/index.json")))).getAsArray();
}

void addOption(ImportOptions &options, llvm::StringRef option, llvm::StringRef value) {
  if (option == "--input")
    for (InputSpec &spec : llvm::cantFail(parseInputSpec(value)))
      options.inputs.push_back(std::move(spec));
  else if (option == "--dim")
    options.dims.push_back(llvm::cantFail(parseDimBinding(value)));
  else if (option == "--batch")
    options.batch = std::stoll(value.str());
}

} // namespace

std::vector<std::string> networkNames(const std::string &folder) {
  std::vector<std::string> names;
  for (const llvm::json::Value &entry : index(folder))
    names.push_back(entry.getAsObject()->getString("name")->str());
  return names;
}

Network loadNetwork(const std::string &folder, const std::string &name) {
  Network n;
  for (const llvm::json::Value &value : index(folder)) {
    const llvm::json::Object &entry = *value.getAsObject();
    if (*entry.getString("name") != name)
      continue;
    n.name = name;
    n.path = folder + "/" + name + ".onnx";
    n.required = entry.getBoolean("required").value_or(true);
    n.isLong = entry.getString("tier") == "long";
    const llvm::json::Array &options = *entry.getArray("options");
    for (size_t i = 0; i + 1 < options.size(); i += 2)
      addOption(n.options, *options[i].getAsString(), *options[i + 1].getAsString());
    for (const auto &[input, file] : *entry.getObject("inputs"))
      n.inputs.push_back(
          {input.str(), llvm::cantFail(npy::readNpy(folder + "/" + file.getAsString()->str()))});
    for (const auto &[output, file] : *entry.getObject("outputs"))
      n.outputs.emplace_back(output.str(), folder + "/" + file.getAsString()->str());
    n.codes = folder + "/" + entry.getString("codes")->str();
  }
  return n;
}

std::vector<std::string> modelNames() {
  if (!std::getenv("DYADIC_MODELS"))
    return {};
  return {"jet_tagging_w6a6", "mlp_w8a8", "mobilenet_v1_mixed", "mobilenet_v1_w4a4", "mobilenet_v1_w8a8",
          "tfc_w1a1",         "tfc_w2a2"};
}

Network loadModel(const std::string &name) {
  Network n;
  n.name = name;
  std::string stem = std::string(std::getenv("DYADIC_MODELS")) + "/" + name;
  n.path = stem + ".onnx";
  if (name == "jet_tagging_w6a6") // its input carries no quantiser; see the models' README
    addOption(n.options, "--input", "global_in:scale=0.015625,bits=8,signed");
  n.inputs.push_back({"", llvm::cantFail(npy::readNpy(stem + ".x.npy"))});
  return n;
}

} // namespace dyadic::test
