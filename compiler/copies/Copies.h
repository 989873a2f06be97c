// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every copy that a placed network still makes: how many bytes, how long, and why.
#pragma once
#include "dialects/plat/Plat.h"
#include "passes/model/Machine.h"
#include "llvm/Support/JSON.h"

namespace dyadic::copies {

struct Copy {
  const char *kind;    ///< "input", "output", "move", "columns", "load", "chunk", "fetch", "store"
  std::string of, why; ///< what is copied; why, and what would do without
  int64_t layer = 0;   ///< 0: none
  int64_t bytes = 0, times = 1;
  std::optional<double>
      cycles; ///< estimate, of the core or of the engine that copies; none: the machine tells no cost
  bool engine = false; ///< the engine's: the cores may work meanwhile
  bool once = false;   ///< before the first inference
};

/// In the order in which they are made; needs a placed network. `name` prefixes the C's functions.
std::vector<Copy> copiesOf(plat::NetworkOp network, const model::Machine &machine, llvm::StringRef name);

void print(const std::vector<Copy> &copies, llvm::raw_ostream &os);
llvm::json::Array toJson(const std::vector<Copy> &copies);

} // namespace dyadic::copies
