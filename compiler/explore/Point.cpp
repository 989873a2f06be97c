// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Points to JSON and back; a damaged file is no point.
#include "compiler/explore/Point.h"
#include "compiler/Json.h"

namespace dyadic::explore {

using llvm::StringRef;
using llvm::json::Array;
using llvm::json::Object;

namespace {

std::string textOf(const Object &object, StringRef name) { return object.getString(name).value_or("").str(); }

std::vector<std::string> textsOf(const Object &object, StringRef name) {
  std::vector<std::string> texts;
  if (const Array *list = object.getArray(name))
    for (const llvm::json::Value &value : *list)
      texts.push_back(value.getAsString().value_or("").str());
  return texts;
}

Array arrayOf(const std::vector<std::string> &texts) {
  Array array;
  for (const std::string &text : texts)
    array.push_back(llvm::json::fixUTF8(text));
  return array;
}

bool readObstacles(const Object &object, Point &point) {
  const Array *list = object.getArray("obstacles");
  for (const llvm::json::Value &value : list ? *list : Array()) {
    const Object *each = value.getAsObject();
    if (!each)
      return false;
    point.obstacles.push_back({textOf(*each, "message"), textsOf(*each, "fixes")});
  }
  return list != nullptr;
}

} // namespace

int64_t Point::total(StringRef name) const {
  const Object *totals = prediction.getObject("totals");
  return totals ? totals->getInteger(name).value_or(0) : 0;
}

int64_t Point::memory(StringRef level) const {
  const Object *totals = prediction.getObject("totals");
  const Object *memory = totals ? totals->getObject(level) : nullptr;
  return memory ? memory->getInteger("bytes").value_or(0) : 0;
}

std::optional<double> Point::seconds() const {
  const Object *latency = prediction.getObject("latency");
  return latency ? latency->getNumber("steady_seconds") : std::nullopt;
}

std::vector<LayerRow> Point::layers() const {
  std::vector<LayerRow> rows;
  const Array *list = prediction.getArray("layers");
  for (const llvm::json::Value &value : list ? *list : Array()) {
    const Object *l = value.getAsObject();
    if (!l)
      continue;
    auto number = [&](StringRef name) { return l->getInteger(name).value_or(0); };
    const Object *fetch = l->getObject("from_l3");
    rows.push_back({number("layer"), textOf(*l, "node"), textOf(*l, "kernel"), number("macs"),
                    number("cycles"), number("exposed_cycles"), number("l1_bytes"), number("l2_bytes"),
                    fetch ? fetch->getInteger("bytes").value_or(0) : 0, textOf(*l, "tile")});
  }
  return rows;
}

Object toJson(const Point &point, const Grid &grid) {
  Object setting;
  for (size_t i = 0; i < grid.axes().size(); ++i)
    setting[grid.axes()[i].path] = point.setting[i];
  Array obstacles;
  for (const Obstacle &obstacle : point.obstacles)
    obstacles.push_back(
        Object{{"message", llvm::json::fixUTF8(obstacle.message)}, {"fixes", arrayOf(obstacle.fixes)}});
  Object object{{"key", point.key},
                {"feasible", point.feasible()},
                {"setting", std::move(setting)},
                {"obstacles", std::move(obstacles)}};
  if (!point.feasible())
    object["fixes"] = arrayOf(point.fixes);
  else
    object["prediction"] = Object(point.prediction);
  return object;
}

std::optional<Point> fromJson(StringRef text, const Grid &grid, StringRef key) {
  llvm::Expected<llvm::json::Value> json = parseJson(text);
  if (!json) {
    llvm::consumeError(json.takeError());
    return std::nullopt;
  }
  const Object *object = json->getAsObject();
  const Object *setting = object ? object->getObject("setting") : nullptr;
  Point point;
  if (!setting || textOf(*object, "key") != key || !readObstacles(*object, point))
    return std::nullopt;
  point.key = key.str();
  for (const Axis &axis : grid.axes())
    point.setting.push_back(textOf(*setting, axis.path));
  point.fixes = textsOf(*object, "fixes");
  if (!point.feasible())
    return point;
  const Object *prediction = object->getObject("prediction");
  if (!prediction || !prediction->getObject("totals") || !prediction->getArray("layers"))
    return std::nullopt;
  point.prediction = *prediction;
  return point;
}

} // namespace dyadic::explore
