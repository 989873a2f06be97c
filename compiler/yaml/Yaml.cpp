// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Copies what LLVM's YAML parser reads into plain values.
#include "compiler/yaml/Yaml.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"
#include <optional>

namespace dyadic::yaml {
namespace {

constexpr unsigned maximumDepth = 16;
constexpr size_t maximumBytes = 1 << 20;

class Reader {
public:
  Reader(llvm::StringRef text, llvm::StringRef name) : file(name), stream(text, sources, false) {
    sources.setDiagHandler(keepFirst, this);
  }

  llvm::Expected<Value> read() {
    auto document = stream.begin();
    if (document == stream.end())
      return emptyOrError();
    llvm::yaml::Node *root = document->getRoot();
    Value value;
    if (root && !failed())
      value = copy(root, 0);
    if (!failed() && ++document != stream.end() && document->getRoot() &&
        !llvm::isa<llvm::yaml::NullNode>(document->getRoot()))
      note(place(document->getRoot()), "a second document; one is allowed");
    if (failed())
      return error();
    return value;
  }

private:
  llvm::Expected<Value> emptyOrError() {
    if (failed())
      return error();
    return Value{};
  }
  static void keepFirst(const llvm::SMDiagnostic &diagnostic, void *self) {
    if (diagnostic.getKind() == llvm::SourceMgr::DK_Error)
      static_cast<Reader *>(self)->note(
          {unsigned(std::max(1, diagnostic.getLineNo())), unsigned(diagnostic.getColumnNo() + 1)},
          diagnostic.getMessage().str());
  }
  void note(Place where, std::string what) {
    if (!first)
      first = {where, std::move(what)};
  }
  bool failed() {
    if (!first && stream.failed())
      first = {Place{}, "not valid YAML"};
    return first.has_value();
  }
  llvm::Error error() { return errorAt(file, first->first, first->second); }

  Place place(llvm::yaml::Node *node) {
    llvm::SMLoc start = node->getSourceRange().Start;
    if (!start.isValid())
      return {};
    auto [line, column] = sources.getLineAndColumn(start);
    return {line, column};
  }

  Value copy(llvm::yaml::Node *node, unsigned depth) {
    Value value;
    value.place = place(node);
    if (depth == maximumDepth) {
      note(value.place, "nested too deeply");
      return value;
    }
    llvm::SmallString<64> storage;
    if (auto *scalar = llvm::dyn_cast<llvm::yaml::ScalarNode>(node)) {
      value.kind = Value::Kind::Scalar;
      value.text = scalar->getValue(storage).str();
    } else if (auto *block = llvm::dyn_cast<llvm::yaml::BlockScalarNode>(node)) {
      value.kind = Value::Kind::Scalar;
      value.text = block->getValue().str();
    } else if (auto *sequence = llvm::dyn_cast<llvm::yaml::SequenceNode>(node)) {
      value.kind = Value::Kind::List;
      for (llvm::yaml::Node &item : *sequence) {
        if (failed())
          break;
        value.items.push_back(copy(&item, depth + 1));
      }
    } else if (auto *mapping = llvm::dyn_cast<llvm::yaml::MappingNode>(node)) {
      value.kind = Value::Kind::Map;
      for (llvm::yaml::KeyValueNode &entry : *mapping) {
        if (failed() || !copyEntry(entry, depth, value))
          break;
      }
    } else if (!llvm::isa<llvm::yaml::NullNode>(node)) {
      note(value.place, "aliases are not supported; write the value out");
    }
    return value;
  }

  bool copyEntry(llvm::yaml::KeyValueNode &entry, unsigned depth, Value &map) {
    llvm::yaml::Node *keyNode = entry.getKey();
    if (!keyNode || failed())
      return false;
    Value key = copy(keyNode, depth + 1);
    if (!failed() && key.kind != Value::Kind::Scalar)
      note(key.place, "a key must be plain text");
    else if (!failed() && map.find(key.text))
      note(key.place, "key '" + key.text + "' stands here a second time");
    llvm::yaml::Node *valueNode = failed() ? nullptr : entry.getValue();
    if (!valueNode || failed())
      return false;
    map.entries.push_back({std::move(key.text), key.place, copy(valueNode, depth + 1)});
    return !failed();
  }

  llvm::StringRef file;
  llvm::SourceMgr sources;
  llvm::yaml::Stream stream;
  std::optional<std::pair<Place, std::string>> first;
};

} // namespace

const Value *Value::find(llvm::StringRef key) const {
  for (const Entry &entry : entries)
    if (entry.key == key)
      return &entry.value;
  return nullptr;
}

llvm::Error errorAt(llvm::StringRef file, Place place, const llvm::Twine &message) {
  return failure(ExitCode::Usage,
                 file + ":" + llvm::Twine(place.line) + ":" + llvm::Twine(place.column) + ": " + message);
}

llvm::Expected<Value> parse(llvm::StringRef text, llvm::StringRef file) {
  if (text.size() > maximumBytes)
    return failure(ExitCode::Usage, "'" + file + "' is larger than " + llvm::Twine(maximumBytes) + " bytes");
  if (text.contains('\0'))
    return failure(ExitCode::Usage, "'" + file + "' is not text");
  return Reader(text, file).read();
}

const char *kindName(Value::Kind kind) {
  switch (kind) {
  case Value::Kind::Null:
    return "nothing";
  case Value::Kind::Scalar:
    return "a plain value";
  case Value::Kind::Map:
    return "a map";
  case Value::Kind::List:
    return "a list";
  }
  return "nothing";
}

} // namespace dyadic::yaml
