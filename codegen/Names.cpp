// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names for C: identifiers, comments, literals.
#include "codegen/Names.h"
#include "codegen/Emit.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace dyadic::codegen {

std::string commentText(llvm::StringRef foreign) {
  std::string out;
  for (char c : foreign.take_front(80))
    out += c < ' ' || c > '~' || c == '\\' || c == '?' || c == '*' || c == '"' ? '_' : c;
  if (foreign.size() > 80)
    out += "...";
  return out;
}

std::string literalText(llvm::StringRef foreign) {
  std::string out;
  llvm::raw_string_ostream os(out);
  for (unsigned char c : foreign) {
    bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '?';
    if (plain)
      os << static_cast<char>(c);
    else // three octal digits end by themselves, whatever follows
      os << '\\' << static_cast<char>('0' + (c >> 6)) << static_cast<char>('0' + (c >> 3) % 8)
         << static_cast<char>('0' + c % 8);
  }
  return out;
}

std::string jsonText(llvm::StringRef foreign) { return llvm::json::fixUTF8(foreign); }

void quoted(llvm::raw_ostream &os, llvm::StringRef foreign) { os << llvm::json::Value(jsonText(foreign)); }

std::string upper(llvm::StringRef name) { return name.upper(); }

const std::string &Identifiers::of(llvm::StringRef name) {
  std::string &id = chosen[name];
  if (!id.empty())
    return id;
  for (char c : name.take_front(48))
    id += llvm::isAlnum(c) ? llvm::toLower(c) : '_';
  if (id.empty() || llvm::isDigit(id[0]))
    id = "n" + id;
  std::string base = id;
  for (int n = 2; !taken.try_emplace(id, 1).second; ++n)
    id = base + "_" + std::to_string(n);
  return id;
}

std::optional<std::string> badName(llvm::StringRef name) {
  auto inside = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  if (name.empty() || name.size() > 48 || !llvm::isAlpha(name[0]) || !llvm::all_of(name, inside))
    return "a name is 1 to 48 letters, digits and _, the first one a letter";
  if (name == "dyadic" || name.starts_with("dyadic_"))
    return "names that begin with dyadic belong to the runtime";
  return std::nullopt;
}

} // namespace dyadic::codegen
