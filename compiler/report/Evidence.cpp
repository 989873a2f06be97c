// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks a layer's kinds of work and transfers and looks up what each costs.
#include "compiler/report/Evidence.h"
#include <map>

namespace dyadic::report {
namespace {

using model::Machine;
using predict::LayerPrediction;

class Collector {
public:
  explicit Collector(const Machine &machine) : machine(machine) {}

  void layer(const LayerPrediction &l) {
    const std::string kernel =
        std::string("kernels.") + toString(l.kind.value_or(model::KernelClass::Move)) + ".";
    const model::KernelCosts &costs = machine.kernel(l.kind.value_or(model::KernelClass::Move));
    add(kernel + "call", costs.call);
    if (!l.kind || l.weightBits == 0)
      stated(kernel + "element", costs.element);
    if (l.kind && !add(kernel + "output", costs.output))
      instructions({"load", "multiply"});
    if (l.gathers)
      stated(kernel + "im2col_byte", costs.im2colByte);
    if (l.weightBits > 0)
      product(l, costs, kernel);
    if (machine.l1 && !l.tiled)
      add("l2.access_cycles", machine.l2.access);
    if (l.tiled && l.cores > 1 && machine.cluster) {
      add("cluster.fork_cycles", machine.cluster->forkCycles);
      add("cluster.fork_cycles_per_core", machine.cluster->forkCyclesPerCore);
      add("cluster.barrier_cycles", machine.cluster->barrierCycles);
    }
    if (l.transfers > 0)
      engine("transfers.l2_l1.", machine.l2ToL1, l.bytesOut > 0);
    if (l.cacheLines > 0)
      add("capabilities.cache.line_cycles", machine.cache->line);
    if (l.fetch.bytes > 0)
      engine("transfers.l3_l2.", machine.l3ToL2, false);
  }

  std::vector<UsedFigure> take() {
    std::vector<UsedFigure> list;
    for (auto &[path, figure] : found)
      list.push_back(std::move(figure));
    return list;
  }

private:
  void product(const LayerPrediction &l, const model::KernelCosts &costs, const std::string &kernel) {
    const model::Real *mac = costs.macCycles(l.weightBits, l.activationBits);
    for (const auto &[bits, figure] : costs.mac)
      if (&figure == mac)
        add(kernel + "w" + std::to_string(bits.first) + "a" + std::to_string(bits.second), figure);
    if (!mac)
      instructions({"multiply"});
    // Loops that turn more often than the figures hold for.
    instructions({"load"});
    if (l.kind == model::KernelClass::Depthwise)
      instructions({"branch_taken"});
  }
  /// A figure, or the load and the store that stand in for it.
  void stated(const std::string &path, const std::optional<model::Real> &figure) {
    if (!add(path, figure))
      instructions({"load", "store"});
  }
  void instructions(std::initializer_list<llvm::StringRef> names) {
    const model::CoreCosts &core = machine.core;
    for (llvm::StringRef name : names)
      if (name == "multiply" && core.multiplyAccumulate)
        add("core.multiply_accumulate", core.multiplyAccumulate);
      else
        add("core." + name.str(), name == "load"       ? core.load
                                  : name == "store"    ? core.store
                                  : name == "multiply" ? core.multiply
                                                       : core.branchTaken);
  }
  void engine(const std::string &path, const std::optional<model::TransferEngine> &engine, bool out) {
    if (!engine)
      return;
    add(path + "setup_cycles", engine->setup);
    add(path + "bytes_per_cycle_in", engine->bytesPerCycleIn);
    if (out)
      add(path + "bytes_per_cycle_out", engine->bytesPerCycleOut);
    if (engine->dimensions > 1)
      add(path + "line_cycles", engine->line);
  }
  bool add(const std::string &path, const std::optional<model::Real> &figure) {
    if (figure)
      found[path] = {path, figure->value, figure->kind, figure->source};
    return figure.has_value();
  }

  const Machine &machine;
  std::map<std::string, UsedFigure> found;
};

} // namespace

std::vector<UsedFigure> figuresOf(const predict::Prediction &prediction, const Machine &machine) {
  Collector all(machine);
  for (const LayerPrediction &l : prediction.layers)
    all.layer(l);
  return all.take();
}

std::vector<UsedFigure> figuresOf(const LayerPrediction &layer, const Machine &machine) {
  Collector one(machine);
  one.layer(layer);
  return one.take();
}

std::string kindsOf(const std::vector<UsedFigure> &figures) {
  std::map<model::FigureKind, int64_t> counts;
  for (const UsedFigure &figure : figures)
    ++counts[figure.kind];
  std::string text;
  for (const auto &[kind, count] : counts)
    text += (text.empty() ? "" : ", ") + std::string(toString(kind)) + " " + std::to_string(count);
  return text.empty() ? "none" : text;
}

} // namespace dyadic::report
