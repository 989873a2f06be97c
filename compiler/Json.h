// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// JSON out of files that anybody may have written.
#pragma once
#include "llvm/Support/JSON.h"

namespace dyadic {

/// LLVM's parser goes down one call per level: text that nests deeper than what dyadic writes is refused.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text);

} // namespace dyadic
