// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `--tile`: one rule as text, and back.
#include "compiler/Failure.h"
#include "compiler/Options.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

namespace dyadic {
namespace {

using llvm::StringRef;
using model::Axis;

std::optional<Axis> axisOf(StringRef name) {
  for (Axis axis : model::allAxes)
    if (name == toString(axis))
      return axis;
  return std::nullopt;
}

/// An error text, or none.
std::optional<std::string> set(model::TilingChoices &choices, StringRef key, StringRef value) {
  auto number = [&](std::optional<int64_t> &into) -> std::optional<std::string> {
    int64_t n = 0;
    if (value.getAsInteger(10, n) || n < 1 || n > int64_t(1) << 31)
      return (key + "=" + value + ": a whole number of at least 1 is needed").str();
    into = n;
    return std::nullopt;
  };
  if (std::optional<Axis> axis = axisOf(key))
    return number(choices.size[at(*axis)]);
  if (key == "cores")
    return number(choices.cores);
  if (key == "block")
    return number(choices.block);
  if (key == "spread") {
    for (model::Spread spread : {model::Spread::Pixels, model::Spread::Channels})
      if (value == toString(spread))
        choices.spread = spread;
    if (!choices.spread)
      return ("spread=" + value + ": pixels or channels is needed").str();
    return std::nullopt;
  }
  if (key == "order") {
    llvm::SmallVector<StringRef> names;
    value.split(names, '/');
    std::vector<Axis> order;
    for (StringRef name : names) {
      std::optional<Axis> axis = axisOf(name);
      if (!axis || *axis == Axis::Inputs || llvm::is_contained(order, *axis))
        return ("order=" + value +
                ": axes from the outermost loop inwards, as in order=channels/rows/columns")
            .str();
      order.push_back(*axis);
    }
    for (Axis axis : model::outputAxes)
      if (!llvm::is_contained(order, axis))
        order.push_back(axis);
    choices.order.emplace();
    llvm::copy(order, choices.order->begin());
    return std::nullopt;
  }
  return ("'" + key +
          "' is no key; there are images, rows, columns, channels, input_channels, order, spread, cores, "
          "block")
      .str();
}

} // namespace

llvm::Expected<model::TileRule> parseTileRule(StringRef text) {
  auto refuse = [&](const llvm::Twine &why) {
    return failure(ExitCode::Usage, "--tile '" + text + "': " + why);
  };
  model::TileRule rule;
  // The name ends at the last ':' before the first '='.
  StringRef keys = text;
  if (size_t colon = text.take_front(text.find('=')).rfind(':'); colon != StringRef::npos) {
    rule.pattern = text.take_front(colon).str();
    keys = text.drop_front(colon + 1);
    if (rule.pattern.empty())
      return refuse("no node name before ':'");
  }
  llvm::SmallVector<StringRef> parts;
  keys.split(parts, ',');
  std::vector<StringRef> seen;
  for (StringRef part : parts) {
    auto [key, value] = part.split('=');
    if (llvm::is_contained(seen, key))
      return refuse("'" + key + "' is given twice");
    seen.push_back(key);
    if (value.empty())
      return refuse("write KEY=VALUE,... or NODE:KEY=VALUE,..., as in --tile conv1:rows=8,channels=16");
    if (std::optional<std::string> wrong = set(rule.choices, key, value))
      return refuse(*wrong);
  }
  return rule;
}

std::string toString(const model::TileRule &rule) {
  const model::TilingChoices &c = rule.choices;
  std::vector<std::string> parts;
  auto number = [&](const char *key, const std::optional<int64_t> &value) {
    if (value)
      parts.push_back(std::string(key) + "=" + std::to_string(*value));
  };
  for (Axis axis : model::allAxes)
    number(toString(axis), c.size[at(axis)]);
  if (c.order) {
    std::vector<std::string> names;
    for (Axis axis : *c.order)
      names.emplace_back(toString(axis));
    parts.push_back("order=" + llvm::join(names, "/"));
  }
  if (c.spread)
    parts.push_back(std::string("spread=") + toString(*c.spread));
  number("cores", c.cores);
  number("block", c.block);
  return (rule.pattern.empty() ? "" : rule.pattern + ":") + llvm::join(parts, ",");
}

} // namespace dyadic
