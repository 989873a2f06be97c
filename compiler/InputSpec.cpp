// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `--input`: one specification as text, or a YAML file with the same keys; numbers are exact in both.
#include "compiler/Failure.h"
#include "compiler/Options.h"
#include "compiler/yaml/Yaml.h"
#include "llvm/ADT/SmallVector.h"

namespace dyadic {
namespace {

using llvm::StringRef;
using model::Rational;

constexpr StringRef keysText = "bits, signed or unsigned, scale, zero, mean and std";

/// Gathers keys from either form; each error goes through `where`, which knows the place.
class SpecBuilder {
public:
  /// An error text, or none. `value` is empty for a bare flag.
  std::optional<std::string> set(StringRef key, StringRef value) {
    if (llvm::is_contained(seen, key))
      return ("'" + key + "' is given twice").str();
    seen.push_back(key.str());
    if (key == "bits")
      return setBits(value);
    if (key == "signed" || key == "unsigned")
      return setSign(key, value);
    if (key == "scale" || key == "zero")
      return setNumber(key, value);
    if (key == "mean" || key == "std")
      return setList(key, value);
    return ("'" + key + "' is no key; there are " + keysText).str();
  }

  std::optional<std::string> finish() {
    std::string missing;
    auto need = [&](bool present, const char *what) {
      if (!present)
        missing += (missing.empty() ? "" : ", ") + std::string(what);
    };
    need(llvm::is_contained(seen, "bits"), "bits=N");
    need(hasSign, "signed or unsigned");
    need(llvm::is_contained(seen, "scale"), "scale=S");
    if (!missing.empty())
      return "missing: " + missing;
    return std::nullopt;
  }

  InputSpec spec;

private:
  std::optional<std::string> setBits(StringRef value) {
    if (value.getAsInteger(10, spec.bits) || spec.bits < 1 || spec.bits > 32)
      return ("bits=" + value + ": a whole number from 1 to 32 is needed").str();
    return std::nullopt;
  }
  std::optional<std::string> setSign(StringRef key, StringRef value) {
    bool yes = value.empty() || value == "true" || value == "1" || value == "yes";
    if (!yes && value != "false" && value != "0" && value != "no")
      return (key + "=" + value + ": true or false is needed").str();
    bool isSigned = (key == "signed") == yes;
    if (hasSign && isSigned != spec.isSigned)
      return std::string("both signed and unsigned");
    spec.isSigned = isSigned;
    hasSign = true;
    return std::nullopt;
  }
  static std::string noNumber(StringRef key, StringRef value) {
    return (key + "=" + value + ": a decimal or a fraction is needed, such as 0.25 or 1/255").str();
  }
  std::optional<std::string> setNumber(StringRef key, StringRef value) {
    std::optional<Rational> number = model::parseRational(value.str());
    if (!number)
      return noNumber(key, value);
    if (key == "scale" && *number <= 0)
      return ("scale=" + value + ": it must be above 0").str();
    (key == "scale" ? spec.scale : spec.zero) = *number;
    return std::nullopt;
  }
  std::optional<std::string> setList(StringRef key, StringRef value) {
    llvm::SmallVector<StringRef, 4> parts;
    value.split(parts, ':');
    std::vector<Rational> &list = key == "mean" ? spec.mean : spec.std;
    for (StringRef part : parts) {
      std::optional<Rational> number = model::parseRational(part.trim().str());
      if (!number)
        return noNumber(key, part);
      if (key == "std" && *number == 0)
        return ("std=" + value + ": it must not be 0").str();
      list.push_back(*number);
    }
    return std::nullopt;
  }

  std::vector<std::string> seen;
  bool hasSign = false;
};

/// A scalar, or a list of scalars in the text form's notation.
std::optional<std::string> flatten(const yaml::Value &value) {
  if (value.kind == yaml::Value::Kind::Null)
    return "";
  if (value.kind == yaml::Value::Kind::Scalar)
    return value.text;
  if (value.kind != yaml::Value::Kind::List)
    return std::nullopt;
  std::string text;
  for (const yaml::Value &item : value.items) {
    if (item.kind != yaml::Value::Kind::Scalar)
      return std::nullopt;
    text += (text.empty() ? "" : ":") + item.text;
  }
  return text;
}

llvm::Expected<InputSpec> fromMap(const yaml::Value &map, StringRef file, StringRef name) {
  SpecBuilder builder;
  builder.spec.name = name.str();
  for (const auto &[key, place, value] : map.entries) {
    std::optional<std::string> text = flatten(value);
    if (!text)
      return yaml::errorAt(file, value.place,
                           "'" + key + "' needs a plain value, but this is " + yaml::kindName(value.kind));
    if (key == "name") {
      builder.spec.name = *text;
      continue;
    }
    if (std::optional<std::string> wrong = builder.set(key, *text))
      return yaml::errorAt(file, place, *wrong);
  }
  if (std::optional<std::string> wrong = builder.finish())
    return yaml::errorAt(file, map.place, *wrong);
  return std::move(builder.spec);
}

/// A file holds one input's keys (with `name`, unless the graph has one input only), a list of such maps, or
/// a map from input names to them.
llvm::Expected<std::vector<InputSpec>> fromFile(StringRef path, StringRef name) {
  llvm::Expected<std::string> text = readFile(path, 1 << 20);
  if (!text)
    return text.takeError();
  llvm::Expected<yaml::Value> root = yaml::parse(*text, path);
  if (!root)
    return root.takeError();
  std::vector<InputSpec> specs;
  auto add = [&](const yaml::Value &map, StringRef inputName) -> llvm::Error {
    if (map.kind != yaml::Value::Kind::Map)
      return yaml::errorAt(path, map.place,
                           llvm::Twine("a map with the keys ") + keysText + " is needed, but this is " +
                               yaml::kindName(map.kind));
    llvm::Expected<InputSpec> spec = fromMap(map, path, inputName);
    if (!spec)
      return spec.takeError();
    specs.push_back(std::move(*spec));
    return llvm::Error::success();
  };
  auto isMap = [](const auto &entry) { return entry.value.kind == yaml::Value::Kind::Map; };
  if (root->kind == yaml::Value::Kind::List) {
    for (const yaml::Value &item : root->items)
      if (llvm::Error error = add(item, name))
        return error;
  } else if (root->kind == yaml::Value::Kind::Map && !root->entries.empty() &&
             llvm::all_of(root->entries, isMap)) {
    for (const yaml::Entry &entry : root->entries)
      if (llvm::Error error = add(entry.value, entry.key))
        return error;
  } else if (llvm::Error error = add(*root, name)) {
    return error;
  }
  if (specs.empty())
    return failure(ExitCode::Usage, "'" + path + "' describes no input");
  return specs;
}

} // namespace

llvm::Expected<std::vector<InputSpec>> parseInputSpec(StringRef text) {
  size_t equals = text.find('=');
  if (equals == StringRef::npos) {
    // No key: a file, perhaps with the input's name before it.
    size_t colon = text.rfind(':');
    bool isFile = text.ends_with(".yaml") || text.ends_with(".yml");
    if (isFile && colon != StringRef::npos)
      return fromFile(text.drop_front(colon + 1), text.take_front(colon));
    if (isFile)
      return fromFile(text, "");
  }
  auto refuse = [&](const llvm::Twine &why) {
    return failure(ExitCode::Usage, "--input '" + text + "': " + why);
  };
  size_t colon = text.take_front(equals).rfind(':');
  if (colon == StringRef::npos)
    return refuse(
        "write NAME:KEY=VALUE,... as in --input x:bits=8,unsigned,scale=1/255, or the name of a YAML file");
  SpecBuilder builder;
  builder.spec.name = text.take_front(colon).str();
  if (builder.spec.name.empty())
    return refuse("no input name before ':'");
  llvm::SmallVector<StringRef, 8> parts;
  text.drop_front(colon + 1).split(parts, ',');
  for (StringRef part : parts) {
    auto [key, value] = part.split('=');
    if (part.contains('=') && value.empty())
      return refuse("no value behind '" + part + "'");
    if (std::optional<std::string> wrong = builder.set(key, value))
      return refuse(*wrong);
  }
  if (std::optional<std::string> wrong = builder.finish())
    return refuse(*wrong);
  return std::vector<InputSpec>{std::move(builder.spec)};
}

std::string toString(const InputSpec &spec) {
  std::string text = (spec.name.empty() ? "" : spec.name + ":") + "bits=" + std::to_string(spec.bits) +
                     (spec.isSigned ? ",signed" : ",unsigned") + ",scale=" + model::toString(spec.scale);
  if (spec.zero != 0)
    text += ",zero=" + model::toString(spec.zero);
  for (auto [key, list] : {std::pair{",mean=", &spec.mean}, {",std=", &spec.std}})
    for (const Rational &number : *list)
      text += (&number == list->data() ? key : ":") + model::toString(number);
  return text;
}

} // namespace dyadic
