// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The object of report.schema.json.
#include "compiler/report/Amounts.h"
#include "compiler/report/Report.h"
#include <cmath>

namespace dyadic::report {
namespace {

using llvm::json::Array;
using llvm::json::fixUTF8;
using llvm::json::Object;
using llvm::json::Value;

Array listed(const std::vector<std::string> &texts) {
  Array list;
  for (const std::string &text : texts)
    list.push_back(fixUTF8(text));
  return list;
}

Value figure(const UsedFigure &f) {
  return Object{
      {"path", f.path}, {"value", f.value}, {"kind", toString(f.kind)}, {"source", fixUTF8(f.source)}};
}

/// The kinds that occur, each once.
Array kinds(const std::vector<UsedFigure> &figures) {
  Array list;
  for (auto kind : {model::FigureKind::Measured, model::FigureKind::Published, model::FigureKind::Assumed,
                    model::FigureKind::SetByUser})
    if (llvm::any_of(figures, [&](const UsedFigure &f) { return f.kind == kind; }))
      list.push_back(toString(kind));
  return list;
}

void addCycles(const Cycles &cycles, Object &object) {
  object["cycles"] = cycles.total();
  object["compute_cycles"] = cycles.compute;
  object["fork_cycles"] = cycles.fork;
  object["barrier_cycles"] = cycles.barrier;
  object["exposed_cycles"] = cycles.exposed;
  object["transfer_cycles"] = cycles.transfer;
}

Value fetchOf(const predict::Fetch &fetch) {
  if (fetch.bytes == 0)
    return nullptr;
  return Object{{"bytes", fetch.bytes},
                {"cycles", std::llround(fetch.cycles)},
                {"exposed_cycles", std::llround(fetch.exposed)},
                {"hidden_behind_layers", Array(fetch.behind)}};
}

Value layerOf(const LayerReport &r) {
  const predict::LayerPrediction &l = r.layer;
  auto [most, least] = r.mostAndLeast();
  Object object{{"layer", l.number},
                {"node", fixUTF8(l.node)},
                {"kernel", l.kernel},
                {"macs", l.macs},
                {"share", std::round(1e6 * r.share) / 1e6},
                {"tiled", l.tiled},
                {"tiles", l.tiles},
                {"tile", l.shape},
                {"order", l.order},
                {"spread", l.spread},
                {"buffered", listed(l.buffered)},
                {"double_buffered", listed(l.doubleBuffered)},
                {"cores", l.cores},
                {"busy_cores", r.busy()},
                {"work_per_core", Array(l.workPerCore)},
                {"most_work", most},
                {"least_work", least},
                {"l1_bytes", l.l1Bytes},
                {"l2_bytes", l.l2Bytes},
                {"transfers", l.transfers},
                {"bytes_in", l.bytesIn},
                {"bytes_out", l.bytesOut},
                {"resident_bytes", l.residentBytes},
                {"from_l3", fetchOf(l.fetch)},
                {"rests_on", kinds(r.figures)}};
  addCycles(r.cycles, object);
  return object;
}

Value memory(const MemoryUse &use) {
  return Object{
      {"memory", use.memory}, {"bytes", use.bytes}, {"room_bytes", use.room ? Value(*use.room) : nullptr}};
}

} // namespace

llvm::json::Object toJson(const Report &report) {
  Array layers, figures;
  for (const LayerReport &l : report.layers)
    layers.push_back(layerOf(l));
  for (const UsedFigure &f : report.figures)
    figures.push_back(figure(f));
  Object totals{{"cold_cycles", report.cold()},
                {"load_cycles", report.loadCycles},
                {"resident_bytes", report.residentBytes},
                {"l3_bytes", report.fetchedBytes},
                {"macs", report.macs},
                {"parameter_bytes", report.parameterBytes},
                {"l2_least_bytes", report.l2LeastBytes},
                {"l2", memory(report.l2)},
                {"l1", report.l1 ? memory(*report.l1) : Value(nullptr)}};
  if (report.l3) {
    totals["l3"] = memory(*report.l3);
    totals["l3_activation_bytes"] = report.bandBytes;
  }
  addCycles(report.steady, totals);
  auto seconds = [&](int64_t cycles) {
    std::optional<double> s = report.seconds(cycles);
    return s ? Value(*s) : Value(nullptr);
  };
  Object object{{"schema", 1},
                {"target", fixUTF8(report.target)},
                {"set", listed(report.overrides)},
                {"marks", Object{{"cycles", "estimate"},
                                 {"seconds", "estimate"},
                                 {"macs", "exact"},
                                 {"bytes", "exact"},
                                 {"transfers", "exact"},
                                 {"work_per_core", "exact"},
                                 {"l2_least_bytes", "bound"}}},
                {"layers", std::move(layers)},
                {"totals", std::move(totals)},
                {"latency", Object{{"steady_seconds", seconds(report.steady.total())},
                                   {"cold_seconds", seconds(report.cold())}}},
                {"figures", std::move(figures)},
                {"clock_hz", nullptr},
                {"deadline", nullptr}};
  if (report.clockHz)
    object["clock_hz"] = Object{{"value", report.clockHz->value},
                                {"kind", toString(report.clockHz->kind)},
                                {"source", fixUTF8(report.clockHz->source)}};
  if (report.deadline)
    object["deadline"] =
        Object{{"seconds", model::nearestDouble(report.deadline->seconds)}, {"met", report.deadline->met}};
  return object;
}

} // namespace dyadic::report
