// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// onnx-make TEXT OUT.onnx: writes the model that a short text describes, broken ones included.
//
//   ir 8 | opset 13 | opset qonnx.custom_op.general 1 | producer pytorch 2.0     # starts a comment
//   input x float32[N, 3, 8, 8]          output y          an extent may be a name or ?
//   init s float32[] = 0.5               init w float32[4, 3] = random 7
//   init w float32[4, 3] external weights.bin 0 48         offset and length may be left out
//   node y, _ = qonnx.custom_op.general.Quant(x, s, z, _) {signed=1 mode="ROUND" k=[1, 2] v=float32[]{1.5}}
//   "name" proto graph { name: "g" }            protobuf text merged into the model
#include "compiler/import/Proto.h"
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <google/protobuf/text_format.h>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

int lineNumber = 0;

[[noreturn]] void fail(const std::string &message) {
  std::cerr << "onnx-make: line " << lineNumber << ": " << message << "\n";
  std::exit(1);
}

class Cursor {
public:
  explicit Cursor(const std::string &text) : text(text) {}
  void space() {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])))
      ++at;
  }
  bool done() {
    space();
    return at >= text.size();
  }
  char peek() {
    space();
    return at < text.size() ? text[at] : '\0';
  }
  bool take(char c) {
    if (peek() != c)
      return false;
    ++at;
    return true;
  }
  void expect(char c) {
    if (!take(c))
      fail(std::string("expected '") + c + "' at column " + std::to_string(at + 1));
  }
  /// A quoted string (\xNN and \" known), or a word.
  std::string word() {
    space();
    if (at < text.size() && text[at] == '"')
      return quoted();
    size_t from = at;
    while (at < text.size() && !std::isspace(static_cast<unsigned char>(text[at])) &&
           !std::strchr(",()[]{}=\"", text[at]))
      ++at;
    return text.substr(from, at - from);
  }
  std::string rest() {
    space();
    return text.substr(at);
  }

private:
  std::string quoted() {
    std::string out;
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && at + 3 < text.size() && text[at + 1] == 'x') {
        out += char(std::stoi(text.substr(at + 2, 2), nullptr, 16));
        at += 3;
      } else if (text[at] == '\\' && at + 1 < text.size()) {
        out += text[++at];
      } else {
        out += text[at];
      }
    }
    ++at;
    return out;
  }
  const std::string &text;
  size_t at = 0;
};

int typeCode(const std::string &name) {
  static const std::map<std::string, int> codes = {
      {"float32", 1},  {"uint8", 2},   {"int8", 3},    {"uint16", 4},   {"int16", 5},
      {"int32", 6},    {"int64", 7},   {"string", 8},  {"bool", 9},     {"float16", 10},
      {"float64", 11}, {"uint32", 12}, {"uint64", 13}, {"bfloat16", 16}};
  auto found = codes.find(name);
  if (found == codes.end())
    fail("unknown type '" + name + "'");
  return found->second;
}

std::vector<std::string> list(Cursor &c, char open, char close) {
  std::vector<std::string> out;
  c.expect(open);
  while (!c.take(close)) {
    out.push_back(c.word());
    if (out.back().empty())
      fail("expected a value");
    c.take(',');
  }
  return out;
}

void put(onnx::TensorProto &t, const std::string &value) {
  auto raw = [&](auto v) { t.mutable_raw_data()->append(reinterpret_cast<const char *>(&v), sizeof v); };
  double d = std::strtod(value.c_str(), nullptr);
  long long i = std::strtoll(value.c_str(), nullptr, 0);
  switch (t.data_type()) {
  case 1:
    return raw(std::strtof(value.c_str(), nullptr));
  case 2:
  case 3:
  case 9:
    return raw(char(i));
  case 4:
  case 5:
  case 10:
  case 16:
    return raw(short(i));
  case 6:
  case 12:
    return raw(int(i));
  case 11:
    return raw(d);
  default:
    return raw(i);
  }
}

void dims(onnx::TensorProto &t, Cursor &c) {
  t.set_data_type(typeCode(c.word()));
  for (const std::string &d : list(c, '[', ']'))
    t.add_dims(std::stoll(d));
}

void random(onnx::TensorProto &t, unsigned long long seed) {
  long long count = 1;
  for (long long d : t.dims())
    count *= d;
  for (long long k = 0; k < count; ++k) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    put(t, t.data_type() == 1 ? std::to_string(double(int(seed >> 33) - (1 << 30)) / (1 << 30))
                              : std::to_string((seed >> 33) % 100));
  }
}

void external(onnx::TensorProto &t, Cursor &c) {
  t.set_data_location(onnx::TensorProto::EXTERNAL);
  for (const char *key : {"location", "offset", "length"}) {
    if (c.done())
      return;
    auto *entry = t.add_external_data();
    entry->set_key(key);
    entry->set_value(c.word());
  }
}

bool isReal(const std::string &word) {
  return word.find_first_of(".einf") != std::string::npos && word.find("0x") != 0;
}

void attribute(onnx::NodeProto &node, Cursor &c) {
  auto &a = *node.add_attribute();
  a.set_name(c.word());
  c.expect('=');
  if (c.peek() == '"') {
    a.set_type(onnx::AttributeProto::STRING);
    a.set_s(c.word());
    return;
  }
  if (c.peek() == '[') {
    auto values = list(c, '[', ']');
    bool real = false;
    for (const auto &v : values)
      real |= isReal(v);
    a.set_type(real ? onnx::AttributeProto::FLOATS : onnx::AttributeProto::INTS);
    for (const auto &v : values)
      real ? a.add_floats(std::strtof(v.c_str(), nullptr)) : a.add_ints(std::strtoll(v.c_str(), nullptr, 0));
    return;
  }
  std::string word = c.word();
  if (c.peek() == '[') {
    a.set_type(onnx::AttributeProto::TENSOR);
    a.mutable_t()->set_data_type(typeCode(word));
    for (const auto &d : list(c, '[', ']'))
      a.mutable_t()->add_dims(std::stoll(d));
    a.mutable_t()->set_raw_data("");
    for (const auto &v : list(c, '{', '}'))
      put(*a.mutable_t(), v);
  } else if (isReal(word)) {
    a.set_type(onnx::AttributeProto::FLOAT);
    a.set_f(std::strtof(word.c_str(), nullptr));
  } else {
    a.set_type(onnx::AttributeProto::INT);
    a.set_i(std::strtoll(word.c_str(), nullptr, 0));
  }
}

void node(onnx::NodeProto &node, Cursor &c) {
  do {
    std::string name = c.word();
    node.add_output(name == "_" ? "" : name);
  } while (c.take(','));
  c.expect('=');
  std::string op = c.word();
  size_t dot = op.rfind('.');
  node.set_op_type(dot == std::string::npos ? op : op.substr(dot + 1));
  if (dot != std::string::npos)
    node.set_domain(op.substr(0, dot));
  for (const std::string &name : list(c, '(', ')'))
    node.add_input(name == "_" ? "" : name);
  if (c.take('{'))
    while (!c.take('}')) {
      if (c.done())
        fail("expected '}'");
      attribute(node, c);
    }
  if (!c.done())
    node.set_name(c.word());
}

void value(onnx::ValueInfoProto &info, Cursor &c) {
  info.set_name(c.word());
  if (c.done())
    return;
  auto &tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(typeCode(c.word()));
  if (c.done())
    return;
  tensor.mutable_shape();
  for (const std::string &d : list(c, '[', ']')) {
    auto &dim = *tensor.mutable_shape()->add_dim();
    if (std::isdigit(static_cast<unsigned char>(d[0])) || d[0] == '-')
      dim.set_dim_value(std::stoll(d));
    else if (d != "?")
      dim.set_dim_param(d);
  }
}

void statement(onnx::ModelProto &model, const std::string &line) {
  Cursor c(line);
  std::string kind = c.word();
  auto &graph = *model.mutable_graph();
  if (kind == "ir") {
    model.set_ir_version(std::stoll(c.word()));
  } else if (kind == "opset") {
    std::string first = c.word();
    auto &import = *model.add_opset_import();
    import.set_domain(c.done() ? "" : first);
    import.set_version(std::stoll(c.done() ? first : c.word()));
  } else if (kind == "producer") {
    model.set_producer_name(c.word());
    model.set_producer_version(c.word());
  } else if (kind == "input") {
    value(*graph.add_input(), c);
  } else if (kind == "output") {
    value(*graph.add_output(), c);
  } else if (kind == "node") {
    node(*graph.add_node(), c);
  } else if (kind == "init") {
    auto &t = *graph.add_initializer();
    t.set_name(c.word());
    dims(t, c);
    if (c.take('=')) {
      t.set_raw_data("");
      std::string first = c.word();
      if (first == "random") {
        random(t, std::stoull(c.word()));
        return;
      }
      for (; !first.empty(); first = c.word())
        put(t, first), c.take(',');
    } else if (c.word() == "external") {
      external(t, c);
    }
  } else if (kind == "proto") {
    if (!google::protobuf::TextFormat::MergeFromString(c.rest(), &model))
      fail("not protobuf text");
  } else {
    fail("unknown statement '" + kind + "'");
  }
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3)
    fail("usage: onnx-make TEXT OUT.onnx");
  std::ifstream in(argv[1]);
  if (!in)
    fail(std::string("cannot read ") + argv[1]);
  onnx::ModelProto model;
  for (std::string line; std::getline(in, line);) {
    ++lineNumber;
    size_t comment = line.find('#');
    if (comment != std::string::npos)
      line.resize(comment);
    if (line.find_first_not_of(" \t") != std::string::npos)
      statement(model, line);
  }
  std::string bytes;
  model.SerializeToString(&bytes);
  std::ofstream out(argv[2], std::ios::binary);
  out << bytes;
  out.close();
  return out ? 0 : 1;
}
