// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The runtime's files, embedded when the compiler was built; a network takes those it includes, directly or
// not.
#include "codegen/Model.h"

namespace dyadic::codegen {
namespace {
struct Text {
  const char *name;
  const char *text;
};
const Text texts[] = {
#include "RuntimeTexts.inc"
};

const char *find(llvm::StringRef name) {
  for (const Text &t : texts)
    if (name == t.name)
      return t.text;
  return nullptr;
}
} // namespace

void addRuntime(std::map<std::string, std::string> &files, llvm::ArrayRef<std::string> headers,
                llvm::StringRef port) {
  const std::string machine = "dyadic_machine.c";
  const std::string known = find(("ports/" + port + "/" + machine).str()) ? port.str() : "sequential";
  auto lookUp = [&](const std::string &name) {
    const char *text = find("ports/" + known + "/" + name);
    return text ? text : find(name);
  };
  std::vector<std::string> todo(headers.begin(), headers.end());
  while (!todo.empty()) {
    std::string name = todo.back();
    todo.pop_back();
    const char *text = lookUp(name);
    if (!text || !files.try_emplace("runtime/" + name, text).second)
      continue;
    llvm::StringRef rest(text);
    while (!rest.empty()) {
      auto [row, tail] = rest.split('\n');
      rest = tail;
      if (row.consume_front("#include \"dyadic_"))
        todo.push_back("dyadic_" + row.take_until([](char c) { return c == '"'; }).str());
    }
    if (llvm::StringRef(name).ends_with(".h"))
      todo.push_back(llvm::StringRef(name).drop_back(2).str() + ".c");
  }
}

} // namespace dyadic::codegen
