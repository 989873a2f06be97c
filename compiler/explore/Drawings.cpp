// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The three drawings of an exploration.
#include "compiler/explore/Tables.h"
#include "compiler/report/Chart.h"
#include <algorithm>
#include <map>

namespace dyadic::explore {
namespace {

/// Values of the axes that have more than one.
std::string shortName(const Plan &plan, const Point &point, const Axis *without = nullptr) {
  std::string text;
  for (size_t i = 0; i < plan.grid.axes().size(); ++i) {
    const Axis &axis = plan.grid.axes()[i];
    if (&axis != without && (axis.values.size() > 1 || plan.grid.axes().size() == 1))
      text += (text.empty() ? "" : " ") + axis.path + "=" + point.setting[i];
  }
  return text;
}

/// More lines than a person tells apart become three: the least, the middle and the most of each category.
constexpr size_t mostLines = 12;
void thin(report::Chart &chart) {
  if (chart.series.size() <= mostLines)
    return;
  std::vector<report::Series> three = {{"least", {}, {}}, {"median", {}, {}}, {"most", {}, {}}};
  for (size_t i = 0; i < chart.categories.size(); ++i) {
    std::vector<double> values;
    for (const report::Series &series : chart.series)
      if (series.values[i])
        values.push_back(*series.values[i]);
    std::sort(values.begin(), values.end());
    for (size_t k = 0; k < three.size(); ++k)
      three[k].values.push_back(values.empty() ? std::nullopt
                                               : std::optional(values[(values.size() - 1) * k / 2]));
  }
  chart.title += ", " + std::to_string(chart.series.size()) + " combinations";
  chart.series = std::move(three);
}

} // namespace

std::string layersSvg(const Plan &plan, const Points &points) {
  report::Chart chart;
  chart.title = "Predicted cycles per layer on " + plan.target;
  chart.xTitle = "layer";
  chart.yTitle = "cycles (estimate)";
  chart.logarithmic = true;
  std::map<int64_t, size_t> columns; // layers are the same for all points of one implementation
  for (const Point &point : points)
    for (const LayerRow &row : point.layers())
      columns.emplace(row.number, 0);
  for (auto &[number, column] : columns) {
    column = chart.categories.size();
    chart.categories.push_back(std::to_string(number));
  }
  for (const Point &point : points) {
    if (!point.feasible())
      continue;
    report::Series series{shortName(plan, point), {}, {}};
    series.values.resize(columns.size());
    series.hints.resize(columns.size());
    for (const LayerRow &row : point.layers()) {
      series.values[columns[row.number]] = static_cast<double>(row.cycles);
      series.hints[columns[row.number]] = row.node;
    }
    chart.series.push_back(std::move(series));
  }
  thin(chart);
  return report::draw(chart);
}

std::string memorySvg(const Plan &plan, const Points &points) {
  report::Chart chart;
  chart.title = "Bytes of L1 and L2 on " + plan.target;
  chart.yTitle = "bytes (exact)";
  chart.bars = true;
  chart.gap = "infeasible";
  chart.series = {{"L1", {}, {}}, {"L2", {}, {}}};
  for (const Point &point : points) {
    chart.categories.push_back(shortName(plan, point));
    for (auto [i, level] : {std::pair(0, "l1"), std::pair(1, "l2")})
      chart.series[static_cast<size_t>(i)].values.push_back(
          point.feasible() ? std::optional(static_cast<double>(point.memory(level))) : std::nullopt);
  }
  return report::draw(chart);
}

std::string cyclesSvg(const Plan &plan, const Points &points) {
  const std::vector<Axis> &axes = plan.grid.axes();
  size_t along = axes.size() - 1;
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i].path == "l2.bytes")
      along = i;
  const Axis &axis = axes[along];
  report::Chart chart;
  chart.title = "Predicted cycles of an inference on " + plan.target;
  chart.xTitle = axis.path;
  chart.yTitle = "cycles (estimate)";
  chart.gap = "infeasible";
  chart.categories = axis.values;
  std::map<std::string, size_t> lines;
  for (const Point &point : points) {
    std::string name = shortName(plan, point, &axis);
    auto [it, fresh] = lines.emplace(name, chart.series.size());
    if (fresh)
      chart.series.push_back({name, std::vector<std::optional<double>>(axis.values.size()), {}});
    auto column = llvm::find(axis.values, point.setting[along]) - axis.values.begin();
    if (point.feasible())
      chart.series[it->second].values[static_cast<size_t>(column)] =
          static_cast<double>(point.total("cycles"));
  }
  thin(chart);
  return report::draw(chart);
}

} // namespace dyadic::explore
