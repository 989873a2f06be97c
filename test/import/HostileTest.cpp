// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Damaged models: each is rejected or imported, none ends the process, hangs or takes memory without bound.
#include "compiler/Failure.h"
#include "compiler/import/Import.h"
#include "compiler/import/Proto.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "gtest/gtest.h"
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>

using namespace dyadic;

namespace {

/// Imports bytes; true when a module came out. Whatever is rejected must have said why.
bool import(llvm::StringRef bytes) {
  // A context keeps every attribute ever made: a fresh one now and then keeps memory flat.
  static std::unique_ptr<mlir::MLIRContext> context;
  static int uses = 0;
  if (uses++ % 256 == 0)
    context = std::make_unique<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
  int reports = 0;
  mlir::ScopedDiagnosticHandler handler(context.get(), [&](mlir::Diagnostic &) { ++reports; });
  auto start = std::chrono::steady_clock::now();
  auto module = import_::importBytes(*context, bytes, "m.onnx", "", {});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  if (!module) {
    std::string why = llvm::toString(module.takeError());
    EXPECT_FALSE(why.empty());
    return false;
  }
  EXPECT_TRUE(mlir::succeeded(mlir::verify(**module)));
  (void)import_::checkInputs(**module);
  return true;
}

std::string seed(const std::string &name) {
  auto bytes = readFile(std::string(DYADIC_SOURCE) + "/test/networks/data/" + name);
  EXPECT_TRUE(bool(bytes)) << name;
  if (bytes)
    return *bytes;
  llvm::consumeError(bytes.takeError());
  return {};
}

std::vector<std::string> smallSeeds(size_t count) {
  std::vector<std::pair<uintmax_t, std::string>> files;
  for (const auto &entry :
       std::filesystem::directory_iterator(std::string(DYADIC_SOURCE) + "/test/networks/data"))
    if (entry.path().extension() == ".onnx")
      files.emplace_back(entry.file_size(), entry.path().filename().string());
  std::sort(files.begin(), files.end());
  std::vector<std::string> out;
  for (size_t k = 0; k < files.size() && out.size() < count;
       k += std::max<size_t>(files.size() / (2 * count), 1))
    out.push_back(files[k].second);
  return out;
}

bool full() { return std::getenv("DYADIC_FULL") != nullptr; }

TEST(Hostile, truncationAtEveryByte) {
  for (const std::string &name : smallSeeds(full() ? 30 : 3)) {
    std::string bytes = seed(name);
    for (size_t n = 0; n < bytes.size(); ++n)
      import(llvm::StringRef(bytes).take_front(n));
  }
}

TEST(Hostile, everyBitFlipped) {
  for (const std::string &name : smallSeeds(full() ? 30 : 3)) {
    std::string bytes = seed(name);
    for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      std::string copy = bytes;
      copy[bit / 8] = char(copy[bit / 8] ^ (1 << (bit % 8)));
      import(copy);
    }
  }
}

/// Random damage: bytes replaced by telling values, runs removed, repeated or taken from elsewhere.
TEST(Hostile, randomDamage) {
  std::mt19937_64 random(20240607);
  std::vector<std::string> seeds;
  for (const std::string &name : smallSeeds(60))
    seeds.push_back(seed(name));
  auto below = [&](size_t n) { return size_t(random() % std::max<size_t>(n, 1)); };
  static const unsigned char telling[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x08, 0x0a, 0x12, 0x40};
  for (int round = 0; round < (full() ? 500000 : 20000); ++round) {
    std::string bytes = seeds[below(seeds.size())];
    for (size_t edits = 1 + below(6); edits > 0; --edits) {
      size_t at = below(bytes.size()), length = std::min(below(40), bytes.size() - at);
      switch (below(5)) {
      case 0:
      case 1:
        bytes[at] = char(telling[below(sizeof telling)]);
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(below(bytes.size()), bytes.substr(at, length));
        break;
      default: {
        const std::string &other = seeds[below(seeds.size())];
        bytes.replace(at, length, other.substr(below(other.size()), length));
      }
      }
      if (bytes.empty())
        break;
    }
    import(bytes);
  }
}

/// Damage that keeps the protobuf whole and so reaches the operators: attributes, shapes, operands, types.
TEST(Hostile, randomModels) {
  std::mt19937_64 random(20240608);
  auto below = [&](size_t n) { return size_t(random() % std::max<size_t>(n, 1)); };
  std::vector<onnx::ModelProto> seeds;
  for (const std::string &name : smallSeeds(150)) {
    seeds.emplace_back();
    ASSERT_TRUE(seeds.back().ParseFromString(seed(name)));
  }
  static const int64_t numbers[] = {
      0, 1, -1, 2, 3, 7, -2, 16, 255, 65536, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, int64_t(1) << 48};
  auto number = [&] { return below(4) == 0 ? int64_t(random()) : numbers[below(std::size(numbers))]; };
  static const char *const ops[] = {"Add",
                                    "Div",
                                    "Min",
                                    "Where",
                                    "Pow",
                                    "Clip",
                                    "Cast",
                                    "Transpose",
                                    "Concat",
                                    "Slice",
                                    "Split",
                                    "Gather",
                                    "Reshape",
                                    "Flatten",
                                    "Squeeze",
                                    "Unsqueeze",
                                    "DepthToSpace",
                                    "SpaceToDepth",
                                    "Shape",
                                    "ConstantOfShape",
                                    "Range",
                                    "ReduceMean",
                                    "ReduceSum",
                                    "Conv",
                                    "MatMul",
                                    "Gemm",
                                    "BatchNormalization",
                                    "MaxPool",
                                    "AveragePool",
                                    "GlobalAveragePool",
                                    "GlobalMaxPool",
                                    "Softmax",
                                    "ArgMax",
                                    "Resize",
                                    "Upsample",
                                    "Expand",
                                    "Tile",
                                    "Pad",
                                    "DequantizeLinear",
                                    "PRelu",
                                    "HardSigmoid",
                                    "Quant",
                                    "Trunc",
                                    "MultiThreshold",
                                    "BipolarQuant",
                                    "Identity"};
  static const char *const attributes[] = {
      "axis",      "axes",      "perm",   "strides", "pads",         "dilations", "kernel_shape", "group",
      "auto_pad",  "ceil_mode", "to",     "split",   "starts",       "ends",      "steps",        "keepdims",
      "blocksize", "transA",    "transB", "alpha",   "scales",       "mode",      "allowzero",    "min",
      "max",       "value",     "signed", "narrow",  "rounding_mode"};
  int imported = 0;
  for (int round = 0; round < (full() ? 500000 : 20000); ++round) {
    onnx::ModelProto model = seeds[below(seeds.size())];
    auto &graph = *model.mutable_graph();
    for (size_t edits = 1 + below(3); edits > 0 && graph.node_size() && graph.input_size(); --edits) {
      auto &node = *graph.mutable_node(int(below(size_t(graph.node_size()))));
      switch (below(8)) {
      case 0:
        node.set_op_type(ops[below(std::size(ops))]);
        if (below(2))
          node.set_domain(below(2) ? "" : "qonnx.custom_op.general");
        break;
      case 1: {
        auto &a = *node.add_attribute();
        if (below(2) && node.attribute_size() > 1)
          a.Swap(node.mutable_attribute(0));
        a.set_name(attributes[below(std::size(attributes))]);
        a.set_type(onnx::AttributeProto::AttributeType(1 + below(8)));
        a.set_i(number());
        a.set_f(float(number()));
        a.set_s(below(2) ? "SAME_UPPER" : "nearest");
        for (size_t k = below(9); k > 0; --k)
          a.add_ints(number()), a.add_floats(float(number()));
        break;
      }
      case 2:
        if (node.attribute_size()) {
          auto &a = *node.mutable_attribute(int(below(size_t(node.attribute_size()))));
          a.set_i(number());
          if (a.ints_size())
            a.set_ints(int(below(size_t(a.ints_size()))), number());
        }
        break;
      case 3:
        if (node.input_size()) {
          const auto &other = graph.node(int(below(size_t(graph.node_size()))));
          const std::string &name =
              other.output_size() && below(2) ? other.output(0)
              : graph.initializer_size()
                  ? graph.initializer(int(below(size_t(graph.initializer_size())))).name()
                  : "";
          node.set_input(int(below(size_t(node.input_size()))), name);
        }
        break;
      case 4:
        if (below(2))
          node.add_input(graph.initializer_size()
                             ? graph.initializer(int(below(size_t(graph.initializer_size())))).name()
                             : "");
        else if (node.input_size())
          node.mutable_input()->RemoveLast();
        break;
      case 5:
        if (graph.initializer_size()) {
          auto &t = *graph.mutable_initializer(int(below(size_t(graph.initializer_size()))));
          if (below(2) && t.dims_size())
            t.set_dims(int(below(size_t(t.dims_size()))), number());
          else if (below(2))
            t.set_data_type(int(below(20)));
          else if (!t.raw_data().empty())
            (*t.mutable_raw_data())[below(t.raw_data().size())] = char(random());
        }
        break;
      case 6: {
        auto &shape = *graph.mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
        if (below(2) && shape.dim_size())
          shape.mutable_dim(int(below(size_t(shape.dim_size()))))->set_dim_value(number());
        else
          shape.add_dim()->set_dim_value(1 + int64_t(below(4)));
        break;
      }
      default:
        if (model.opset_import_size())
          model.mutable_opset_import(int(below(size_t(model.opset_import_size()))))
              ->set_version(int64_t(below(26)));
      }
    }
    imported += import(model.SerializeAsString());
  }
  EXPECT_GT(imported, 0);
}

TEST(Hostile, noBytesAndWrongBytes) {
  EXPECT_FALSE(import(""));
  EXPECT_FALSE(import("hello"));
  EXPECT_FALSE(import(std::string(1000, '\0')));
  EXPECT_FALSE(import(std::string(1000, '\xff')));
  EXPECT_FALSE(import(std::string("\x3a\x00", 2))); // an empty graph
}

TEST(Hostile, deepNesting) {
  // Graph attributes within nodes within graphs, far deeper than any network.
  std::string inner;
  auto wrap = [](char tag, const std::string &body) {
    std::string out(1, tag);
    for (size_t n = body.size();; n >>= 7) {
      out += char((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
      if (n <= 0x7f)
        break;
    }
    return out + body;
  };
  for (int depth = 0; depth < 2000; ++depth)
    inner = wrap('\x0a', wrap('\x2a', wrap('\x32', inner))); // node { attribute { g { ... } } }
  EXPECT_FALSE(import(wrap('\x3a', inner)));
}

/// A chain as long as the limit allows: no recursion, and time in proportion to the nodes.
TEST(Hostile, longChain) {
  onnx::ModelProto model;
  model.add_opset_import()->set_version(13);
  auto &graph = *model.mutable_graph();
  auto &input = *graph.add_input();
  input.set_name("x0");
  auto &type = *input.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_value(1);
  constexpr int nodes = 50000;
  for (int k = 0; k < nodes; ++k) {
    // Listed last first, so that the order has to be found.
    auto &node = *graph.add_node();
    node.set_op_type("Neg");
    node.add_input("x" + std::to_string(nodes - 1 - k));
    node.add_output("x" + std::to_string(nodes - k));
  }
  graph.add_output()->set_name("x" + std::to_string(nodes));
  EXPECT_TRUE(import(model.SerializeAsString()));
}

TEST(Hostile, manyNodes) {
  std::string nodes;
  for (int k = 0; k < 300000; ++k)
    nodes += std::string("\x0a\x00", 2);
  std::string graph = "\x3a";
  for (size_t n = nodes.size();; n >>= 7) {
    graph += char((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
    if (n <= 0x7f)
      break;
  }
  EXPECT_FALSE(import(graph + nodes));
}

} // namespace
