// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operator sets, names, order and keys: what must hold before any node is read.
#include "compiler/import/Importer.h"
#include "compiler/import/Text.h"

using namespace mlir;
namespace dyadic::import_ {

constexpr int64_t oldestOpset = 9, newestOpset = 23;

static std::string plainDomain(const std::string &domain) { return domain == "ai.onnx" ? "" : domain; }

void Importer::readOpsets() {
  Location loc = locate({1, 1}, "");
  for (const auto &import : model.opset_import()) {
    std::string domain = plainDomain(import.domain());
    auto [place, isNew] = opsets.emplace(domain, import.version());
    if (!isNew && place->second != import.version())
      report(loc, "the model imports domain '" + shown(domain) + "' in versions " +
                      llvm::Twine(place->second) + " and " + llvm::Twine(import.version()) +
                      "; one version is needed: export it again");
  }
  auto standard = opsets.find("");
  bool needed = llvm::any_of(graph.node(), [](const auto &n) { return plainDomain(n.domain()).empty(); });
  if (standard == opsets.end()) {
    if (needed)
      report(
          loc,
          "the model does not say which ONNX opset its operators belong to (no opset_import); opsets 9 to 23 "
          "are supported; export it again");
  } else if (standard->second < oldestOpset || standard->second > newestOpset) {
    report(loc, "the model uses ONNX opset " + llvm::Twine(standard->second) +
                    "; opsets 9 to 23 are supported; export it with opset_version=13, or convert it");
  }
}

void Importer::checkNames() {
  for (const auto &t : graph.initializer())
    if (t.name().empty())
      report(locate({1, 1}, ""),
             "an initialiser has no name; every initialiser needs one: export the model again");
    else if (!initialisers.emplace(t.name(), &t).second)
      report(locate({1, 1}, ""), "two initialisers are called '" + shown(t.name()) +
                                     "'; tensor names must differ: export the model again");
  if (graph.sparse_initializer_size())
    report(locate({1, 1}, ""),
           "the model holds sparse initialisers; dense ones are supported: export the weights dense");
  for (int k = 0; k < graph.input_size(); ++k) {
    const std::string &name = graph.input(k).name();
    if (initialisers.count(name))
      continue;
    Location loc = locate(listing.inputs[k], name);
    if (name.empty())
      report(loc, "a graph input has no name; every input needs one: export the model again");
    else if (!inputNames.insert(name).second)
      report(loc, "two graph inputs are called '" + shown(name) +
                      "'; tensor names must differ: export the model again");
  }
  for (int k = 0; k < graph.node_size(); ++k)
    for (const std::string &name : graph.node(k).output()) {
      if (name.empty())
        continue;
      bool taken = initialisers.count(name) || inputNames.count(name);
      if (!producers.emplace(name, k).second || taken)
        report(nodeLoc(k), nodeName(graph.node(k)) + " writes '" + shown(name) + "', which " +
                               (taken ? "is an input or initialiser already" : "another node writes too") +
                               "; each tensor has one source: export the model again");
    }
  std::set<std::string> outputs;
  for (int k = 0; k < graph.output_size(); ++k)
    if (!outputs.insert(graph.output(k).name()).second)
      report(locate(listing.outputs[k], graph.output(k).name()),
             "two graph outputs are called '" + shown(graph.output(k).name()) +
                 "'; output names must differ: export the model again");
}

/// What a node reads: its inputs, and what the branches of an If read from around them.
static void collectReads(const onnx::NodeProto &node, std::vector<std::string> &reads) {
  reads.insert(reads.end(), node.input().begin(), node.input().end());
  for (const auto &a : node.attribute()) {
    if (a.type() != onnx::AttributeProto::GRAPH)
      continue;
    std::unordered_set<std::string> own;
    std::vector<std::string> inner;
    for (const auto &stored : a.g().initializer())
      own.insert(stored.name());
    for (const auto &each : a.g().node()) {
      collectReads(each, inner);
      own.insert(each.output().begin(), each.output().end());
    }
    for (const auto &output : a.g().output())
      inner.push_back(output.name());
    for (std::string &name : inner)
      if (!own.count(name))
        reads.push_back(std::move(name));
  }
}

static void collectOutputs(const onnx::NodeProto &node, std::unordered_set<std::string> &names) {
  for (const auto &a : node.attribute())
    for (const auto &each : a.g().node()) {
      for (const std::string &name : each.output())
        if (!name.empty())
          names.insert(name);
      collectOutputs(each, names);
    }
}

void Importer::orderNodes() {
  // Depth first from the outputs, without recursion: state 1 is "on the path", so that meeting it is a cycle.
  std::vector<uint8_t> state(graph.node_size(), 0);
  struct Step {
    int node, next;
  };
  std::vector<Step> path;
  bool cycle = false;
  std::vector<std::vector<std::string>> reads(graph.node_size());
  for (int k = 0; k < graph.node_size(); ++k)
    collectReads(graph.node(k), reads[k]);
  // Which outputs of nodes within branches are read is not followed: all of them count as used.
  for (const auto &node : graph.node())
    collectOutputs(node, used);
  auto enter = [&](const std::string &name) {
    if (!name.empty())
      used.insert(name);
    auto source = producers.find(name);
    if (source == producers.end() || state[source->second] == 2)
      return;
    if (state[source->second] == 1) {
      if (!cycle)
        report(nodeLoc(source->second),
               nodeName(graph.node(source->second)) +
                   " depends on its own output; a network has no cycles: export the model again");
      cycle = true;
      return;
    }
    state[source->second] = 1;
    path.push_back({source->second, 0});
  };
  for (const auto &output : graph.output()) {
    enter(output.name());
    while (!path.empty()) {
      const auto &names = reads[path.back().node];
      if (path.back().next < int(names.size())) {
        enter(names[path.back().next++]);
        continue;
      }
      state[path.back().node] = 2;
      path.pop_back();
    }
  }
  // The file's own order where it is one: listings, taps and reports then follow it.
  std::vector<int> missing(graph.node_size(), 0);
  std::vector<std::vector<int>> readers(graph.node_size());
  std::set<int> ready;
  for (int k = 0; k < graph.node_size() && !cycle; ++k) {
    if (state[k] != 2)
      continue;
    for (const std::string &name : reads[k])
      if (auto source = producers.find(name); source != producers.end())
        readers[source->second].push_back(k), ++missing[k];
    if (!missing[k])
      ready.insert(k);
  }
  while (!ready.empty()) {
    int k = *ready.begin();
    ready.erase(ready.begin());
    order.push_back(k);
    for (int reader : readers[k])
      if (--missing[reader] == 0)
        ready.insert(reader);
  }
}

/// Names reach file names in archives, so '/' becomes '|'; what is still equal afterwards gets a number.
std::string Importer::makeKey(const onnx::NodeProto &node) {
  if (nameCount.empty())
    for (const auto &each : graph.node())
      ++nameCount[each.name()];
  auto count = nameCount.find(node.name());
  bool own = !node.name().empty() && (count == nameCount.end() || count->second == 1);
  std::string key = own ? node.name() : node.output_size() ? node.output(0) : "";
  if (!key.empty() && key.front() == '/')
    key.erase(0, 1);
  std::replace(key.begin(), key.end(), '/', '|');
  std::string unique = key;
  for (int n = 2; !keys.insert(unique).second; ++n)
    unique = key + "#" + std::to_string(n);
  return unique;
}

} // namespace dyadic::import_
