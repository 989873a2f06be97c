// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A network while it is drawn: nodes, constants, and what is roughly known of each tensor.
#pragma once
#include "compiler/Options.h"
#include "compiler/import/Proto.h"
#include "test/fuzz/Draws.h"
#include <map>
#include <set>
#include <string>
#include <variant>

namespace dyadic::fuzz {

using Dims = std::vector<int64_t>;
int64_t elements(const Dims &shape);

/// The codes a value is made of: what the table of networks counts by. Widths above 8 count as 16.
struct Grade {
  int bits = 8;
  bool isSigned = true;
  bool operator<(const Grade &o) const { return std::pair(bits, isSigned) < std::pair(o.bits, o.isSigned); }
  bool operator==(const Grade &o) const { return bits == o.bits && isSigned == o.isSigned; }
};

struct Tensor {
  std::string name;
  Dims shape;
  Grade grade;
  double reach = 1;   ///< about its largest magnitude
  bool codes = false; ///< integers times one scale, right behind a quantiser or moved from there
  bool even = true;   ///< one scale for all elements
  bool mixed = false; ///< a sum of tensors of different scales that nothing has rounded yet
  double unit = 0;    ///< that scale where it is known, else 0
  int width = 8;      ///< bits of its integers, roughly
};

/// An operator met with codes of a grade.
using Cell = std::pair<std::string, Grade>;

/// A graph input: what its samples are drawn from.
struct Source {
  std::string name;
  Dims shape;      ///< with the batch
  bool codes;      ///< given as codes low .. high, else as reals
  int64_t low = 0; ///< of codes, or of the first quantiser's steps
  int64_t high = 0;
  double scale = 1, zero = 0; ///< of the first quantiser: where its edges lie
};

using Value = std::variant<int64_t, float, std::string, std::vector<int64_t>>;
using Attributes = std::vector<std::pair<std::string, Value>>;

class Graph {
public:
  explicit Graph(Draws &draws);

  Draws &d;
  int64_t opset = 13;
  int64_t batch = 1;        ///< as written into the file
  bool powersOfTwo = false; ///< every scale is one: ties everywhere
  bool wide = false;        ///< more channels than a kernel works on at a time
  onnx::ModelProto model;
  ImportOptions options;
  std::vector<std::string> specs; ///< the declared lattices of `options`, as text
  std::vector<Source> sources;
  std::set<Cell> cells;

  std::string floats(const std::vector<float> &values, const Dims &shape);
  std::string scalar(double value) { return floats({static_cast<float>(value)}, {}); }
  std::string ints(const std::vector<int64_t> &values, bool isScalar = false);
  std::string ints(const std::vector<int64_t> &values, const Dims &shape);
  std::string bytes(const std::vector<int64_t> &values, const Dims &shape, bool isSigned);

  /// Adds a node and counts it; results have x's properties until the caller changes them. `row` is the line
  /// of the table where it is not the operator's own name.
  Tensor node(const std::string &op, const Tensor &x, std::vector<std::string> inputs, Dims shape,
              const Attributes &attributes = {}, const std::string &domain = "");
  /// Appends an output to the last node.
  std::string extraOutput();
  void count(const std::string &row, const Grade &grade);
  void output(const Tensor &x, bool isIndex = false);
  std::string fresh() { return "t" + std::to_string(nextTensor++); }

  /// How many outputs a layer has: 1 to `most`, in a wide network many times that.
  int64_t outputs(int64_t most) { return d.between(1, most) * (wide ? 11 : 1); }
  /// A float32 scale at or around `target`, by the network's custom.
  float scaleNear(double target);
  /// A float32 of random sign and magnitude up to `reach`.
  float number(double reach);

private:
  int nextTensor = 0;
  int style = 0;             ///< how nodes are named
  bool constantNodes, share; ///< constants as nodes; equal ones once
  bool listed;               ///< initialisers are graph inputs as well
  std::map<std::string, std::string> known;

  std::string add(onnx::TensorProto tensor);
};

/// The nearest power of two at or below a positive number.
double powerAtOrBelow(double value);

} // namespace dyadic::fuzz
