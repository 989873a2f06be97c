// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a name, a file and --set to one target; the shipped descriptions were put into the program when it was
// built.
#include "compiler/targets/Targets.h"
#include "compiler/targets/Tree.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include <map>

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

std::string fileOf(StringRef name) { return ("compiler/targets/" + name + "/target.yaml").str(); }

} // namespace

std::vector<StringRef> targetNames() {
  std::vector<StringRef> names;
  for (const Embedded &target : embedded)
    names.push_back(target.name);
  return names;
}

std::optional<StringRef> targets::shippedText(StringRef name) {
  for (const Embedded &target : embedded)
    if (target.name == name)
      return target.text;
  return std::nullopt;
}

llvm::Error targets::noSuchTarget(StringRef name) {
  std::string hint = nearest(name, targetNames());
  return failure(ExitCode::Usage, "there is no target '" + name + "'" + (hint.empty() ? "." : hint) +
                                      " Targets: " + llvm::join(targetNames(), ", "));
}

llvm::Expected<std::vector<std::string>> canonicalOverrides(llvm::ArrayRef<std::string> overrides) {
  std::map<std::string, std::string> last;
  for (const std::string &text : overrides) {
    llvm::Expected<targets::Override> parsed = targets::parseOverride(text);
    if (!parsed)
      return parsed.takeError();
    last[parsed->path] = parsed->value;
  }
  std::vector<std::string> canonical;
  for (const auto &[path, value] : last)
    canonical.push_back(path + "=" + value);
  return canonical;
}

llvm::Expected<Target> parseTarget(StringRef text, StringRef file, llvm::ArrayRef<std::string> overrides) {
  llvm::Expected<std::vector<std::string>> canonical = canonicalOverrides(overrides);
  if (!canonical)
    return canonical.takeError();
  llvm::Expected<targets::Tree> tree = targets::readTree(text, file);
  if (!tree)
    return tree.takeError();
  for (const std::string &override : *canonical)
    targets::apply(*targets::parseOverride(override), *tree);
  targets::Mistakes mistakes;
  Target target = targets::readTarget(*tree, mistakes);
  target.overrides = std::move(*canonical);
  if (!mistakes.any())
    targets::checkTarget(target, *tree, mistakes);
  if (llvm::Error error = mistakes.take())
    return error;
  target.extended = std::move(tree->extended);
  return target;
}

llvm::Expected<Target> loadTarget(StringRef name) {
  TargetOptions options;
  options.name = name.str();
  return loadTarget(options);
}

llvm::Expected<Target> loadTarget(const TargetOptions &options) {
  if (options.file.empty()) {
    std::optional<StringRef> text = targets::shippedText(options.name);
    if (!text)
      return targets::noSuchTarget(options.name);
    llvm::Expected<Target> target = parseTarget(*text, fileOf(options.name), options.overrides);
    if (target && target->machine.name != options.name)
      return failure(ExitCode::Internal, fileOf(options.name) + ": its name is '" + target->machine.name +
                                             "', not that of its folder");
    return target;
  }
  if (!options.name.empty())
    return failure(ExitCode::Usage, "--target-file describes the machine: leave --target '" + options.name +
                                        "' out, or write 'extends: " + options.name + "' into the file");
  llvm::Expected<std::string> text = readFile(options.file, 1 << 20);
  if (!text)
    return text.takeError();
  llvm::Expected<Target> target = parseTarget(*text, options.file, options.overrides);
  if (!target)
    return target.takeError();
  if (targets::shippedText(target->machine.name))
    return failure(ExitCode::Usage, "'" + options.file + "': '" + target->machine.name +
                                        "' is a shipped target; give this one a name of its own");
  target->fileSha256 = llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(*text + target->extended)),
                                   /*LowerCase=*/true);
  return target;
}

} // namespace dyadic
