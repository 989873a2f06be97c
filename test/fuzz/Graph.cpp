// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Nodes and constants, written in the several ways in which exporters write them.
#include "test/fuzz/Graph.h"

namespace dyadic::fuzz {

int64_t elements(const Dims &shape) {
  int64_t n = 1;
  for (int64_t extent : shape)
    n *= extent;
  return n;
}

double powerAtOrBelow(double value) {
  int exponent = 0;
  std::frexp(value, &exponent);
  return std::ldexp(1.0, exponent - 1);
}

Graph::Graph(Draws &draws) : d(draws) {
  model.set_producer_name("dyadic-fuzz-nets");
  opset = d.pick<int64_t>({13, 11, 17, 9, 14, 20, 18, 10});
  model.set_ir_version(opset >= 20 ? 10 : opset >= 15 ? 8 : 6);
  auto import = [&](const char *domain, int64_t version) {
    auto &entry = *model.add_opset_import();
    entry.set_domain(domain);
    entry.set_version(version);
  };
  import("", opset);
  // The version of Trunc is that of its domain: general has version 1, brevitas version 2.
  if (!d.chance(20))
    import("qonnx.custom_op.general", 1);
  import("onnx.brevitas", 2);
  import("qonnx.custom_op.channels_last", 1);
  batch = d.chance(20) ? d.between(2, 3) : 1;
  options.batch = batch > 1 && d.chance(50) ? d.pick<int64_t>({batch, 2}) : 1;
  powersOfTwo = d.chance(35);
  style = static_cast<int>(d.below(3));
  constantNodes = d.chance(15);
  share = d.chance(25);
  listed = d.chance(25);
  model.mutable_graph()->set_name("fuzz");
}

std::string Graph::add(onnx::TensorProto tensor) {
  std::string key;
  tensor.SerializeToString(&key);
  if (share)
    if (auto found = known.find(key); found != known.end())
      return found->second;
  std::string name = "c" + std::to_string(nextTensor++);
  known[key] = name;
  if (constantNodes) {
    auto &node = *model.mutable_graph()->add_node();
    node.set_op_type("Constant");
    node.add_output(name);
    auto &value = *node.add_attribute();
    value.set_name("value");
    value.set_type(onnx::AttributeProto::TENSOR);
    *value.mutable_t() = std::move(tensor);
    return name;
  }
  if (listed) {
    auto &info = *model.mutable_graph()->add_input();
    info.set_name(name);
    auto &type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(tensor.data_type());
    type.mutable_shape();
    for (int64_t extent : tensor.dims())
      type.mutable_shape()->add_dim()->set_dim_value(extent);
  }
  tensor.set_name(name);
  *model.mutable_graph()->add_initializer() = std::move(tensor);
  return name;
}

std::string Graph::floats(const std::vector<float> &values, const Dims &shape) {
  onnx::TensorProto t;
  t.set_data_type(onnx::TensorProto::FLOAT);
  for (int64_t extent : shape)
    t.add_dims(extent);
  t.set_raw_data(std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(float)));
  return add(std::move(t));
}

std::string Graph::ints(const std::vector<int64_t> &values, bool isScalar) {
  return ints(values, isScalar ? Dims{} : Dims{static_cast<int64_t>(values.size())});
}

std::string Graph::ints(const std::vector<int64_t> &values, const Dims &shape) {
  onnx::TensorProto t;
  t.set_data_type(onnx::TensorProto::INT64);
  for (int64_t extent : shape)
    t.add_dims(extent);
  for (int64_t v : values)
    t.add_int64_data(v);
  return add(std::move(t));
}

std::string Graph::bytes(const std::vector<int64_t> &values, const Dims &shape, bool isSigned) {
  onnx::TensorProto t;
  t.set_data_type(isSigned ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8);
  for (int64_t extent : shape)
    t.add_dims(extent);
  for (int64_t v : values)
    t.add_int32_data(static_cast<int32_t>(v));
  return add(std::move(t));
}

Tensor Graph::node(const std::string &op, const Tensor &x, std::vector<std::string> inputs, Dims shape,
                   const Attributes &attributes, const std::string &domain) {
  auto &node = *model.mutable_graph()->add_node();
  node.set_op_type(op);
  node.set_domain(domain);
  for (const std::string &input : inputs)
    node.add_input(input);
  Tensor out = x;
  out.name = fresh();
  out.shape = std::move(shape);
  node.add_output(out.name);
  if (style == 0)
    node.set_name(op + "_" + std::to_string(nextTensor));
  else if (style == 1)
    node.set_name("/block." + std::to_string(nextTensor % 3) + "/" + op + std::to_string(nextTensor));
  for (const auto &[name, value] : attributes) {
    auto &a = *node.add_attribute();
    a.set_name(name);
    if (const auto *i = std::get_if<int64_t>(&value)) {
      a.set_type(onnx::AttributeProto::INT);
      a.set_i(*i);
    } else if (const auto *f = std::get_if<float>(&value)) {
      a.set_type(onnx::AttributeProto::FLOAT);
      a.set_f(*f);
    } else if (const auto *s = std::get_if<std::string>(&value)) {
      a.set_type(onnx::AttributeProto::STRING);
      a.set_s(*s);
    } else {
      a.set_type(onnx::AttributeProto::INTS);
      for (int64_t v : std::get<std::vector<int64_t>>(value))
        a.add_ints(v);
    }
  }
  return out;
}

std::string Graph::extraOutput() {
  std::string name = fresh();
  auto &graph = *model.mutable_graph();
  graph.mutable_node(graph.node_size() - 1)->add_output(name);
  return name;
}

void Graph::count(const std::string &row, const Grade &grade) {
  cells.insert({row, {grade.bits > 8 ? 16 : grade.bits, grade.isSigned}});
}

void Graph::output(const Tensor &x, bool isIndex) {
  auto &info = *model.mutable_graph()->add_output();
  info.set_name(x.name);
  auto &type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(isIndex ? onnx::TensorProto::INT64 : onnx::TensorProto::FLOAT);
  type.mutable_shape();
  for (int64_t extent : x.shape)
    type.mutable_shape()->add_dim()->set_dim_value(extent);
}

float Graph::scaleNear(double target) {
  double power = powerAtOrBelow(target);
  if (powersOfTwo)
    return static_cast<float>(d.chance(50) ? power * 2 : power);
  // A short mantissa now and then: ties are possible but rare.
  uint32_t kind = d.below(3);
  if (kind == 0)
    return static_cast<float>(power);
  double mantissa = kind == 1 ? 8 + d.below(8) : std::ldexp(8 + d.below(8), 20) + d.below(1U << 20);
  return static_cast<float>(power * mantissa * (kind == 1 ? 0.125 : std::ldexp(1.0, -23)));
}

float Graph::number(double reach) {
  if (powersOfTwo) {
    double step = powerAtOrBelow(reach) / 8;
    return static_cast<float>(step * static_cast<double>(d.below(17)) * (d.chance(50) ? -1 : 1));
  }
  return static_cast<float>(d.bulk().real() * reach);
}

} // namespace dyadic::fuzz
