// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --set PATH=VALUE: which paths there are, and what an unknown one was meant to be.
#include "compiler/targets/Tree.h"
#include "compiler/targets/Units.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace dyadic {
namespace targets {
namespace {

using llvm::StringRef;
using llvm::Twine;

struct Settable {
  enum class Kind { Figure, Number, Flag };
  std::string path;
  Kind kind = Kind::Figure;
  Unit unit = Unit::Count;
};

/// Visits every field, there or not.
class Lister : public Fields {
public:
  std::vector<Settable> all;

  void section(StringRef key, bool, bool &, llvm::function_ref<void()> body) override {
    size_t before = prefix.size();
    prefix += (key + ".").str();
    body();
    prefix.resize(before);
  }
  void text(StringRef, bool, std::string &) override {}
  void flag(StringRef key, bool &) override { add(key, Settable::Kind::Flag, Unit::Count); }
  void number(StringRef key, int64_t, int64_t, bool, int64_t &) override {
    add(key, Settable::Kind::Number, Unit::Count);
  }
  void figure(const FigureField &field, std::optional<model::Real> &) override {
    add(field.key, Settable::Kind::Figure, field.unit);
  }

private:
  void add(StringRef key, Settable::Kind kind, Unit unit) { all.push_back({prefix + key.str(), kind, unit}); }
  std::string prefix;
};

const std::vector<Settable> &settables() {
  static const std::vector<Settable> all = [] {
    Lister lister;
    Target target;
    describe(target, lister);
    return std::move(lister.all);
  }();
  return all;
}

StringRef leaf(StringRef path) { return path.substr(path.rfind('.') + 1); }

/// Up to four paths that may have been meant; the keys of a section if it is one, or names one.
std::string near(StringRef path) {
  std::vector<std::tuple<unsigned, size_t, StringRef>> ranked; // rank, then the schema's order
  std::string inside = (path + ".").str();
  for (const Settable &s : settables()) {
    StringRef known = s.path;
    unsigned rank = known.starts_with(inside)   ? 0
                    : leaf(known) == leaf(path) ? 1
                                                : 1 + path.edit_distance(known);
    ranked.emplace_back(rank, ranked.size(), known);
  }
  llvm::sort(ranked);
  std::string text;
  for (size_t i = 0; i < ranked.size() && i < 4; ++i)
    text += (i ? ", " : "") + std::get<2>(ranked[i]).str();
  return text;
}

} // namespace

llvm::Expected<Override> parseOverride(StringRef text) {
  auto refuse = [&](const Twine &why) { return failure(ExitCode::Usage, "--set " + text + ": " + why); };
  auto [path, value] = text.split('=');
  path = path.trim();
  value = value.trim();
  if (path.empty() || value.empty())
    return refuse("write PATH=VALUE, as in --set l2.bytes=256K");
  auto found = llvm::find_if(settables(), [&](const Settable &s) { return s.path == path; });
  if (found == settables().end())
    return refuse("there is no figure '" + path + "'; near it are " + near(path));
  Override result{path.str(), value.str(), found->kind == Settable::Kind::Figure};
  if (found->kind == Settable::Kind::Flag) {
    if (value != "true" && value != "false")
      return refuse("true or false is needed");
    return result;
  }
  llvm::Expected<double> amount = parseAmount(value, found->unit);
  if (!amount)
    return refuse(llvm::toString(amount.takeError()));
  result.value = exactText(*amount);
  return result;
}

} // namespace targets

std::vector<std::string> targetPaths() {
  std::vector<std::string> paths;
  for (const targets::Settable &s : targets::settables())
    paths.push_back(s.path);
  return paths;
}

} // namespace dyadic
