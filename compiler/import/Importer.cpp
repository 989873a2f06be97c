// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Goes through the graph once: each node is folded, emitted or refused.
#include "compiler/import/Importer.h"
#include "compiler/import/Text.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
namespace dyadic::import_ {

// A small file may not ask for much memory: what folding makes is bounded by what the file brought.
constexpr int64_t freeElements = int64_t(1) << 24, elementsPerByte = 16;

Importer::Importer(MLIRContext &context, const onnx::ModelProto &model, const ImportOptions &options,
                   const Listing &listing, llvm::StringRef folder, int64_t fileBytes)
    : context(context), builder(&context), options(options), external(folder), model(model),
      graph(model.graph()), listing(listing), budget(freeElements + elementsPerByte * fileBytes) {}

Location Importer::locate(const Listing::Place &place, llvm::StringRef name) {
  Location line = FileLineColLoc::get(&context, listing.name, place.line, place.column);
  return name.empty() ? line : NameLoc::get(StringAttr::get(&context, name), line);
}

Location Importer::nodeLoc(int node) {
  const auto &proto = graph.node(node);
  return locate(listing.nodes[node], !proto.name().empty() ? proto.name()
                                     : proto.output_size() ? proto.output(0)
                                                           : proto.op_type());
}

void Importer::report(Location loc, const llvm::Twine &message) {
  constexpr int64_t most = 100;
  if (++problems <= most)
    emitError(loc) << message;
}

LogicalResult Importer::reserve(Node &node, int64_t count) {
  if (count <= budget) {
    budget -= count;
    return success();
  }
  return node.refuse("folding its constants needs " + llvm::Twine(count) +
                         " more elements than a file of this size may ask for",
                     "constants in proportion to the file", "simplify the model before export");
}

Entry Importer::readInitialiser(const onnx::TensorProto &stored, Location loc, const std::string &reader) {
  Entry entry;
  if (auto tensor = readTensor(stored, external)) {
    budget += tensor->count() * elementsPerByte; // external data counts like the file itself
    entry.constant = std::make_shared<const Constant>(std::move(*tensor));
  } else {
    report(loc, reader + " reads initialiser '" + shown(stored.name()) +
                    "': " + llvm::toString(tensor.takeError()) + "; export the model again");
    entry.poisoned = true;
  }
  return entry;
}

Entry Importer::lookUp(const std::string &name, Location loc, const std::string &reader) {
  if (auto known = values.find(name); known != values.end())
    return known->second;
  if (auto stored = initialisers.find(name); stored != initialisers.end())
    return values[name] = readInitialiser(*stored->second, loc, reader);
  report(loc, reader + " reads '" + shown(name) +
                  "', which no node, input or initialiser provides; export the model again");
  Entry entry;
  entry.poisoned = true;
  return values[name] = entry;
}

const Operator *Importer::operatorOf(const onnx::NodeProto &proto, Location loc, int64_t &version) {
  const std::string &domain = proto.domain();
  bool standard = domain.empty() || domain == "ai.onnx";
  bool quantiser = domain == "qonnx.custom_op.general" || domain == "onnx.brevitas" ||
                   domain == "brevitas.onnx" || domain == "finn.custom_op.general";
  auto import = opsets.find(standard ? "" : domain);
  version = import == opsets.end() ? 1 : import->second;
  const Operators *ops = standard                                    ? &standardOperators()
                         : quantiser                                 ? &quantOperators()
                         : domain == "qonnx.custom_op.channels_last" ? &channelsLastOperators()
                                                                     : nullptr;
  if (ops)
    if (auto found = ops->find(proto.op_type()); found != ops->end())
      return &found->second;
  std::string name = nodeName(proto);
  if (standard && quantOperators().count(proto.op_type())) {
    report(loc, name + ": found a quantiser without its domain; supported: domain qonnx.custom_op.general, "
                       "onnx.brevitas or "
                       "finn.custom_op.general; set the node's domain");
    return nullptr;
  }
  std::string advice = "replace it in the network before export, or keep it outside of the exported part";
  if (proto.op_type() == "QuantizeLinear" || proto.op_type() == "QLinearConv" ||
      proto.op_type() == "QLinearMatMul")
    advice = "export QONNX (Quant nodes), not QDQ or QOperator";
  if (proto.op_type().empty()) {
    report(loc, name + ": it has no operator; every node needs one: export the model again");
    return nullptr;
  }
  report(loc, name + ": found operator " + shown(proto.op_type()) +
                  (domain.empty() ? "" : " of domain '" + shown(domain) + "'") + "; it is not supported; " +
                  advice);
  return nullptr;
}

/// An If whose condition is known is the nodes of one of its branches (PyTorch exports squeeze() so).
void Importer::importIf(const onnx::NodeProto &proto, Location loc) {
  auto poison = [&] {
    for (const std::string &name : proto.output())
      values[name].poisoned = true;
  };
  Entry condition = proto.input_size() == 1 ? lookUp(proto.input(0), loc, nodeName(proto)) : Entry();
  if (condition.poisoned)
    return poison();
  if (!condition.constant || condition.constant->count() != 1) {
    report(
        loc,
        nodeName(proto) +
            ": found: a condition that depends on the values of a graph input; supported: conditions known "
            "at compile time; replace it in the network before export");
    return poison();
  }
  const char *wanted = condition.constant->number(0) != 0 ? "then_branch" : "else_branch";
  const onnx::GraphProto *branch = nullptr;
  for (const auto &a : proto.attribute())
    if (a.name() == wanted && a.type() == onnx::AttributeProto::GRAPH)
      branch = &a.g();
  if (!branch || branch->output_size() != proto.output_size()) {
    report(loc, nodeName(proto) + ": its " + wanted +
                    " is missing or has other outputs than the node; export the model again");
    return poison();
  }
  // Names made within a branch end with it; those around it come back.
  std::vector<std::pair<std::string, Entry>> hidden;
  std::vector<std::string> inner;
  auto enter = [&](const std::string &name) {
    if (auto known = values.find(name); known != values.end()) {
      hidden.emplace_back(name, known->second);
      values.erase(known);
    }
    inner.push_back(name);
  };
  for (const auto &stored : branch->initializer()) {
    enter(stored.name());
    values[stored.name()] = readInitialiser(stored, loc, nodeName(proto));
  }
  for (const auto &node : branch->node()) {
    for (const std::string &name : node.output())
      enter(name);
    Location place = loc;
    if (auto outer = dyn_cast<NameLoc>(loc))
      place = outer.getChildLoc();
    importNode(node, node.name().empty()
                         ? loc
                         : Location(NameLoc::get(StringAttr::get(&context, node.name()), place)));
  }
  std::vector<Entry> results;
  for (const auto &output : branch->output())
    results.push_back(lookUp(output.name(), loc, nodeName(proto)));
  for (const std::string &name : inner)
    values.erase(name);
  for (auto &[name, entry] : hidden)
    values[name] = entry;
  for (int k = 0; k < proto.output_size(); ++k)
    values[proto.output(k)] = results[k];
}

void Importer::importNode(const onnx::NodeProto &proto, Location loc) {
  if (proto.op_type() == "If" && (proto.domain().empty() || proto.domain() == "ai.onnx"))
    return importIf(proto, loc);
  auto poison = [&] {
    for (const std::string &name : proto.output())
      if (!name.empty())
        values[name].poisoned = true;
  };
  int64_t version = 1;
  const Operator *op = operatorOf(proto, loc, version);
  Node node(*this, proto, loc, version, makeKey(proto));
  bool poisoned = !op, constants = true, integers = false;
  for (const std::string &name : proto.input()) {
    Entry entry;
    if (!name.empty())
      entry = lookUp(name, loc, nodeName(proto));
    poisoned |= entry.poisoned;
    constants &= !entry.value;
    integers |= entry.value && entry.type != Type::f32;
    node.entries.push_back(std::move(entry));
  }
  if (poisoned)
    return poison();
  auto accepted = [&]() -> LogicalResult {
    int n = proto.input_size();
    if (n < op->least || n > op->most)
      return node.broken("it has " + llvm::Twine(n) + " inputs",
                         llvm::Twine(op->least) +
                             (op->most == op->least ? llvm::Twine("")
                              : op->most > 1000     ? llvm::Twine(" or more")
                                                    : " to " + llvm::Twine(op->most)) +
                             " are needed");
    for (int k = 0; k < op->least; ++k)
      if (!node.has(k))
        return node.broken("its input " + llvm::Twine(k) + " is left out", "it is needed");
    if (constants)
      return op->fold ? op->fold(node) : foldByRunning(node, *op);
    if (!op->emit)
      return node.refuse("its input depends on a graph input", "this operator on constants only",
                         "replace it in the network before export");
    if (integers && !op->integers)
      return node.refuse("it computes on an integer graph input", "Cast to float first, then arithmetic",
                         "cast the input to float");
    return op->emit(node);
  };
  if (failed(accepted()))
    return poison();
  for (const std::string &name : proto.output())
    if (!name.empty() && isUsed(name) && !values.count(name)) {
      (void)node.refuse("its output '" + shown(name) + "' is used", "the first output of this operator",
                        "do not use further outputs");
      return poison();
    }
}

OwningOpRef<ModuleOp> Importer::run(llvm::StringRef sha256) {
  Location top = locate({1, 1}, "");
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, top);
  builder.setInsertionPointToEnd(module->getBody());
  auto function = func::FuncOp::create(builder, top, "main", builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(function.addEntryBlock());
  std::string producer =
      model.producer_name() + (model.producer_version().empty() ? "" : " " + model.producer_version());
  readOpsets();
  checkNames();
  if (model.functions_size())
    report(top, "the model defines functions of its own; plain graphs are supported: inline them before "
                "export (onnx.inliner)");
  if (graph.output_size() == 0)
    report(top, "the graph has no outputs; at least one is needed: export the model again");
  orderNodes();
  declareInputs(function);
  if (!order.empty() || problems == 0) {
    for (int index : order)
      importNode(graph.node(index), nodeLoc(index));
    finish(function);
  }
  if (problems && bakedBatch > 1 && bakedBatch != options.batch)
    emitRemark(top) << "the first axis of each input, " << bakedBatch
                    << " in the file, counts samples and was set to " << options.batch << " (--batch)";
  if (problems || !usage.empty()) {
    (*module)->setAttr("qonnx.batch", builder.getI64IntegerAttr(options.batch));
    if (problems && usage.empty() && salvage(function))
      partial = std::move(module);
    return {};
  }
  auto opset = opsets.find("");
  (*module)->setAttr("qonnx.producer", builder.getStringAttr(producer));
  (*module)->setAttr("qonnx.opset", builder.getI64IntegerAttr(opset == opsets.end() ? 0 : opset->second));
  (*module)->setAttr("qonnx.model_sha256", builder.getStringAttr(sha256));
  (*module)->setAttr("qonnx.batch", builder.getI64IntegerAttr(options.batch));
  // Every handler checked what it built; a verifier complaint is a fault of dyadic, still with the node's
  // name.
  if (failed(verify(*module))) {
    ++problems;
    return {};
  }
  return module;
}

void Importer::finish(func::FuncOp function) {
  SmallVector<Value> results;
  SmallVector<int> kept, constant;
  bool network = false, live = false;
  for (int k = 0; k < graph.output_size(); ++k) {
    const std::string &name = graph.output(k).name();
    Entry entry = lookUp(name, locate(listing.outputs[k], name), "graph output");
    live |= entry.poisoned || entry.value;
    if (entry.poisoned)
      continue;
    if (!entry.value) {
      constant.push_back(k);
      continue;
    }
    network |= entry.value.getDefiningOp() != nullptr;
    results.push_back(entry.value);
    kept.push_back(k);
  }
  // Scale, zero point and bit width of a quantised tensor are exported as outputs beside its values.
  for (int k : constant) {
    const std::string &name = graph.output(k).name();
    Location loc = locate(listing.outputs[k], name);
    if (live)
      emitWarning(loc) << "graph output '" << shown(name)
                       << "' is a constant: it depends on no input; it is left out";
    else
      report(loc,
             "graph output '" + shown(name) + "' is a constant: it depends on no input" +
                 (graph.node_size() == 0 ? llvm::Twine(", and the graph has no nodes") : llvm::Twine("")) +
                 "; recurrent and attention layers are sometimes exported like this; export the network with "
                 "its layers in the graph");
  }
  checkHeads(function);
  if (problems)
    return;
  if (!network)
    return report(locate({1, 1}, ""), "the graph computes nothing: its outputs are its inputs; export the "
                                      "network with its layers in the graph");
  func::ReturnOp::create(builder, function.getLoc(), results);
  function.setFunctionType(
      builder.getFunctionType(function.getArgumentTypes(), TypeRange(ValueRange(results))));
  for (auto [i, k] : llvm::enumerate(kept))
    function.setResultAttr(i, "qonnx.name", builder.getStringAttr(graph.output(k).name()));
}

/// Softmax and ArgMax have a meaning for codes only at the very end.
void Importer::checkHeads(func::FuncOp function) {
  function.walk([&](Operation *op) {
    if (!isa<qonnx::SoftmaxOp, qonnx::ArgMaxOp>(op))
      return;
    if (!op->use_empty()) // outputs are not tied to a return yet
      return report(op->getLoc(), llvm::Twine(isa<qonnx::SoftmaxOp>(op) ? "Softmax" : "ArgMax") +
                                      " is followed by another operator; it is supported as the "
                                      "last operator before a graph output; end the exported network there");
  });
}

} // namespace dyadic::import_
