// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A prediction in whole cycles, with everything that is shown of it.
#pragma once
#include "compiler/report/Evidence.h"
#include "passes/model/Rational.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace dyadic::report {

/// Rounded once, so that parts add up to sums.
struct Cycles {
  int64_t compute = 0, fork = 0, barrier = 0;
  int64_t exposed = 0;  ///< waited for transfers
  int64_t transfer = 0; ///< the engines were busy, hidden or not
  int64_t total() const { return compute + fork + barrier + exposed; }
};

struct LayerReport {
  predict::LayerPrediction layer;
  Cycles cycles;
  double share = 0; ///< of the network's cycles
  std::vector<UsedFigure> figures;

  int64_t busy() const; ///< cores with work; 1 where the layer is not tiled
  /// Of the cores that a tiled layer has.
  std::pair<int64_t, int64_t> mostAndLeast() const;
};

struct MemoryUse {
  std::string memory;
  int64_t bytes = 0;
  std::optional<int64_t> room; ///< none: no stated limit
};

struct Deadline {
  model::Rational seconds;
  bool met = false;
};

struct Report {
  std::string target;
  std::vector<std::string> overrides;
  std::optional<model::Whole> clockHz;
  std::vector<LayerReport> layers;
  Cycles steady;
  int64_t loadCycles = 0, residentBytes = 0, fetchedBytes = 0, macs = 0;
  std::optional<MemoryUse> l1;
  MemoryUse l2;
  std::optional<MemoryUse> l3; ///< where activations lie there
  int64_t bandBytes = 0;       ///< of these between L3 and L2 in each inference; part of fetchedBytes
  int64_t l2LeastBytes = 0, parameterBytes = 0;
  std::vector<UsedFigure> figures;
  std::optional<Deadline> deadline;

  int64_t cold() const { return steady.total() + loadCycles; }
  /// None without a clock.
  std::optional<double> seconds(int64_t cycles) const;
};

Report makeReport(const predict::Prediction &prediction, const model::Machine &machine);

/// Of the steady state; requires a clock.
void judge(Report &report, const model::Rational &deadline);

void printText(const Report &report, llvm::raw_ostream &os);
llvm::json::Object toJson(const Report &report); ///< as report.schema.json says
std::string toCsv(const Report &report);         ///< a row for each layer
std::string toSvg(const Report &report);         ///< cycles of each layer on a logarithmic axis

/// A text of CSV: in quotes where it must be.
std::string csvText(llvm::StringRef text);

} // namespace dyadic::report
