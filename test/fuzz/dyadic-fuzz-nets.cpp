// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes random valid networks with their inputs.
#include "compiler/Levels.h"
#include "compiler/import/Import.h"
#include "mlir/IR/MLIRContext.h"
#include "test/fuzz/Files.h"
#include "llvm/Support/raw_ostream.h"

using namespace dyadic;

namespace {

constexpr const char *usage = "usage: dyadic-fuzz-nets --seed S --count N -o DIR\n"
                              "\n"
                              "Writes networks S .. S + N - 1 as DIR/NUMBER.onnx, the samples of input K as "
                              "DIR/NUMBER.K.npy, and the options\n"
                              "of dyadic that the network needs as DIR/NUMBER.options, one to a line.\n";

bool number(llvm::StringRef text, uint64_t &value) { return !text.getAsInteger(10, value); }

llvm::Error write(uint64_t seed, const std::string &folder) {
  fuzz::Network network = fuzz::generate(seed);
  mlir::DialectRegistry registry;
  registerLevels(registry);
  mlir::MLIRContext context(registry);
  auto module = import_::importBytes(context, network.bytes, "fuzz.onnx", "", network.options);
  if (!module)
    return module.takeError();
  if (mlir::failed(import_::checkInputs(**module)))
    return failure(ExitCode::Rejected, "an input has no codes");
  if (llvm::Error error = fuzz::addEdges(**module, network, seed, 4))
    return error;
  return fuzz::writeNetwork(network, folder + "/" + std::to_string(seed));
}

} // namespace

int main(int argc, char **argv) {
  uint64_t seed = 1, count = 1;
  std::string folder;
  for (int k = 1; k < argc; k += 2) {
    llvm::StringRef option = argv[k], value = k + 1 < argc ? argv[k + 1] : "";
    bool good = (option == "--seed" && number(value, seed)) ||
                (option == "--count" && number(value, count)) || (option == "-o" && !value.empty());
    if (option == "-o")
      folder = value.str();
    if (!good) {
      llvm::errs() << usage;
      return option == "--help" ? 0 : 2;
    }
  }
  if (folder.empty()) {
    llvm::errs() << usage;
    return 2;
  }
  int failures = 0;
  for (uint64_t k = seed; k < seed + count; ++k)
    if (llvm::Error error = write(k, folder)) {
      llvm::errs() << "network " << k << ": " << llvm::toString(std::move(error)) << "\n";
      ++failures;
    }
  return failures == 0 ? 0 : 1;
}
