// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Merges the texts of a description: what extends another says only what differs.
#include "compiler/targets/Tree.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

namespace dyadic::targets {

using llvm::StringRef;
using yaml::Value;

llvm::Error Mistakes::take() {
  if (all.empty())
    return llvm::Error::success();
  llvm::sort(all, [](const auto &a, const auto &b) {
    auto key = [](const auto &m) {
      return std::tuple(m.first.text, m.first.line, m.first.column, llvm::StringRef(m.second));
    };
    return key(a) < key(b);
  });
  std::vector<std::string> texts;
  for (auto &[place, text] : all)
    if (!llvm::is_contained(texts, text))
      texts.push_back(std::move(text));
  all.clear();
  return failure(ExitCode::Usage, llvm::join(texts, "\n"));
}

std::string Tree::at(yaml::Place place, const llvm::Twine &what) const {
  const std::string &text = texts[place.text];
  if (place.text >= files)
    return (text + ": " + what).str();
  return (text + ":" + llvm::Twine(place.line) + ":" + llvm::Twine(place.column) + ": " + what).str();
}

yaml::Place Tree::placeOf(StringRef path) const {
  const Value *value = &root;
  yaml::Place place = root.place;
  for (StringRef key : llvm::split(path, '.')) {
    auto entry = llvm::find_if(value->entries, [&](const yaml::Entry &e) { return e.key == key; });
    if (entry == value->entries.end())
      break;
    value = &entry->value;
    place = entry->place;
  }
  return place;
}

std::string nearest(StringRef word, llvm::ArrayRef<StringRef> words) {
  StringRef best;
  unsigned distance = unsigned(word.size()) / 3 + 2; // as far as this is no misspelling
  for (StringRef candidate : words)
    if (unsigned d = word.edit_distance(candidate, true, distance); d < distance) {
      distance = d;
      best = candidate;
    }
  return best.empty() ? "" : ("; did you mean " + best + "?").str();
}

namespace {

void stamp(Value &value, unsigned text) {
  value.place.text = text;
  for (yaml::Entry &entry : value.entries) {
    entry.place.text = text;
    stamp(entry.value, text);
  }
  for (Value &item : value.items)
    stamp(item, text);
}

/// A figure is replaced as a whole: a number must not keep the source of another.
bool isSection(const Value &value) { return value.kind == Value::Kind::Map && !value.find("value"); }

void merge(Value &base, Value &&over) {
  for (yaml::Entry &entry : over.entries) {
    auto same = [&](const yaml::Entry &e) { return e.key == entry.key; };
    auto found = llvm::find_if(base.entries, same);
    if (entry.value.kind == Value::Kind::Null && found != base.entries.end())
      base.entries.erase(found);
    else if (found == base.entries.end())
      base.entries.push_back(std::move(entry));
    else if (isSection(found->value) && isSection(entry.value))
      merge(found->value, std::move(entry.value));
    else
      *found = std::move(entry);
  }
  base.place = over.place;
}

bool isFile(StringRef name) { return name.ends_with(".yaml") || name.ends_with(".yml"); }

/// What `extends` names.
llvm::Expected<Tree> readBase(StringRef name, StringRef file, yaml::Place place,
                              llvm::ArrayRef<std::string> inner) {
  if (!isFile(name)) {
    if (std::optional<StringRef> base = shippedText(name))
      return readTree(*base, ("compiler/targets/" + name + "/target.yaml").str());
    return yaml::errorAt(file, place,
                         "'extends' needs a shipped target, or a file that ends in .yaml: " +
                             llvm::toString(noSuchTarget(name)));
  }
  llvm::SmallString<128> path(llvm::sys::path::parent_path(file));
  llvm::sys::path::append(path, name);
  llvm::sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  std::vector<std::string> chain(inner.begin(), inner.end());
  llvm::SmallString<128> self(file);
  llvm::sys::path::remove_dots(self, /*remove_dot_dot=*/true);
  chain.push_back(self.str().str());
  if (llvm::is_contained(chain, path.str()))
    return yaml::errorAt(file, place, "'extends' leads back to '" + path.str().str() + "'");
  llvm::Expected<std::string> text = readFile(path, 1 << 20);
  if (!text)
    return yaml::errorAt(file, place, "'extends': " + llvm::toString(text.takeError()));
  llvm::Expected<Tree> tree = readTree(*text, path, chain);
  if (tree)
    tree->extended = *text + tree->extended;
  return tree;
}

} // namespace

llvm::Expected<Tree> readTree(StringRef text, StringRef file, llvm::ArrayRef<std::string> inner) {
  llvm::Expected<Value> root = yaml::parse(text, file);
  if (!root)
    return root.takeError();
  const Value *extends = root->kind == Value::Kind::Map ? root->find("extends") : nullptr;
  if (!extends) {
    Tree tree;
    tree.root = std::move(*root);
    tree.texts = {file.str()};
    tree.files = 1;
    return tree;
  }
  if (!root->find("name"))
    return yaml::errorAt(file, root->place, "'name' is missing: a target has a name of its own");
  llvm::Expected<Tree> tree = readBase(extends->text, file, extends->place, inner);
  if (!tree)
    return tree.takeError();
  stamp(*root, static_cast<unsigned>(tree->files));
  tree->texts.push_back(file.str());
  ++tree->files;
  llvm::erase_if(root->entries, [](const yaml::Entry &e) { return e.key == "extends"; });
  merge(tree->root, std::move(*root));
  return tree;
}

void apply(const Override &override, Tree &tree) {
  yaml::Place place{1, 1, static_cast<unsigned>(tree.texts.size())};
  tree.texts.push_back("--set " + override.path + "=" + override.value);
  auto scalar = [&](std::string text) {
    Value value;
    value.kind = Value::Kind::Scalar;
    value.place = place;
    value.text = std::move(text);
    return value;
  };
  Value *value = &tree.root;
  for (StringRef key : llvm::split(override.path, '.')) {
    if (value->kind != Value::Kind::Map) {
      *value = Value();
      value->kind = Value::Kind::Map;
      value->place = place;
    }
    auto found = llvm::find_if(value->entries, [&](const yaml::Entry &e) { return e.key == key; });
    if (found == value->entries.end()) {
      value->entries.push_back({key.str(), place, Value()});
      found = std::prev(value->entries.end());
    }
    found->place = place;
    value = &found->value;
  }
  if (!override.isFigure) {
    *value = scalar(override.value);
    return;
  }
  *value = Value();
  value->kind = Value::Kind::Map;
  value->place = place;
  value->entries.push_back({"value", place, scalar(override.value)});
}

} // namespace dyadic::targets
