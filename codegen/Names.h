// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every name and every piece of foreign text that reaches C is made safe here, once.
#pragma once

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace dyadic::codegen {

/// Foreign text inside a comment: printable ASCII without '*' '/' pairs, trigraphs or backslashes, at most 80
/// characters.
std::string commentText(llvm::StringRef foreign);

/// Foreign text inside a C string literal, without the quotes; any byte survives.
std::string literalText(llvm::StringRef foreign);

/// Foreign text as valid UTF-8 for JSON.
std::string jsonText(llvm::StringRef foreign);

/// The same as a JSON string with its quotes.
void quoted(llvm::raw_ostream &os, llvm::StringRef foreign);

std::string upper(llvm::StringRef name);

/// Turns names of the IR into identifiers [a-z0-9_], different names into different identifiers.
class Identifiers {
public:
  const std::string &of(llvm::StringRef name);

private:
  llvm::StringMap<std::string> chosen;
  llvm::StringMap<int> taken;
};

} // namespace dyadic::codegen
