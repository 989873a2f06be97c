// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// With which other figures of the machine a network would fit: found by trying them.
#pragma once
#include "compiler/Pipeline.h"
#include "llvm/Support/JSON.h"
#include <map>

namespace dyadic {

/// Changes that together make the network fit; it was placed with them.
struct Remedy {
  std::map<std::string, int64_t> set; ///< by path, as --set takes them
  int64_t cycles = 0;                 ///< of an inference, an estimate
  bool needsMemory = false;           ///< more bytes than the machine was said to have

  std::string options() const; ///< "--set cluster.cores=4"
  std::string text() const;    ///< and what it takes
};

/// `module` is of level qint and does not fit options.machine. Those that need no more memory come first,
/// then the faster ones. None: memory is not what is missing.
std::vector<Remedy> findRemedies(mlir::ModuleOp module, const PipelineOptions &options);

llvm::json::Array toJson(const std::vector<Remedy> &remedies);

} // namespace dyadic
