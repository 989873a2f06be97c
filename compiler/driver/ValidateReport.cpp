// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One row for each tensor, one column for each machine; then one line for each machine.
#include "compiler/driver/ValidateReport.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

namespace dyadic {
namespace {

using llvm::StringRef;
using validate::Tally;
using validate::Tensor;

/// Names come from the model: nothing in them may steer a terminal.
std::string shown(StringRef name, size_t most) {
  std::string text;
  for (char c : name.take_front(most))
    text += llvm::isPrint(c) ? c : '?';
  return name.size() > most ? text.substr(0, most - 3) + "..." : text;
}

std::string label(const Tensor &tensor) { return tensor.output ? "output " + tensor.name : tensor.name; }

void table(const ValidateReport &report, llvm::raw_ostream &os) {
  size_t width = 4;
  for (const Tensor &tensor : report.tensors)
    width = std::max(width, std::min<size_t>(56, label(tensor).size()));
  auto cell = [&](const llvm::Twine &text, size_t columns) {
    os << "  " << llvm::right_justify(text.str(), static_cast<unsigned>(columns));
  };
  auto columnOf = [](const MachineReport &machine) { return std::max<size_t>(8, machine.name.size()); };
  os << llvm::left_justify("node", static_cast<unsigned>(width));
  cell("elements", 10);
  cell("exact ties", 10);
  cell("near-ties", 9);
  for (const MachineReport &machine : report.machines)
    cell(machine.name, columnOf(machine));
  os << '\n';
  for (size_t i = 0; i < report.tensors.size(); ++i) {
    os << llvm::left_justify(shown(label(report.tensors[i]), width), static_cast<unsigned>(width));
    cell(llvm::Twine(report.machines[0].comparison->tallies()[i].compared), 10);
    bool tied = !report.tensors[i].output;
    cell(tied ? llvm::Twine(report.ties[i].exact) : llvm::Twine(""), 10);
    cell(tied ? llvm::Twine(report.ties[i].near) : llvm::Twine(""), 9);
    for (const MachineReport &machine : report.machines)
      cell(llvm::Twine(machine.comparison->tallies()[i].mismatches), columnOf(machine));
    os << '\n';
  }
}

void expectLines(const ValidateReport &report, llvm::raw_ostream &os) {
  for (const ExpectReport &e : report.machines[0].expect)
    os << llvm::formatv("expected {0}: {1} of {2} values differ, rmse ", shown(e.output, 48),
                        e.likeness.differing, e.likeness.elements)
       << llvm::format("%.4g, mae %.4g, largest difference %.4g, cosine %.9f\n", e.likeness.rmse,
                       e.likeness.mae, e.likeness.largest, e.likeness.cosine);
  if (!report.deviations)
    return;
  int64_t explained = llvm::count_if(*report.deviations, [](const auto &d) { return d.because.has_value(); });
  os << report.deviations->size() << " samples differ by more than float32's error in the last operation; "
     << explained << " of them because of a near-tie\n";
  for (const validate::Deviation &d : *report.deviations) {
    os << "  sample " << d.sample << ": ";
    if (d.because)
      os << "near-tie in " << shown(d.because->key, 48) << ", index " << d.because->index << ", code "
         << d.because->code << " or " << d.because->other << '\n';
    else
      os << "UNEXPLAINED\n";
  }
}

llvm::json::Object toJson(const ValidateReport &report, const MachineReport &machine) {
  const validate::Comparison &comparison = *machine.comparison;
  auto wrongOf = [](const Tally &tally) -> llvm::json::Value {
    if (!tally.first)
      return nullptr;
    return llvm::json::Object{{"sample", tally.first->sample},
                              {"index", tally.first->index},
                              {"found", tally.first->found},
                              {"expected", tally.first->expected}};
  };
  llvm::json::Array layers;
  uint64_t largest = 0;
  for (auto [tensor, tally] : llvm::zip(report.tensors, comparison.tallies())) {
    largest = std::max(largest, tally.largestStep);
    layers.push_back(llvm::json::Object{{"node", llvm::json::fixUTF8(tensor.name)},
                                        {"kind", tensor.output ? "output" : "codes"},
                                        {"compared", tally.compared},
                                        {"mismatches", tally.mismatches},
                                        {"missing", tally.missing},
                                        {"largest_step", tally.largestStep},
                                        {"first_mismatch", wrongOf(tally)}});
  }
  int first = comparison.firstDiverging();
  llvm::json::Object object{{"machine", machine.name},           {"run_by", machine.runner},
                            {"compared", comparison.compared()}, {"mismatches", comparison.mismatches()},
                            {"largest_step", largest},           {"first_diverging", nullptr},
                            {"layers", std::move(layers)}};
  if (first >= 0)
    object["first_diverging"] = llvm::json::fixUTF8(report.tensors[static_cast<size_t>(first)].name);
  if (machine.right) {
    object["correct"] = *machine.right;
    object["accuracy"] = static_cast<double>(*machine.right) / static_cast<double>(report.samples);
  }
  if (!machine.expect.empty()) {
    llvm::json::Array expect;
    for (const ExpectReport &e : machine.expect)
      expect.push_back(llvm::json::Object{{"output", llvm::json::fixUTF8(e.output)},
                                          {"elements", e.likeness.elements},
                                          {"differing", e.likeness.differing},
                                          {"rmse", e.likeness.rmse},
                                          {"mae", e.likeness.mae},
                                          {"largest_difference", e.likeness.largest},
                                          {"cosine", e.likeness.cosine}});
    object["expect"] = std::move(expect);
  }
  return object;
}

} // namespace

std::string describeFirst(const ValidateReport &report, const MachineReport &machine) {
  int first = machine.comparison->firstDiverging();
  if (first < 0)
    return "";
  auto i = static_cast<size_t>(first);
  const Tally &tally = machine.comparison->tallies()[i];
  std::string text = "'" + shown(label(report.tensors[i]), 80) + "'";
  if (tally.first)
    text += llvm::formatv(", sample {0}, index {1}: {2}, not {3}", tally.first->sample, tally.first->index,
                          tally.first->found, tally.first->expected);
  else
    text += llvm::formatv(", {0} elements missing or twice", tally.missing);
  return text;
}

void print(const ValidateReport &report, llvm::raw_ostream &os) {
  table(report, os);
  os << '\n';
  for (const MachineReport &machine : report.machines) {
    const validate::Comparison &c = *machine.comparison;
    os << llvm::formatv("{0,-10} {1} samples, {2} elements compared, {3} mismatches", machine.name,
                        report.samples, c.compared(), c.mismatches());
    uint64_t largest = 0;
    for (const Tally &tally : c.tallies())
      largest = std::max(largest, tally.largestStep);
    if (c.mismatches() != 0)
      os << ", largest step " << largest << ", first in " << describeFirst(report, machine);
    if (machine.runner != machine.name && !StringRef(machine.name).ends_with("@" + machine.runner))
      os << ", run by " << machine.runner;
    if (machine.right)
      os << llvm::formatv(", accuracy {0:f2} % ({1})",
                          100.0 * static_cast<double>(*machine.right) / static_cast<double>(report.samples),
                          *machine.right);
    os << '\n';
  }
  expectLines(report, os);
}

void addTo(llvm::json::Object &object, const ValidateReport &report) {
  llvm::json::Array machines, ties;
  for (const MachineReport &machine : report.machines)
    machines.push_back(toJson(report, machine));
  for (auto [tensor, touched] : llvm::zip(report.tensors, report.ties))
    if (!tensor.output)
      ties.push_back(llvm::json::Object{{"node", llvm::json::fixUTF8(tensor.name)},
                                        {"exact_ties", touched.exact},
                                        {"near_ties", touched.near}});
  object["samples"] = report.samples;
  object["machines"] = std::move(machines);
  object["ties"] = std::move(ties);
  if (!report.deviations)
    return;
  llvm::json::Array deviations;
  int64_t unexplained = 0;
  for (const validate::Deviation &d : *report.deviations) {
    llvm::json::Object entry{{"sample", d.sample}, {"near_tie", nullptr}};
    unexplained += !d.because;
    if (d.because)
      entry["near_tie"] = llvm::json::Object{{"node", llvm::json::fixUTF8(d.because->key)},
                                             {"index", d.because->index},
                                             {"code", d.because->code},
                                             {"other", d.because->other},
                                             {"distance", d.because->distance},
                                             {"bound", d.because->bound}};
    deviations.push_back(std::move(entry));
  }
  object["deviations"] = std::move(deviations);
  object["unexplained"] = unexplained;
}

} // namespace dyadic
