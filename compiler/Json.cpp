// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts brackets outside of strings before anything is parsed.
#include "compiler/Json.h"

namespace dyadic {
namespace {

constexpr int mostLevels = 32;

bool isTooDeep(llvm::StringRef text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char ch = text[i];
    if (quoted) {
      if (ch == '\\')
        ++i;
      else if (ch == '"')
        quoted = false;
    } else if (ch == '"') {
      quoted = true;
    } else if (ch == '[' || ch == '{') {
      if (++depth > mostLevels)
        return true;
    } else if (ch == ']' || ch == '}') {
      --depth;
    }
  }
  return false;
}

} // namespace

llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text) {
  if (isTooDeep(text))
    return llvm::createStringError("it nests too deeply");
  return llvm::json::parse(text);
}

} // namespace dyadic
