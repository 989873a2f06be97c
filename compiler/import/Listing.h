// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A readable text of the graph, one node a line, that diagnostics point into.
#pragma once
#include "compiler/import/Proto.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace dyadic::import_ {

struct Listing {
  struct Place {
    unsigned line = 1, column = 1;
  };
  std::string name; ///< the buffer's identifier
  std::string text;
  std::vector<Place> nodes, inputs, outputs; ///< by index in the graph
};

Listing makeListing(const onnx::ModelProto &model, llvm::StringRef fileName);

} // namespace dyadic::import_
