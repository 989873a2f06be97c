// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts the files of the folder together.
#include "codegen/Emit.h"
#include "codegen/TiledWriters.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

std::string digest(StringRef text) {
  auto bytes = llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
  return llvm::toHex(bytes, /*LowerCase=*/true);
}

llvm::Error refuse(const llvm::Twine &why) { return llvm::createStringError(why); }

/// Self-test codes have one array per port and as many codes as it has elements.
llvm::Error checkSelfTest(const Model &model) {
  const SelfTest &test = *model.options.selfTest;
  auto check = [](const PortCodes &codes, const std::vector<Port> &ports, size_t samples) {
    if (codes.size() != ports.size())
      return false;
    for (auto [c, p] : llvm::zip(codes, ports)) {
      if (c.size() != samples)
        return false;
      for (const auto &sample : c)
        if (static_cast<int64_t>(sample.size()) != p.elements())
          return false;
    }
    return true;
  };
  size_t samples = test.inputs.empty() ? 0 : test.inputs[0].size();
  if (samples == 0 || !check(test.inputs, model.inputs, samples) ||
      !check(test.expected, model.outputs, samples))
    return refuse("the self-test's codes do not fit the network's inputs and outputs");
  return llvm::Error::success();
}

/// The parts of every stream are boxes that a transfer can move, or one run where they are used in place.
llvm::Error checkStreams(const TiledLayer &layer) {
  for (const Stream &stream : layer.streams) {
    llvm::Expected<BoxText> box = boxOf(layer, stream);
    if (!box)
      return box.takeError();
    if (!stream.via && !box->oneRun())
      return refuse("layer " + llvm::Twine(layer.number) + ": the parts of '" + stream.op.getName() +
                    "' are used where they lie and are not one run of bytes");
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<std::map<std::string, std::string>> emit(ModuleOp module, const EmitOptions &options) {
  if (auto why = badName(options.name))
    return refuse("--name " + options.name + ": " + *why);
  plat::NetworkOp network = plat::networkOf(module);
  if (!network || !network.getArenaBytes())
    return refuse("code is written from a module with one placed plat.network");
  Model model(network, options);
  if (model.inputs.empty() || model.outputs.empty())
    return refuse("the network needs at least one input and one output");
  if (options.selfTest)
    if (auto error = checkSelfTest(model))
      return error;

  for (const TiledLayer &layer : model.tiledLayers)
    if (auto error = checkStreams(layer))
      return error;

  std::map<std::string, std::string> files;
  const std::string &n = model.name;
  files[n + ".h"] = writeHeader(model);
  files[n + ".c"] = writeNetwork(model);
  files[n + "_plan.h"] = writePlanHeader(model);
  files[n + "_weights.c"] = writeWeights(model);
  files[n + "_float.c"] = writeFloat(model);
  std::vector<std::string> headers = {"dyadic_base.h", "dyadic_codes.h", "dyadic_gather.h", "dyadic_pack.h"};
  for (const Layer &layer : model.layers) {
    files[model.layerFile(layer)] =
        layer.tiled ? writeTiledLayer(model, model.tiledLayer(layer.tiled)) : writeLayer(model, layer);
    for (const Work &work : layer.works)
      headers.push_back(plat::findKernel(work.kernel)->header.str());
  }
  if (model.tiled())
    for (const char *header : {"dyadic_machine.h", "dyadic_trace.h"})
      headers.push_back(header);
  if (options.selfTest)
    files[n + "_selftest.c"] = writeSelfTest(model);
  files["example/main.c"] = writeExample(model);
  addRuntime(files, headers, options.port);
  std::vector<std::string> names;
  for (const auto &[name, text] : files)
    names.push_back(name);
  files["CMakeLists.txt"] = writeBuildFile(model, names);

  files[n + "_plan.json"] = writePlanFile(model);
  std::string certificate = n + "_certificate.json";
  files[certificate] = writeCertificate(model, module);
  llvm::json::Object manifest = manifestOf(model, module);
  manifest["certificate_sha256"] = digest(files[certificate]);
  llvm::json::Object digests;
  for (const auto &[name, text] : files)
    digests[name] = digest(text);
  manifest["files"] = std::move(digests);
  std::string text;
  llvm::raw_string_ostream(text) << llvm::formatv("{0:2}", llvm::json::Value(std::move(manifest))) << "\n";
  files[n + "_manifest.json"] = std::move(text);
  return files;
}

} // namespace dyadic::codegen
