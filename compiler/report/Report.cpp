// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds, sums up, and holds the sum against a deadline.
#include "compiler/report/Report.h"
#include "compiler/report/Chart.h"
#include <cmath>

namespace dyadic::report {
namespace {

Cycles rounded(const model::TimeTotals &time) {
  return {std::llround(time.compute), std::llround(time.fork), std::llround(time.barrier),
          std::llround(time.exposed), std::llround(time.transfer())};
}

MemoryUse memoryUse(const model::Machine &machine, unsigned level, int64_t bytes) {
  return {machine.level(level)->memory, bytes, machine.room(level)};
}

} // namespace

int64_t LayerReport::busy() const {
  if (!layer.tiled)
    return 1;
  return llvm::count_if(layer.workPerCore, [](int64_t work) { return work > 0; });
}

std::pair<int64_t, int64_t> LayerReport::mostAndLeast() const {
  if (layer.workPerCore.empty())
    return {layer.macs, layer.macs};
  auto [least, most] = std::minmax_element(layer.workPerCore.begin(), layer.workPerCore.end());
  return {*most, *least};
}

std::optional<double> Report::seconds(int64_t cycles) const {
  if (!clockHz)
    return std::nullopt;
  return static_cast<double>(cycles) / static_cast<double>(clockHz->value);
}

Report makeReport(const predict::Prediction &prediction, const model::Machine &machine) {
  Report report;
  report.target = machine.name;
  report.clockHz = machine.clockHz;
  for (const predict::LayerPrediction &layer : prediction.layers) {
    LayerReport l{layer, rounded(layer.time), 0, figuresOf(layer, machine)};
    report.steady.compute += l.cycles.compute;
    report.steady.fork += l.cycles.fork;
    report.steady.barrier += l.cycles.barrier;
    report.steady.exposed += l.cycles.exposed;
    report.steady.transfer += l.cycles.transfer;
    report.fetchedBytes += layer.fetch.bytes;
    report.bandBytes += layer.fetch.activations;
    report.layers.push_back(std::move(l));
  }
  for (LayerReport &l : report.layers)
    if (report.steady.total() > 0)
      l.share = static_cast<double>(l.cycles.total()) / static_cast<double>(report.steady.total());
  report.loadCycles = std::llround(prediction.loadCycles);
  report.residentBytes = prediction.residentBytes;
  report.macs = prediction.macs;
  if (machine.hasTiles())
    report.l1 = memoryUse(machine, 1, prediction.l1Bytes);
  report.l2 = memoryUse(machine, 2, prediction.l2Bytes);
  if (prediction.l3Bytes > 0)
    report.l3 = memoryUse(machine, 3, prediction.l3Bytes);
  report.l2LeastBytes = prediction.l2LeastBytes;
  report.parameterBytes = prediction.parameterBytes;
  report.figures = figuresOf(prediction, machine);
  return report;
}

void judge(Report &report, const model::Rational &deadline) {
  model::Rational allowed = deadline * model::Rational(report.clockHz->value);
  report.deadline = Deadline{deadline, model::Rational(report.steady.total()) <= allowed};
}

std::string toSvg(const Report &report) {
  Chart chart;
  chart.title = "Predicted cycles per layer on " + report.target;
  chart.yTitle = "cycles (estimate)";
  chart.logarithmic = chart.bars = true;
  Series series;
  for (const LayerReport &l : report.layers) {
    chart.categories.push_back(std::to_string(l.layer.number));
    series.values.emplace_back(static_cast<double>(l.cycles.total()));
    series.hints.push_back(l.layer.node);
  }
  chart.xTitle = "layer";
  chart.series.push_back(std::move(series));
  return draw(chart);
}

} // namespace dyadic::report
