// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Prints figures read from the placed module, so that table and code cannot disagree.
#include "compiler/driver/Summary.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace dyadic {
namespace {

using codegen::Figures;
using codegen::LayerFigures;

/// 1234567 as 1,234,567.
std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

/// Names come from the model: nothing in them may steer a terminal.
std::string shown(llvm::StringRef name, size_t most = 40) {
  std::string text;
  for (char c : name.take_front(most))
    text += llvm::isPrint(c) ? c : '?';
  return name.size() > most ? text + "..." : text;
}

bool readsTable(const LayerFigures &layer) { return layer.tableBytes > 0; }
bool isLinear(const LayerFigures &layer) { return layer.macs > 0; }

std::string boundText(const Figures &f) {
  if (f.arenaBytes == 0)
    return "no buffers";
  for (const LayerFigures &l : f.layers)
    if (l.number == f.boundLayer)
      return llvm::formatv("least possible {0}, all alive in layer {1}{2}", grouped(f.arenaBoundBytes),
                           l.number, l.node.empty() ? "" : " (" + shown(l.node) + ")");
  return "least possible " + grouped(f.arenaBoundBytes) + ", all alive at the network's edge";
}

void products(const Figures &f, bool everyNode, llvm::raw_ostream &os) {
  int64_t tables = llvm::count_if(f.layers, readsTable), linear = llvm::count_if(f.layers, isLinear);
  os << llvm::formatv("  {0,-16} {1} of {2} layers multiply, {3} read{4} tables ({5} bytes)\n", "products",
                      linear - tables, linear, tables, tables == 1 ? "s" : "", grouped(f.tableBytes));
  for (const LayerFigures &l : f.layers)
    if (everyNode && isLinear(l))
      os << llvm::formatv("    layer {0,-4} {1} {2}: {3}\n", l.number, readsTable(l) ? "lut" : "mac",
                          shown(l.node), l.why);
}

} // namespace

void summarise(const Figures &f, const OutputSet &files, llvm::StringRef folder, bool everyNode,
               Session &session) {
  llvm::raw_ostream &os = session.out();
  auto line = [&](const char *what, const llvm::Twine &value) {
    os << llvm::formatv("  {0,-16} ", what) << value << '\n';
  };
  uint64_t bytes = 0;
  llvm::json::Array names;
  for (const auto &[name, text] : files.files()) {
    bytes += text.size();
    names.push_back(name);
  }
  line("layers", llvm::Twine(f.layers.size()) + ", " + grouped(f.macs) + " multiply-accumulates");
  line("weights", grouped(f.weightBytes) + " bytes");
  line("parameters", grouped(f.paramBytes) + " bytes");
  if (f.tiled) {
    line("l2", grouped(f.l2Bytes) + " bytes; " + boundText(f));
    line("l1", grouped(f.l1Bytes) + " bytes; " +
                   llvm::Twine(llvm::count_if(f.layers, [](const LayerFigures &l) { return l.tiles > 0; })) +
                   " of " + llvm::Twine(f.layers.size()) + " layers work tile by tile");
    line("l3", grouped(f.residentBytes) + " bytes come to l2 once, " + grouped(f.streamedBytes) +
                   " in each inference");
    if (f.l3Bytes > 0)
      line("activations", grouped(f.l3Bytes) + " bytes in l3, of which " + grouped(f.bandBytes) +
                              " come to l2 or leave it in each inference");
  } else {
    line("arena", grouped(f.arenaBytes) + " bytes; " + boundText(f));
  }
  line("stack", grouped(f.stackBytes) + " bytes at most (bound for 32-bit machines)");
  line("removed", grouped(f.removedChannels) + " constant channels");
  products(f, everyNode, os);
  line("written", llvm::Twine(files.files().size()) + " files, " + grouped(static_cast<int64_t>(bytes)) +
                      " bytes, to " + folder);

  llvm::json::Object &object = session.object();
  object["layer_count"] = static_cast<int64_t>(f.layers.size());
  for (auto &[key, value] : codegen::toJson(f))
    object[key] = std::move(value);
  object["folder"] = llvm::json::fixUTF8(folder);
  object["files"] = std::move(names);
}

void describePlan(const Figures &f, const model::Machine &machine, Session &session) {
  std::string plan = f.tiled ? "l2, the " + machine.l2.memory + ", and tiles in l1"
                             : "one arena in l2, the " + machine.l2.memory;
  if (machine.hasTiles() && !f.tiled) {
    plan += "; l1, transfers and cores beyond the first are not used";
    session.out() << llvm::formatv("  {0,-16} {1}\n", "plan", plan);
  }
  session.object()["plan"] = std::move(plan);
}

} // namespace dyadic
