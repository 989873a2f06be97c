// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table for people.
#include "compiler/report/Amounts.h"
#include "compiler/report/Report.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

namespace dyadic::report {
namespace {

using Row = std::vector<std::string>;

/// Columns as wide as their widest cell; the first `words` ones begin at the left, numbers end at the right.
void printTable(const std::vector<Row> &rows, const std::vector<bool> &words, llvm::raw_ostream &os) {
  std::vector<size_t> widths(words.size());
  for (const Row &row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  for (const Row &row : rows) {
    std::string text = " ";
    for (size_t i = 0; i < row.size(); ++i) {
      std::string pad(widths[i] - row[i].size(), ' ');
      text += " " + (words[i] ? row[i] + pad : pad + row[i]);
      if (i + 1 < row.size())
        text += " ";
    }
    os << llvm::StringRef(text).rtrim() << '\n';
  }
}

std::string buffering(const predict::LayerPrediction &l) {
  if (l.buffered.empty())
    return "-";
  if (l.doubleBuffered.empty())
    return "single";
  return l.doubleBuffered.size() == l.buffered.size()
             ? "double"
             : "double: " + shownName(llvm::join(l.doubleBuffered, " "), 24);
}

/// "8 (1.33)": busy cores, and the largest over the smallest work.
std::string coresText(const LayerReport &r) {
  auto [most, least] = r.mostAndLeast();
  std::string text = std::to_string(r.busy());
  if (r.layer.cores <= 1 || !r.layer.tiled)
    return text;
  text += " of " + std::to_string(r.layer.cores) + ", ";
  return text + grouped(most) + "/" + grouped(least);
}

std::string kindLetters(const std::vector<UsedFigure> &figures) {
  std::string letters;
  for (auto [kind, letter] :
       {std::pair(model::FigureKind::Measured, 'm'), std::pair(model::FigureKind::Published, 'p'),
        std::pair(model::FigureKind::Assumed, 'a'), std::pair(model::FigureKind::SetByUser, 's')})
    if (llvm::any_of(figures, [kind = kind](const UsedFigure &f) { return f.kind == kind; }))
      letters += letter;
  return letters.empty() ? "-" : letters;
}

void layers(const Report &report, llvm::raw_ostream &os) {
  std::vector<Row> rows = {{"layer", "node", "kernel", "cycles", "share", "waits", "from", "L1", "L2",
                            "tiles", "tile", "buffers", "cores, most/least work", "moves", "moved",
                            "from L3"}};
  for (const LayerReport &r : report.layers) {
    const predict::LayerPrediction &l = r.layer;
    rows.push_back({std::to_string(l.number), shownName(l.node, 28), l.kernel, grouped(r.cycles.total()),
                    shownShare(r.share), grouped(r.cycles.exposed), kindLetters(r.figures),
                    grouped(l.l1Bytes), grouped(l.l2Bytes), grouped(l.tiles), l.shape, buffering(l),
                    coresText(r), grouped(l.transfers), grouped(l.bytesIn + l.bytesOut),
                    grouped(l.fetch.bytes)});
  }
  printTable(rows,
             {false, true, true, false, false, false, true, false, false, false, true, true, true, false,
              false, false},
             os);
}

std::string memoryText(const MemoryUse &use) {
  return grouped(use.bytes) + " bytes" + (use.room ? " of " + grouped(*use.room) : "") + " in the " +
         use.memory;
}

} // namespace

void printText(const Report &report, llvm::raw_ostream &os) {
  layers(report, os);
  os << '\n';
  auto line = [&](const char *what, const llvm::Twine &value) {
    os << llvm::formatv("  {0,-14} ", what) << value << '\n';
  };
  auto timed = [&](int64_t cycles) {
    std::optional<double> seconds = report.seconds(cycles);
    return grouped(cycles) + " cycles" + (seconds ? ", " + shownDuration(*seconds) : "") + " (estimate)";
  };
  const Cycles &c = report.steady;
  line("network", grouped(report.macs) + " multiply-accumulates (exact)");
  line("inference", timed(c.total()));
  line("  made of", "compute " + grouped(c.compute) + " + fork " + grouped(c.fork) + " + barrier " +
                        grouped(c.barrier) + " + waiting for transfers " + grouped(c.exposed) +
                        "; the engines are busy for " + grouped(c.transfer));
  line("cold start", timed(report.cold()) + ": loads " + grouped(report.residentBytes) +
                         " bytes of weights that then stay in L2");
  if (report.fetchedBytes > report.bandBytes)
    line("from L3",
         grouped(report.fetchedBytes - report.bandBytes) + " bytes of weights in each inference (exact)");
  if (report.l1)
    line("L1", memoryText(*report.l1) + " (exact)");
  line("L2", memoryText(report.l2) + " (exact); least possible " + grouped(report.l2LeastBytes) +
                 " (bound); parameters " + grouped(report.parameterBytes) + " beside it");
  if (report.l3)
    line("L3", memoryText(*report.l3) + " for activations, of which " + grouped(report.bandBytes) +
                   " bytes come to L2 or leave it in each inference (exact)");
  line("clock", report.clockHz ? grouped(report.clockHz->value) + " Hz, " + toString(report.clockHz->kind)
                               : std::string("not stated; --set clock_hz=100MHz gives times"));
  line("rests on",
       "figures of " + report.target + ": " + kindsOf(report.figures) +
           "; m measured, p published, a assumed, s set by user. Bytes, transfers and work are exact");
  for (const LayerReport &r : report.layers)
    if (r.layer.fetch.bytes > 0) {
      const predict::Fetch &f = r.layer.fetch;
      std::string behind;
      for (int64_t number : f.behind)
        behind += (behind.empty() ? "" : ", ") + std::to_string(number);
      line("", "layer " + llvm::Twine(r.layer.number) + (f.activations > 0 ? " moves " : " fetches ") +
                   grouped(f.bytes) + " bytes in " + grouped(std::llround(f.cycles)) + " cycles, " +
                   grouped(std::llround(f.exposed)) + " waited for" +
                   (behind.empty() ? "" : ", the rest hidden behind layers " + behind));
    }
  if (report.deadline) {
    double seconds = model::nearestDouble(report.deadline->seconds);
    double spare = seconds - report.seconds(c.total()).value_or(0);
    line("deadline", shownDuration(seconds) + (report.deadline->met ? ": met, " : ": missed by ") +
                         shownDuration(std::abs(spare)) + (report.deadline->met ? " to spare" : "") +
                         " (estimate)");
  }
}

} // namespace dyadic::report
