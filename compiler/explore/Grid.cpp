// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads sweeps and counts through their combinations.
#include "compiler/explore/Grid.h"
#include "compiler/Options.h"
#include "compiler/targets/Targets.h"
#include <algorithm>
#include <cstdlib>

namespace dyadic::explore {
namespace {

using llvm::StringRef;
using llvm::Twine;

constexpr size_t mostPoints = 100000;

llvm::Error refuse(const Twine &why) { return failure(ExitCode::Usage, "--sweep " + why); }

llvm::Expected<std::string> canonical(StringRef path, StringRef value) {
  if (path == implAxis) {
    llvm::Expected<ImplementationRule> rule = parseImplementationRule(value);
    if (!rule)
      return rule.takeError();
    if (!rule->pattern.empty())
      return refuse("impl=" + value + ": mac, lut or auto for the whole network; --impl is for single nodes");
    return toString(rule->implementation).str();
  }
  llvm::Expected<std::vector<std::string>> text = canonicalOverrides({(path + "=" + value).str()});
  if (!text)
    return text.takeError();
  return StringRef(text->front()).split('=').second.str();
}

llvm::Expected<Axis> parseAxis(StringRef sweep) {
  auto [path, list] = sweep.split('=');
  if (path.empty() || list.empty())
    return refuse("'" + sweep + "': PATH=VALUE,VALUE,... is needed, such as cluster.cores=2,4,8");
  Axis axis{path.str(), {}};
  llvm::SmallVector<StringRef> values;
  list.split(values, ',');
  for (StringRef value : values) {
    llvm::Expected<std::string> text = canonical(path, value.trim());
    if (!text)
      return text.takeError();
    axis.values.push_back(std::move(*text));
  }
  auto number = [](const std::string &text) { return std::strtod(text.c_str(), nullptr); };
  std::sort(axis.values.begin(), axis.values.end(), [&](const std::string &a, const std::string &b) {
    return path == implAxis || number(a) == number(b) ? a < b : number(a) < number(b);
  });
  axis.values.erase(std::unique(axis.values.begin(), axis.values.end()), axis.values.end());
  return axis;
}

} // namespace

llvm::Expected<Grid> Grid::parse(const std::vector<std::string> &sweeps) {
  std::vector<Axis> axes;
  for (const std::string &sweep : sweeps) {
    llvm::Expected<Axis> axis = parseAxis(sweep);
    if (!axis)
      return axis.takeError();
    if (llvm::any_of(axes, [&](const Axis &other) { return other.path == axis->path; }))
      return refuse(axis->path + " stands there twice; give all its values at once");
    axes.push_back(std::move(*axis));
  }
  std::sort(axes.begin(), axes.end(), [](const Axis &a, const Axis &b) { return a.path < b.path; });
  size_t points = 1;
  for (const Axis &axis : axes)
    if ((points *= axis.values.size()) > mostPoints)
      return refuse("has more than 100,000 combinations; split it");
  return Grid(std::move(axes));
}

size_t Grid::size() const {
  size_t points = 1;
  for (const Axis &axis : all)
    points *= axis.values.size();
  return points;
}

std::vector<std::string> Grid::at(size_t point) const {
  std::vector<std::string> values(all.size());
  for (size_t i = all.size(); i-- > 0;) {
    values[i] = all[i].values[point % all[i].values.size()];
    point /= all[i].values.size();
  }
  return values;
}

std::string Grid::name(size_t point) const {
  std::string text;
  std::vector<std::string> values = at(point);
  for (size_t i = 0; i < all.size(); ++i)
    text += (i == 0 ? "" : " ") + all[i].path + "=" + values[i];
  return text;
}

llvm::Expected<Shard> parseShard(StringRef text) {
  Shard shard;
  if (text.empty())
    return shard;
  auto [index, count] = text.split('/');
  if (index.getAsInteger(10, shard.index) || count.getAsInteger(10, shard.count) || shard.index < 1 ||
      shard.index > shard.count)
    return failure(ExitCode::Usage, "--shard '" + text + "': i/n is needed with i from 1 to n, such as 2/4");
  return shard;
}

} // namespace dyadic::explore
