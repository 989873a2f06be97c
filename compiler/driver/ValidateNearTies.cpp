// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic validate --near-ties`: without samples, what a float32 executor may decide otherwise.
#include "compiler/driver/Validation.h"
#include "compiler/validate/Robustness.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

namespace dyadic {
namespace {

using validate::NearThreshold;
using validate::NodeRobustness;

/// Names come from the model: nothing in them may steer a terminal.
std::string shown(llvm::StringRef name) {
  std::string text;
  for (char c : name)
    text += llvm::isPrint(c) ? c : '?';
  return text;
}

std::string rangeOf(const NearThreshold &row) {
  return std::to_string(row.first) + (row.last == row.first ? "" : ".." + std::to_string(row.last));
}

void list(const std::vector<NodeRobustness> &nodes, llvm::raw_ostream &os) {
  os << "node\tchannel\tk\tposition\tinteger\tdistance\tbound\n";
  for (const NodeRobustness &node : nodes)
    for (const NearThreshold &row : node.rows)
      os << shown(node.key) << '\t' << row.channel << '\t' << rangeOf(row) << '\t'
         << model::toString(row.position) << '\t' << row.integer
         << llvm::format("\t%.3g\t%.3g\n", row.distance, row.bound);
  os << '\n';
  for (const NodeRobustness &node : nodes) {
    os << llvm::left_justify(nameOf(node.verdict), 11) << shown(node.key) << ": ";
    if (node.verdict == NodeRobustness::Verdict::Input)
      os << "the codes of an input, which the caller gives\n";
    else if (node.verdict == NodeRobustness::Verdict::Undecided)
      os << node.why << '\n';
    else
      os << node.channels << " channels, " << node.thresholds << " thresholds, " << node.nearTies
         << " near-ties, " << node.exactTies << " exact ties\n";
  }
}

} // namespace

llvm::Error listRobustness(const ModelArguments &arguments, Session &session) {
  llvm::Expected<LoadedModel> loaded = loadModel(arguments, session);
  if (!loaded)
    return loaded.takeError();
  if (loaded->level != Level::Qonnx)
    return failure(ExitCode::Usage, "--near-ties needs the ONNX file, or a module of level qonnx");
  session.phase("derive thresholds");
  llvm::Expected<std::vector<NodeRobustness>> nodes = validate::robustnessOf(*loaded->module);
  if (!nodes)
    return nodes.takeError();
  session.endPhase();
  list(*nodes, session.out());
  int64_t nearTies = 0, exactTies = 0, robust = 0;
  llvm::json::Array all;
  for (const NodeRobustness &node : *nodes) {
    nearTies += node.nearTies;
    exactTies += node.exactTies;
    robust += node.verdict == NodeRobustness::Verdict::Robust;
    llvm::json::Array rows;
    for (const NearThreshold &row : session.json() ? node.rows : std::vector<NearThreshold>())
      rows.push_back(llvm::json::Object{{"channel", row.channel},
                                        {"k_first", row.first},
                                        {"k_last", row.last},
                                        {"position", model::toString(row.position)},
                                        {"integer", row.integer},
                                        {"distance", row.distance},
                                        {"bound", row.bound}});
    llvm::json::Object object{{"node", llvm::json::fixUTF8(node.key)},
                              {"verdict", nameOf(node.verdict)},
                              {"channels", node.channels},
                              {"thresholds", node.thresholds},
                              {"near_ties", node.nearTies},
                              {"exact_ties", node.exactTies},
                              {"rows", std::move(rows)}};
    if (!node.why.empty())
      object["why"] = node.why;
    all.push_back(std::move(object));
  }
  session.out() << robust << " of " << nodes->size() << " nodes robust, " << nearTies << " near-ties, "
                << exactTies << " exact ties\n";
  session.object()["robust_nodes"] = robust;
  session.object()["near_ties"] = nearTies;
  session.object()["exact_ties"] = exactTies;
  session.object()["nodes"] = std::move(all);
  return llvm::Error::success();
}

} // namespace dyadic
