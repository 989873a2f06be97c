// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Escapes names and prints numbers for diagnostics and the listing.
#include "compiler/import/Text.h"
#include <charconv>

namespace dyadic::import_ {

std::string shown(llvm::StringRef text, size_t most) {
  static const char digits[] = "0123456789abcdef";
  std::string out;
  for (unsigned char c : text) {
    if (out.size() >= most)
      return out + "...";
    if (c >= 0x20 && c < 0x7f && c != '\\') {
      out += char(c);
      continue;
    }
    out += "\\x";
    out += digits[c >> 4];
    out += digits[c & 15];
  }
  return out;
}

std::string shown(llvm::ArrayRef<int64_t> dims) {
  std::string out = "[";
  for (size_t i = 0; i < dims.size(); ++i) {
    if (i == 16)
      return out + ", ...]";
    out += (i ? ", " : "") + std::to_string(dims[i]);
  }
  return out + "]";
}

std::string shown(float value) {
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return std::string(buffer, end);
}

} // namespace dyadic::import_
