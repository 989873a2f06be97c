// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a target from its tree; every mistake is answered with its line and column.
#include "compiler/targets/Tree.h"
#include "compiler/targets/Units.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/bit.h"

namespace dyadic::targets {
namespace {

using llvm::StringRef;
using llvm::Twine;
using model::FigureKind;
using model::Real;
using yaml::Value;

class Reader : public Fields {
public:
  Reader(const Tree &tree, Mistakes &mistakes) : tree(tree), mistakes(mistakes) {}

  Target read() {
    Target target;
    if (!isMap(tree.root))
      return target;
    map = &tree.root;
    readSources();
    known = {"sources", "extends"};
    describe(target, *this);
    refuseUnknown();
    return target;
  }

  void section(StringRef key, bool required, bool &present, llvm::function_ref<void()> body) override {
    const Value *value = get(key, required);
    present = value != nullptr;
    if (!value || !isMap(*value))
      return;
    auto outer = std::pair(map, std::move(known));
    map = value;
    known.clear();
    body();
    refuseUnknown();
    std::tie(map, known) = std::move(outer);
  }
  void text(StringRef key, bool required, std::string &result) override {
    const Value *value = get(key, required);
    if (!value)
      return;
    if (value->kind != Value::Kind::Scalar || value->text.empty())
      return wrong(value->place, "'" + key + "' needs text");
    result = value->text;
  }
  void flag(StringRef key, bool &result) override {
    const Value *value = get(key, false);
    if (!value)
      return;
    if (value->kind != Value::Kind::Scalar || (value->text != "true" && value->text != "false"))
      return wrong(value->place, "'" + key + "' is true or false");
    result = value->text == "true";
  }
  void number(StringRef key, int64_t low, int64_t high, bool powerOfTwo, int64_t &result) override {
    const Value *value = get(key, false);
    if (!value)
      return;
    int64_t read = 0;
    if (StringRef(value->text).getAsInteger(10, read) || read < low || read > high ||
        (powerOfTwo && !llvm::has_single_bit(uint64_t(read))))
      return wrong(value->place, "'" + key + "' needs a " + (powerOfTwo ? "power of two" : "whole number") +
                                     " from " + Twine(low) + " to " + Twine(high));
    result = read;
  }
  void figure(const FigureField &field, std::optional<Real> &result) override {
    result = std::nullopt;
    const Value *value = get(field.key, field.required);
    if (!value)
      return;
    if (value->kind != Value::Kind::Map)
      return wrong(value->place, "'" + field.key +
                                     "' needs {value: N, kind: KIND, source: TEXT} or {value: N, from: " +
                                     "NAME}: no figure without where it comes from");
    Real figure;
    origin(*value, figure);
    const Value *amount = need(*value, "value");
    if (!amount)
      return;
    if (amount->kind != Value::Kind::Scalar)
      return wrong(amount->place, "'value' needs a number");
    llvm::Expected<double> number = parseAmount(amount->text, field.unit);
    if (!number)
      return wrong(amount->place, "'" + field.key + "' " + llvm::toString(number.takeError()));
    if (*number < field.low || *number > field.high)
      return wrong(amount->place, "'" + field.key + "' needs a value from " + exactText(field.low) + " to " +
                                      exactText(field.high));
    figure.value = *number;
    result = std::move(figure);
  }

private:
  void wrong(yaml::Place place, const Twine &what) { mistakes.add(place, tree.at(place, what)); }
  bool isMap(const Value &value) {
    if (value.kind != Value::Kind::Map)
      wrong(value.place, Twine("a map is needed here, but this is ") + yaml::kindName(value.kind));
    return value.kind == Value::Kind::Map;
  }
  const Value *need(const Value &from, StringRef key) {
    const Value *value = from.find(key);
    if (!value && from.place.text >= tree.files)
      wrong(from.place, "this machine has no such section; describe it in a file that extends it");
    else if (!value)
      wrong(from.place, "'" + key + "' is missing");
    return value;
  }
  const Value *get(StringRef key, bool required) {
    known.push_back(key.str());
    return required ? need(*map, key) : map->find(key);
  }
  void refuse(const Value &value, llvm::ArrayRef<StringRef> keys) {
    for (const yaml::Entry &entry : value.entries)
      if (!llvm::is_contained(keys, entry.key)) {
        std::string hint = nearest(entry.key, keys);
        wrong(entry.place, "'" + entry.key + "' is no key here" +
                               (hint.empty() ? "; there are " + llvm::join(keys, ", ") : hint));
      }
  }
  void refuseUnknown() { refuse(*map, llvm::SmallVector<StringRef>(known.begin(), known.end())); }

  /// `kind` and `source`, or `from` an entry of `sources`.
  void origin(const Value &value, Real &figure) {
    if (value.place.text >= tree.files) {
      figure.kind = FigureKind::SetByUser;
      figure.source = "--set";
      return;
    }
    refuse(value, {"value", "kind", "source", "from"});
    const Value *from = value.find("from");
    if (!from)
      return stated(value, figure);
    if (value.find("kind") || value.find("source"))
      return wrong(from->place, "'from' stands for kind and source; leave these out");
    auto found = llvm::find_if(sources, [&](const auto &s) { return s.first == from->text; });
    if (found == sources.end()) {
      if (!sourcesRead)
        return; // that mistake is told already
      llvm::SmallVector<StringRef> names(llvm::make_first_range(sources));
      return wrong(from->place, "there is no '" + from->text + "' in 'sources'" + nearest(from->text, names));
    }
    figure.kind = found->second.kind;
    figure.source = found->second.source;
  }
  void stated(const Value &value, Real &figure) {
    const Value *kind = need(value, "kind"), *source = need(value, "source");
    if (source && (source->kind != Value::Kind::Scalar || source->text.empty()))
      wrong(source->place, "'source' needs text");
    else if (source)
      figure.source = source->text;
    if (!kind)
      return;
    std::optional<FigureKind> read = llvm::StringSwitch<std::optional<FigureKind>>(kind->text)
                                         .Case("measured", FigureKind::Measured)
                                         .Case("published", FigureKind::Published)
                                         .Case("assumed", FigureKind::Assumed)
                                         .Default(std::nullopt);
    if (!read)
      return wrong(kind->place,
                   "'" + kind->text + "' is no kind of figure; there are measured, published and assumed");
    figure.kind = *read;
  }
  void readSources() {
    const Value *value = tree.root.find("sources");
    if (!value)
      return;
    sourcesRead = isMap(*value);
    for (const yaml::Entry &entry : value->entries) {
      Real figure;
      if (isMap(entry.value)) {
        refuse(entry.value, {"kind", "source"});
        stated(entry.value, figure);
      }
      sources.emplace_back(entry.key, figure);
    }
  }

  const Tree &tree;
  Mistakes &mistakes;
  const Value *map = nullptr;
  std::vector<std::string> known; // keys of `map` that were asked for
  std::vector<std::pair<std::string, Real>> sources;
  bool sourcesRead = true;
};

} // namespace

Target readTarget(const Tree &tree, Mistakes &mistakes) { return Reader(tree, mistakes).read(); }

} // namespace dyadic::targets
