// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Networks on the disk.
#include "test/fuzz/Files.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace dyadic::fuzz {
llvm::Error writeBytes(const std::string &path, const std::string &bytes) {
  std::error_code error;
  llvm::raw_fd_ostream out(path, error);
  if (!error) {
    out << bytes;
    out.close();
    error = out.error();
  }
  return error ? failure(ExitCode::Disk, "cannot write '" + path + "': " + error.message())
               : llvm::Error::success();
}

llvm::Error writeNetwork(const Network &network, const std::string &stem) {
  llvm::sys::fs::create_directories(llvm::sys::path::parent_path(stem));
  std::string options;
  for (const std::string &spec : network.specs)
    options += "--input\n" + spec + "\n";
  if (network.options.batch != 1)
    options += "--batch\n" + std::to_string(network.options.batch) + "\n";
  if (network.tiles)
    options += "--tiled\n" + toString(*network.tiles) + "\n";
  if (llvm::Error error = writeBytes(stem + ".onnx", network.bytes))
    return error;
  for (size_t k = 0; k < network.inputs.size(); ++k)
    if (llvm::Error error =
            writeBytes(stem + "." + std::to_string(k) + ".npy", npy::toNpy(network.inputs[k].array)))
      return error;
  return writeBytes(stem + ".options", options);
}

llvm::Expected<Network> readNetwork(const std::string &stem) {
  Network n;
  llvm::Expected<std::string> bytes = readFile(stem + ".onnx"), options = readFile(stem + ".options");
  if (!bytes || !options)
    return llvm::joinErrors(bytes.takeError(), options.takeError());
  n.bytes = std::move(*bytes);
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(*options).split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (size_t k = 0; k + 1 < lines.size(); k += 2) {
    if (lines[k] == "--batch") {
      lines[k + 1].getAsInteger(10, n.options.batch);
      continue;
    }
    if (lines[k] == "--tiled") {
      llvm::Expected<Tiles> tiles = parseTiles(lines[k + 1]);
      if (!tiles)
        return tiles.takeError();
      n.tiles = std::move(*tiles);
      continue;
    }
    auto spec = parseInputSpec(lines[k + 1]);
    if (!spec)
      return spec.takeError();
    n.specs.push_back(lines[k + 1].str());
    n.options.inputs.insert(n.options.inputs.end(), spec->begin(), spec->end());
  }
  onnx::ModelProto model;
  if (!model.ParseFromString(n.bytes))
    return failure(ExitCode::Rejected, stem + ".onnx is no ONNX file");
  std::set<std::string> constants;
  for (const auto &t : model.graph().initializer())
    constants.insert(t.name());
  for (const auto &input : model.graph().input()) {
    if (constants.count(input.name()))
      continue;
    llvm::Expected<npy::Array> array = npy::readNpy(stem + "." + std::to_string(n.inputs.size()) + ".npy");
    if (!array)
      return array.takeError();
    n.inputs.push_back({input.name(), std::move(*array)});
  }
  return n;
}

} // namespace dyadic::fuzz
