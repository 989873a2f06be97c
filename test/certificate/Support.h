// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Certificates of real networks for the tests: model, module and text.
#pragma once
#include "compiler/certificate/Check.h"
#include "mlir/IR/OwningOpRef.h"
#include <memory>
#include <string>
#include <vector>

namespace dyadic::certificate::test {

struct Certified {
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> model; ///< qonnx
  std::string text;                        ///< the certificate, empty where the network is refused
  std::string problem;
};

/// Compiles a model down to its certificate.
Certified certify(const std::string &path, const std::vector<std::string> &inputSpecs);

/// The lines of NAME.spec beside a test network.
std::vector<std::string> specsOf(const std::string &onnx);

/// Names of the committed test networks, sorted.
std::vector<std::string> networks();

/// DYADIC_MODELS, or nothing.
std::string modelsFolder();

} // namespace dyadic::certificate::test
