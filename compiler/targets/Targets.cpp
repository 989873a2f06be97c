// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The descriptions that were put into the program when it was built.
#include "compiler/targets/Targets.h"
#include <algorithm>
#include <cmath>

namespace dyadic {
namespace {

using llvm::StringRef;

struct Embedded {
  StringRef name;
  StringRef text;
};
constexpr Embedded embedded[] = {
#include "TargetFiles.inc"
};

} // namespace

std::vector<StringRef> targetNames() {
  std::vector<StringRef> names;
  for (const Embedded &target : embedded)
    names.push_back(target.name);
  return names;
}

llvm::Expected<Target> loadTarget(StringRef name) {
  const Embedded *nearest = nullptr;
  unsigned distance = unsigned(name.size()) / 3 + 1; // farther than this is no misspelling
  for (const Embedded &target : embedded) {
    if (target.name == name) {
      std::string file = ("compiler/targets/" + name + "/target.yaml").str();
      llvm::Expected<Target> parsed = parseTarget(target.text, file);
      if (parsed && parsed->name != name)
        return failure(ExitCode::Internal,
                       file + ": its name is '" + parsed->name + "', not that of its folder");
      return parsed;
    }
    if (unsigned d = name.edit_distance(target.name, true, distance); d < distance) {
      distance = d;
      nearest = &target;
    }
  }
  std::string known;
  for (const Embedded &target : embedded)
    known += (known.empty() ? "" : ", ") + target.name.str();
  std::string hint = nearest ? ("; did you mean " + nearest->name + "?").str() : ".";
  return failure(ExitCode::Usage, "there is no target '" + name + "'" + hint + " Targets: " + known);
}

int64_t mulCycles(const Target &target) {
  for (const Cost &cost : target.costs)
    if (cost.name == "multiply")
      return std::max<int64_t>(1, std::llround(std::ceil(cost.cycles.value)));
  return 1;
}

} // namespace dyadic
