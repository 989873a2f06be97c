// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs the compiler in process.
#include "Support.h"
#include "codegen/Emit.h"
#include "compiler/Failure.h"
#include "compiler/Levels.h"
#include "compiler/Pipeline.h"
#include "compiler/import/Import.h"
#include "mlir/IR/Diagnostics.h"
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace dyadic::certificate::test {

Certified certify(const std::string &path, const std::vector<std::string> &inputSpecs) {
  Certified r;
  mlir::DialectRegistry registry;
  registerLevels(registry);
  r.context = std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
  r.context->loadAllAvailableDialects();
  mlir::ScopedDiagnosticHandler handler(r.context.get(), [&](mlir::Diagnostic &d) {
    r.problem += d.str() + "\n";
    return mlir::success();
  });
  ImportOptions options;
  for (const std::string &text : inputSpecs) {
    auto specs = parseInputSpec(text);
    if (!specs) {
      r.problem = llvm::toString(specs.takeError());
      return r;
    }
    options.inputs.insert(options.inputs.end(), specs->begin(), specs->end());
  }
  auto module = import_::importModel(*r.context, path, options);
  if (!module) {
    r.problem += llvm::toString(module.takeError());
    return r;
  }
  r.model = std::move(*module);
  mlir::OwningOpRef<mlir::ModuleOp> lowered = r.model->clone();
  if (mlir::failed(lowerTo(*lowered, Level::Plat, {})))
    return r;
  codegen::EmitOptions emit;
  emit.target = "host";
  emit.version = "test";
  auto files = codegen::emit(*lowered, emit);
  if (!files) {
    r.problem += llvm::toString(files.takeError());
    return r;
  }
  r.text = (*files)["net_certificate.json"];
  return r;
}

std::vector<std::string> specsOf(const std::string &onnx) {
  std::vector<std::string> r;
  std::ifstream file(onnx.substr(0, onnx.size() - 5) + ".spec");
  for (std::string line; std::getline(file, line);)
    if (!line.empty())
      r.push_back(line);
  return r;
}

std::vector<std::string> networks() {
  std::vector<std::string> r;
  for (const auto &entry : std::filesystem::directory_iterator(DYADIC_TEST_NETWORKS))
    if (entry.path().extension() == ".onnx")
      r.push_back(entry.path().stem().string());
  std::sort(r.begin(), r.end());
  return r;
}

std::string modelsFolder() {
  const char *folder = std::getenv("DYADIC_MODELS");
  return folder ? folder : "";
}

} // namespace dyadic::certificate::test
