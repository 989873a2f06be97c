// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rows of points and of their layers.
#include "compiler/explore/Tables.h"
#include "compiler/report/Amounts.h"
#include "compiler/report/Report.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include <array>

namespace dyadic::explore {
namespace {

using report::csvText;
using report::grouped;

std::string axesHead(const Plan &plan) {
  std::string text;
  for (const Axis &axis : plan.grid.axes())
    text += axis.path + ",";
  return text;
}
std::string axesCells(const Point &point) {
  std::string text;
  for (const std::string &value : point.setting)
    text += csvText(value) + ",";
  return text;
}

constexpr std::array<const char *, 11> pointTotals = {
    "cycles",          "cold_cycles",    "compute_cycles", "fork_cycles", "barrier_cycles", "exposed_cycles",
    "transfer_cycles", "resident_bytes", "l3_bytes",       "macs",        "parameter_bytes"};

std::string obstaclesText(const Point &point) {
  std::string text;
  for (const Obstacle &obstacle : point.obstacles)
    text += (text.empty() ? "" : "; ") + obstacle.message;
  return text;
}

} // namespace

std::string pointsCsv(const Plan &plan, const Points &points) {
  std::string text = axesHead(plan) + "feasible,seconds,l1_bytes,l2_bytes";
  for (const char *total : pointTotals)
    text += std::string(",") + total;
  text += ",why,fixes\n";
  for (const Point &point : points) {
    text += axesCells(point) + (point.feasible() ? "1" : "0") + ",";
    if (point.feasible() && point.seconds())
      text += report::fixed(*point.seconds(), 9);
    for (const char *level : {"l1", "l2"})
      text += "," + (point.feasible() ? std::to_string(point.memory(level)) : std::string());
    for (const char *total : pointTotals)
      text += "," + (point.feasible() ? std::to_string(point.total(total)) : std::string());
    text += "," + csvText(obstaclesText(point)) + "," + csvText(llvm::join(point.fixes, "; ")) + "\n";
  }
  return text;
}

std::string layersCsv(const Plan &plan, const Points &points) {
  std::string text =
      axesHead(plan) + "layer,node,kernel,macs,cycles,exposed_cycles,l1_bytes,l2_bytes,l3_bytes,tile\n";
  for (const Point &point : points)
    for (const LayerRow &row : point.layers()) {
      text += axesCells(point) + std::to_string(row.number) + "," + csvText(row.node) + "," + row.kernel;
      for (int64_t number : {row.macs, row.cycles, row.exposed, row.l1Bytes, row.l2Bytes, row.fetched})
        text += "," + std::to_string(number);
      text += "," + csvText(row.tile) + "\n";
    }
  return text;
}

std::string exploreJson(const Plan &plan, const Points &points) {
  llvm::json::Array axes, list;
  for (const Axis &axis : plan.grid.axes())
    axes.push_back(llvm::json::Object{{"path", axis.path}, {"values", llvm::json::Array(axis.values)}});
  for (const Point &point : points)
    list.push_back(toJson(point, plan.grid));
  llvm::json::Object object{{"schema", 1},
                            {"version", plan.version},
                            {"target", llvm::json::fixUTF8(plan.target)},
                            {"set", llvm::json::Array(plan.overrides)},
                            {"axes", std::move(axes)},
                            {"points", std::move(list)}};
  return llvm::formatv("{0:2}\n", llvm::json::Value(std::move(object))).str();
}

void printText(const Plan &plan, const Points &points, llvm::raw_ostream &os) {
  size_t width = 0;
  for (size_t i = 0; i < points.size(); ++i)
    width = std::max(width, plan.grid.name(i).size());
  for (size_t i = 0; i < points.size(); ++i) {
    const Point &point = points[i];
    os << "  " << llvm::left_justify(plan.grid.name(i), static_cast<unsigned>(width)) << "  ";
    if (point.feasible()) {
      os << llvm::right_justify(grouped(point.total("cycles")), 14) << " cycles (estimate)";
      if (std::optional<double> seconds = point.seconds())
        os << ", " << report::shownDuration(*seconds);
      os << ", L1 " << grouped(point.memory("l1")) << ", L2 " << grouped(point.memory("l2")) << ", from L3 "
         << grouped(point.total("l3_bytes")) << " bytes\n";
      continue;
    }
    os << "infeasible\n";
    for (const Obstacle &obstacle : point.obstacles) {
      os << "      " << obstacle.message << '\n';
      for (const std::string &fix : obstacle.fixes)
        os << "        would fit with " << fix << '\n';
    }
    for (const std::string &fix : point.fixes)
      os << "      would fit with " << fix << '\n';
  }
}

llvm::Error writeTables(const Store &store, const Plan &plan, const Points &points) {
  const std::vector<std::pair<const char *, std::string>> files = {
      {"points.csv", pointsCsv(plan, points)}, {"layers.csv", layersCsv(plan, points)},
      {"layers.svg", layersSvg(plan, points)}, {"memory.svg", memorySvg(plan, points)},
      {"cycles.svg", cyclesSvg(plan, points)}, {"explore.json", exploreJson(plan, points)}};
  for (const auto &[name, text] : files)
    if (llvm::Error error = store.writeTable(name, text))
      return error;
  return llvm::Error::success();
}

} // namespace dyadic::explore
