// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A description as one tree, merged from the texts that it extends and from --set; each value knows its text.
#pragma once
#include "compiler/targets/Targets.h"
#include "compiler/yaml/Yaml.h"

namespace dyadic::targets {

/// Mistakes, all of them.
class Mistakes {
public:
  void add(yaml::Place place, std::string text) { all.emplace_back(place, std::move(text)); }
  bool any() const { return !all.empty(); }
  /// One a line, by place, none twice; success without any.
  llvm::Error take();

private:
  std::vector<std::pair<yaml::Place, std::string>> all;
};

struct Tree {
  yaml::Value root;
  std::vector<std::string> texts; // by Place::text: a file's name, or "--set PATH=VALUE"
  size_t files = 0;               // the first so many are files
  std::string extended;           // the texts of the user's own files that are extended

  /// "FILE:LINE:COLUMN: what" or "--set PATH=VALUE: what".
  std::string at(yaml::Place place, const llvm::Twine &what) const;
  /// The value at a path, or the nearest map around it.
  yaml::Place placeOf(llvm::StringRef path) const;
};

/// Parses, and merges onto what the text extends: a shipped target, or a file beside it. `inner`: the files
/// that lead here.
llvm::Expected<Tree> readTree(llvm::StringRef text, llvm::StringRef file,
                              llvm::ArrayRef<std::string> inner = {});

/// "PATH=VALUE", split, checked and with its number in plain digits; an unknown path is answered with near
/// ones.
struct Override {
  std::string path, value;
  bool isFigure = false;
};
llvm::Expected<Override> parseOverride(llvm::StringRef text);
void apply(const Override &override, Tree &tree);

/// Fills the target from the tree; mistakes are added.
Target readTarget(const Tree &tree, Mistakes &mistakes);
/// What no single key can tell: sections that need or exclude each other, and sums that do not fit.
void checkTarget(const Target &target, const Tree &tree, Mistakes &mistakes);

/// The text of a shipped target; none: there is none of this name.
std::optional<llvm::StringRef> shippedText(llvm::StringRef name);
llvm::Error noSuchTarget(llvm::StringRef name);

/// "; did you mean X?", or nothing.
std::string nearest(llvm::StringRef word, llvm::ArrayRef<llvm::StringRef> words);

} // namespace dyadic::targets
