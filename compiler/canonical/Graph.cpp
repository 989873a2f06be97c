// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fills the ONNX protobuf classes.
#include "compiler/canonical/Graph.h"
#include "llvm/Support/Endian.h"
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace dyadic::canonical {
namespace {

constexpr const char *quantDomain = "qonnx.custom_op.general";

template <typename T> void appendBytes(std::string &bytes, T value) {
  char raw[sizeof(T)];
  llvm::support::endian::write<T, llvm::endianness::little>(raw, value);
  bytes.append(raw, sizeof(T));
}

onnx::AttributeProto &attribute(onnx::NodeProto &node, const char *name,
                                onnx::AttributeProto_AttributeType type) {
  onnx::AttributeProto &a = *node.add_attribute();
  a.set_name(name);
  a.set_type(type);
  return a;
}

} // namespace

int64_t countOf(llvm::ArrayRef<int64_t> shape) {
  int64_t n = 1;
  for (int64_t d : shape)
    n *= d;
  return n;
}

Graph::Graph() {
  model.set_ir_version(8);
  onnx::OperatorSetIdProto &standard = *model.add_opset_import(), &quant = *model.add_opset_import();
  standard.set_domain("");
  standard.set_version(13);
  quant.set_domain(quantDomain);
  quant.set_version(1);
  model.mutable_graph()->set_name("canonical");
}

std::string Graph::fresh(std::set<std::string> &taken, llvm::StringRef wish) {
  std::string name = wish.str();
  for (unsigned n = 2; !taken.insert(name).second; ++n)
    name = wish.str() + "_" + std::to_string(n);
  return name;
}

void Graph::setType(onnx::ValueInfoProto &info, const std::string &name, llvm::ArrayRef<int64_t> shape,
                    int32_t type) {
  info.set_name(name);
  onnx::TypeProto_Tensor &tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  tensor.mutable_shape();
  for (int64_t d : shape)
    tensor.mutable_shape()->add_dim()->set_dim_value(d);
}

onnx::NodeProto &Graph::node(llvm::StringRef type, llvm::StringRef name, llvm::ArrayRef<std::string> inputs,
                             const std::string &output, llvm::ArrayRef<int64_t> shape) {
  onnx::NodeProto &n = *model.mutable_graph()->add_node();
  n.set_op_type(type.str());
  n.set_name(fresh(names, name));
  for (const std::string &input : inputs)
    n.add_input(input);
  n.add_output(output);
  setType(*model.mutable_graph()->add_value_info(), output, shape, onnx::TensorProto_DataType_FLOAT);
  return n;
}

onnx::NodeProto &Graph::quantNode(llvm::StringRef type, llvm::StringRef name,
                                  llvm::ArrayRef<std::string> inputs, const std::string &output,
                                  llvm::ArrayRef<int64_t> shape) {
  onnx::NodeProto &n = node(type, name, inputs, output, shape);
  n.set_domain(quantDomain);
  return n;
}

// The Python executor takes the type of a node's inputs from value_info, so constants stand there as well.
std::string Graph::constant(llvm::StringRef wish, llvm::ArrayRef<int64_t> shape,
                            llvm::ArrayRef<int64_t> values) {
  std::string name = freshTensor(wish);
  onnx::TensorProto &tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto_DataType_FLOAT);
  for (int64_t d : shape)
    tensor.add_dims(d);
  std::string &bytes = *tensor.mutable_raw_data();
  bytes.reserve(values.size() * sizeof(float));
  for (int64_t v : values)
    appendBytes(bytes, static_cast<float>(v));
  setType(*model.mutable_graph()->add_value_info(), name, shape, onnx::TensorProto_DataType_FLOAT);
  return name;
}

std::string Graph::indices(llvm::StringRef wish, llvm::ArrayRef<int64_t> values) {
  std::string name = freshTensor(wish);
  onnx::TensorProto &tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto_DataType_INT64);
  tensor.add_dims(static_cast<int64_t>(values.size()));
  for (int64_t v : values)
    appendBytes(*tensor.mutable_raw_data(), v);
  setType(*model.mutable_graph()->add_value_info(), name, {static_cast<int64_t>(values.size())},
          onnx::TensorProto_DataType_INT64);
  return name;
}

std::string Graph::scalar(int64_t value) {
  std::string name = "const_" + std::to_string(value);
  for (const onnx::TensorProto &known : model.graph().initializer())
    if (known.name() == name && known.dims_size() == 0)
      return name;
  return constant(name, {}, {value});
}

void Graph::input(const std::string &name, llvm::ArrayRef<int64_t> shape, llvm::StringRef what) {
  onnx::ValueInfoProto &info = *model.mutable_graph()->add_input();
  setType(info, name, shape, onnx::TensorProto_DataType_FLOAT);
  info.set_doc_string(what.str());
}

void Graph::output(const std::string &name, llvm::ArrayRef<int64_t> shape, llvm::StringRef what) {
  onnx::ValueInfoProto &info = *model.mutable_graph()->add_output();
  setType(info, name, shape, onnx::TensorProto_DataType_FLOAT);
  info.set_doc_string(what.str());
  // A tensor is declared once.
  auto &declared = *model.mutable_graph()->mutable_value_info();
  for (int i = 0; i < declared.size(); ++i)
    if (declared.Get(i).name() == name) {
      declared.DeleteSubrange(i, 1);
      break;
    }
}

void Graph::property(llvm::StringRef key, llvm::StringRef value) {
  onnx::StringStringEntryProto &entry = *model.add_metadata_props();
  entry.set_key(key.str());
  entry.set_value(value.str());
}

std::optional<std::string> Graph::bytes(llvm::StringRef version) const {
  onnx::ModelProto whole = model;
  whole.set_producer_name("dyadic");
  whole.set_producer_version(version.str());
  if (whole.ByteSizeLong() > size_t(INT32_MAX))
    return std::nullopt;
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    if (!whole.SerializeToCodedStream(&coded))
      return std::nullopt;
  }
  return bytes;
}

void setInt(onnx::NodeProto &node, const char *name, int64_t value) {
  attribute(node, name, onnx::AttributeProto_AttributeType_INT).set_i(value);
}
void setInts(onnx::NodeProto &node, const char *name, llvm::ArrayRef<int64_t> values) {
  onnx::AttributeProto &a = attribute(node, name, onnx::AttributeProto_AttributeType_INTS);
  for (int64_t v : values)
    a.add_ints(v);
}
void setFloat(onnx::NodeProto &node, const char *name, float value) {
  attribute(node, name, onnx::AttributeProto_AttributeType_FLOAT).set_f(value);
}
void setString(onnx::NodeProto &node, const char *name, llvm::StringRef value) {
  attribute(node, name, onnx::AttributeProto_AttributeType_STRING).set_s(value.str());
}

} // namespace dyadic::canonical
