// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a user asks for, as plain values: rooms take these and never see a command line.
#pragma once
#include "passes/model/Rational.h"
#include "passes/model/tiling/Choices.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dyadic {

/// The lattice that a graph input lies on: real = (code - zero) * scale, and the graph sees (real - mean) /
/// std.
struct InputSpec {
  std::string name;  // empty: the graph's only input
  unsigned bits = 8; // 1..32
  bool isSigned = false;
  model::Rational scale; // > 0
  model::Rational zero;
  std::vector<model::Rational> mean; // empty (0), one value, or one per channel
  std::vector<model::Rational> std;  // empty (1), one value, or one per channel; none is 0
};

/// `--input` as one line of text, always the same for the same meaning.
std::string toString(const InputSpec &spec);

/// `--dim n=v`: a symbolic dimension's extent.
struct DimBinding {
  std::string name;
  int64_t extent = 1;
};

/// All that decides what a model file means.
struct ImportOptions {
  std::vector<InputSpec> inputs;
  std::vector<DimBinding> dims;
  int64_t batch = 1;
};

enum class Implementation { Mac, Lut, Auto };

/// `--impl`: for the nodes whose ONNX name matches `pattern` (a shell pattern; empty: all). The last match
/// wins.
struct ImplementationRule {
  std::string pattern;
  Implementation implementation = Implementation::Mac;
};

/// `--self-test X.npy[:n]`: the first n samples (all without n), at most what the file holds.
struct SelfTest {
  std::string path;
  std::optional<uint64_t> samples;
};

enum class Level { Qonnx, Float32, Qint, Plat };

/// Which machine: a shipped one or the user's own description, and what --set changes of it.
struct TargetOptions {
  std::string name;                   // --target; empty: not given
  std::string file;                   // --target-file; empty: not given
  std::vector<std::string> overrides; // --set PATH=VALUE
  bool given() const { return !name.empty() || !file.empty(); }
};

struct CompileOptions {
  TargetOptions target;
  std::string name;                                // empty: not given, then "net"
  std::vector<ImplementationRule> implementations; // empty: mac everywhere
  std::vector<model::TileRule> tiles;              // --tile; the last match wins
  std::optional<SelfTest> selfTest;
  std::optional<Level> stopAfter; // never Float32
};

/// Parse what stands behind one option; errors are usage errors that name what was found and what is allowed.
llvm::Expected<std::vector<InputSpec>>
parseInputSpec(llvm::StringRef text); // several when a YAML file lists them
llvm::Expected<DimBinding> parseDimBinding(llvm::StringRef text);
llvm::Expected<ImplementationRule> parseImplementationRule(llvm::StringRef text);
/// "[NODE:]KEY=VALUE,...": tiles of these extents, this spread and so on, for the nodes that match.
llvm::Expected<model::TileRule> parseTileRule(llvm::StringRef text);
llvm::Expected<SelfTest> parseSelfTest(llvm::StringRef text);
/// The one of `known` that `text` names, for this option.
llvm::Expected<Level> parseLevel(llvm::StringRef option, llvm::StringRef text, llvm::ArrayRef<Level> known);
llvm::Error checkName(llvm::StringRef name); // a C identifier, no keyword, not reserved

llvm::StringRef toString(Implementation implementation);
/// `--tile` as one line of text, always the same for the same meaning.
std::string toString(const model::TileRule &rule);
llvm::StringRef toString(Level level);

} // namespace dyadic
