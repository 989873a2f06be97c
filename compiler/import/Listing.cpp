// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the listing: inputs, one line per node with short summaries of its constants, outputs.
#include "compiler/import/Listing.h"
#include "compiler/import/Reader.h"
#include "compiler/import/Text.h"
#include "llvm/ADT/StringExtras.h"
#include <cstring>
#include <unordered_map>

namespace dyadic::import_ {
namespace {

constexpr size_t mostOfName = 100, mostOfLine = 600, mostInLists = 12;

/// "float32[16, 3, 3, 3]", or the value of a single float or int64.
std::string summary(const onnx::TensorProto &t) {
  bool single = t.dims_size() == 0 || (t.dims_size() == 1 && t.dims(0) == 1);
  if (single && t.data_type() == onnx::TensorProto::FLOAT) {
    float value;
    if (t.raw_data().size() == sizeof value) {
      std::memcpy(&value, t.raw_data().data(), sizeof value);
      return shown(value);
    }
    if (t.float_data_size() == 1)
      return shown(t.float_data(0));
  }
  if (single && t.data_type() == onnx::TensorProto::INT64) {
    int64_t value;
    if (t.raw_data().size() == sizeof value) {
      std::memcpy(&value, t.raw_data().data(), sizeof value);
      return std::to_string(value);
    }
    if (t.int64_data_size() == 1)
      return std::to_string(t.int64_data(0));
  }
  Dims dims(t.dims().begin(), t.dims().end());
  return elementTypeName(t.data_type()) + shown(dims);
}

template <typename List, typename Print> std::string listed(const List &list, Print print) {
  std::string out = "[";
  size_t k = 0;
  for (const auto &item : list) {
    if (k == mostInLists)
      return out + ", ...]";
    out += (k++ ? ", " : "") + print(item);
  }
  return out + "]";
}

std::string attribute(const onnx::AttributeProto &a) {
  std::string out = shown(a.name(), 40) + "=";
  switch (a.type()) {
  case onnx::AttributeProto::INT:
    return out + std::to_string(a.i());
  case onnx::AttributeProto::FLOAT:
    return out + shown(a.f());
  case onnx::AttributeProto::STRING:
    return out + "\"" + shown(a.s(), 40) + "\"";
  case onnx::AttributeProto::INTS:
    return out + listed(a.ints(), [](int64_t v) { return std::to_string(v); });
  case onnx::AttributeProto::FLOATS:
    return out + listed(a.floats(), [](float v) { return shown(v); });
  case onnx::AttributeProto::TENSOR:
    return out + summary(a.t());
  default:
    return out + "(" + llvm::StringRef(onnx::AttributeProto::AttributeType_Name(a.type())).lower() + ")";
  }
}

std::string valueInfo(const onnx::ValueInfoProto &info) {
  std::string out = shown(info.name(), mostOfName) + ": ";
  if (!info.type().has_tensor_type())
    return out + "not a tensor";
  out += elementTypeName(info.type().tensor_type().elem_type());
  if (!info.type().tensor_type().has_shape())
    return out + ", no shape";
  return out +
         listed(info.type().tensor_type().shape().dim(), [](const onnx::TensorShapeProto::Dimension &d) {
           return d.has_dim_value()       ? std::to_string(d.dim_value())
                  : d.dim_param().empty() ? "?"
                                          : shown(d.dim_param(), 40);
         });
}

} // namespace

Listing makeListing(const onnx::ModelProto &model, llvm::StringRef fileName) {
  Listing out;
  out.name = shown(fileName) + ".listing";
  const onnx::GraphProto &graph = model.graph();
  std::unordered_map<std::string, const onnx::TensorProto *> initialisers;
  for (const auto &t : graph.initializer())
    initialisers.emplace(t.name(), &t);

  unsigned line = 0;
  auto write = [&](std::string text) {
    if (text.size() > mostOfLine)
      text.resize(mostOfLine), text += "...";
    out.text += text + "\n";
    ++line;
  };
  auto place = [&](unsigned column) { return Listing::Place{line + 1, column}; };

  std::string head = shown(fileName) + ": " + shown(model.producer_name(), 40) + " " +
                     shown(model.producer_version(), 40) + ", IR " + std::to_string(model.ir_version());
  for (const auto &import : model.opset_import())
    head += ", " + (import.domain().empty() ? "opset" : shown(import.domain(), 60)) + " " +
            std::to_string(import.version());
  write(head);
  for (const auto &input : graph.input()) {
    out.inputs.push_back(place(7));
    if (!initialisers.count(input.name()))
      write("input " + valueInfo(input));
  }
  for (const auto &node : graph.node()) {
    std::string outputs, inputs, attributes;
    for (const auto &name : node.output())
      outputs += (outputs.empty() ? "" : ", ") + shown(name, mostOfName);
    outputs = outputs.substr(0, 3 * mostOfName);
    for (const auto &name : node.input()) {
      if (inputs.size() > mostOfLine)
        break;
      auto known = initialisers.find(name);
      inputs += inputs.empty() ? "" : ", ";
      inputs += name.empty() ? "-" : shown(name, mostOfName);
      if (known != initialisers.end())
        inputs.append("=").append(summary(*known->second));
    }
    for (const auto &a : node.attribute()) {
      if (attributes.size() > mostOfLine)
        break;
      attributes += (attributes.empty() ? " {" : ", ") + attribute(a);
    }
    out.nodes.push_back(place(unsigned(outputs.size()) + 4));
    write(outputs + " = " + shown(node.op_type(), mostOfName) + "(" + inputs + ")" + attributes +
          (attributes.empty() ? "" : "}") +
          (node.name().empty() ? "" : "  # " + shown(node.name(), mostOfName)));
  }
  for (const auto &output : graph.output()) {
    out.outputs.push_back(place(8));
    write("output " + valueInfo(output));
  }
  return out;
}

} // namespace dyadic::import_
