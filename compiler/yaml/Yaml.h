// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// YAML as a tree of values, each with its place in the file.
#pragma once
#include "compiler/Failure.h"
#include <string>
#include <vector>

namespace dyadic::yaml {

struct Place {
  unsigned line = 1;
  unsigned column = 1;
  unsigned text = 0; // which one, where several are merged; the parser gives 0
};

struct Entry;

struct Value {
  enum class Kind { Null, Scalar, Map, List };
  Kind kind = Kind::Null;
  Place place;
  std::string text;           // Scalar
  std::vector<Entry> entries; // Map: no two keys alike, in the file's order
  std::vector<Value> items;   // List

  const Value *find(llvm::StringRef key) const;
};

struct Entry {
  std::string key;
  Place place; // of the key
  Value value;
};

/// `file` names the text in errors: "FILE:LINE:COLUMN: what was found".
llvm::Expected<Value> parse(llvm::StringRef text, llvm::StringRef file);

llvm::Error errorAt(llvm::StringRef file, Place place, const llvm::Twine &message);

const char *kindName(Value::Kind kind);

} // namespace dyadic::yaml
