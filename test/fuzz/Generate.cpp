// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a list of wishes, (operator, width, sign), to a network that fulfils them.
#include "test/fuzz/Generate.h"
#include "test/fuzz/Operators.h"
#include "llvm/Support/Error.h"
#include <algorithm>

namespace dyadic::fuzz {
namespace {

constexpr int wishesPerNetwork = 12;
constexpr int64_t mostElements = 360, mostWide = 1500; ///< of one sample
constexpr uint64_t wideEvery = 12;                     ///< networks

struct Wish {
  const Operator *op;
  Grade grade;
};

const std::vector<Wish> &allWishes() {
  static const std::vector<Wish> all = [] {
    std::vector<Wish> list;
    for (const Operator &op : operators())
      for (int bits : {8, 7, 6, 5, 4, 3, 2, 1, 16})
        for (bool isSigned : {true, false})
          if (op.kind != Operator::OneBit || (bits == 1 && isSigned))
            list.push_back({&op, {bits, isSigned}});
    return list;
  }();
  return all;
}

/// Entry `n` of an endless shuffle of 0 .. size - 1: each is met once in every `size` entries.
uint32_t shuffled(uint64_t n, uint32_t size) {
  static thread_local std::vector<uint32_t> order;
  static thread_local uint64_t epoch = UINT64_MAX;
  if (epoch != n / size) {
    epoch = n / size;
    order.resize(size);
    for (uint32_t i = 0; i < size; ++i)
      order[i] = i;
    Stream s(epoch * 0x5851F42D4C957F2DU + 1);
    for (uint32_t i = size - 1; i > 0; --i)
      std::swap(order[i], order[s.below(i + 1)]);
  }
  return order[n % size];
}

class Maker {
public:
  Maker(Draws &d, std::optional<uint64_t> seed) : d(d), seed(seed), g(d) {
    g.wide = d.put(seed && *seed % wideEvery == 7 ? 1 : 0, 2) == 1;
  }
  Network make();

private:
  Draws &d;
  std::optional<uint64_t> seed;
  Graph g;
  std::vector<Tensor> pool; ///< values that more can be put behind
  std::set<std::string> read;

  Tensor input(Grade grade);
  Tensor quantisedInput(Tensor x, Grade grade);
  Tensor declaredInput(Tensor x, Grade grade);
  Tensor smaller(Tensor x);
  Tensor decorate(Tensor x);
  void fulfil(const Wish &wish);
  void bendAndSum();
  void takeOtherForms();
  void giveOutputs();
};

void declare(Graph &g, const Tensor &x, int32_t type) {
  auto &info = *g.model.mutable_graph()->add_input();
  info.set_name(x.name);
  auto &tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  for (int64_t extent : x.shape)
    tensor.mutable_shape()->add_dim()->set_dim_value(extent);
}

/// Real numbers; a quantiser, with some preprocessing before it, gives the codes.
Tensor Maker::quantisedInput(Tensor x, Grade grade) {
  declare(g, x, onnx::TensorProto::FLOAT);
  x.reach = d.pick<double>({1, 4, 0.5, 100});
  x.grade = grade;
  Tensor y = x;
  static const std::vector<const char *> ways = {"Mul",  "Add of a constant",  "Div", "Relu", "HardSigmoid",
                                                 "Clip", "BatchNormalization", "Neg"};
  if (d.chance(25))
    for (int64_t k = d.between(1, 2); k > 0; --k)
      y = operatorOf(d.pick(ways)).make(g, y, grade);
  y.grade = grade;
  g.count("Quant", grade);
  Tensor q = quantise(g, y, grade);
  double scale = q.unit > 0 ? q.unit : q.reach / 100;
  auto most = static_cast<int64_t>(x.reach * 1.25 / scale) + 2;
  g.sources.push_back({x.name, x.shape, false, -most, most, scale, 0});
  return q;
}

/// A lattice declared on the command line, or by an integer type.
Tensor Maker::declaredInput(Tensor x, Grade grade) {
  int bits = grade.bits;
  int64_t low = grade.isSigned ? -(int64_t(1) << (bits - 1)) : 0;
  int64_t high = (int64_t(1) << (bits - (grade.isSigned ? 1 : 0))) - 1;
  x.codes = x.even = true;
  x.grade = grade;
  x.width = bits;
  Tensor y = x;
  if (bits == 8 && d.chance(40)) {
    declare(g, x, grade.isSigned ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8);
    x.reach = 256, x.unit = 1;
    y = g.node("Cast", x, {x.name}, x.shape, {{"to", int64_t(1)}});
    // A layer right behind it: else a quantiser would give the codes, and its type none.
    y = apply(g, operatorOf("Conv, depthwise"), y, grade);
  } else {
    declare(g, x, onnx::TensorProto::FLOAT);
    auto text = d.pick<std::string>({"1/128", "1/255", "0.0078125", "3/128", "0.1"});
    std::string spec = x.name + ":bits=" + std::to_string(bits) + (grade.isSigned ? ",signed" : ",unsigned") +
                       ",scale=" + text;
    if (d.chance(25))
      spec += ",zero=" + std::to_string(d.between(0, high));
    bool moved = d.chance(20);
    if (moved)
      spec += d.chance(50) ? ",mean=0.1307,std=0.3081" : ",mean=0.5,std=0.25";
    auto parsed = llvm::cantFail(parseInputSpec(spec));
    y.unit = moved ? 0 : parsed[0].scale.get_d();
    y.reach = parsed[0].scale.get_d() * static_cast<double>(high - low) * (moved ? 4 : 1);
    g.specs.push_back(spec);
    g.options.inputs.push_back(parsed[0]);
  }
  g.sources.push_back({x.name, x.shape, true, low, high, 1, 0});
  return y;
}

Tensor Maker::input(Grade grade) {
  Tensor x;
  x.name =
      d.chance(70) ? "x" + std::to_string(g.sources.size()) : "in." + std::to_string(g.sources.size()) + "/x";
  uint32_t rank = d.pick<uint32_t>({2, 4, 4, 4, 3});
  x.shape = {g.batch};
  if (rank == 2)
    x.shape.push_back(d.between(1, 20));
  else
    x.shape.push_back(d.between(1, 6));
  while (x.shape.size() < rank)
    x.shape.push_back(d.between(1, rank == 3 ? 12 : 7));
  return d.chance(25) ? declaredInput(x, grade) : quantisedInput(x, grade);
}

/// A part of x, so that later layers stay quick.
Tensor Maker::smaller(Tensor x) {
  // Of a wide network the channels stay.
  int64_t most = g.wide ? mostWide : mostElements;
  for (size_t axis = g.wide ? 2 : 1; elements(x.shape) / x.shape[0] > most && axis < x.shape.size();)
    if (x.shape[axis] <= 6) {
      ++axis;
    } else {
      Dims shape = x.shape;
      shape[axis] = 6;
      auto index = static_cast<int64_t>(axis);
      g.count("Slice", x.grade);
      x = g.opset < 10 ? g.node("Slice", x, {x.name}, shape,
                                {{"starts", Dims{0}}, {"ends", Dims{6}}, {"axes", Dims{index}}})
                       : g.node("Slice", x, {x.name, g.ints({0}), g.ints({6}), g.ints({index})}, shape);
    }
  return x;
}

/// What stands between a layer and its quantiser.
Tensor Maker::decorate(Tensor x) {
  static const std::vector<const char *> ways = {
      "Relu", "BatchNormalization", "LeakyRelu", "Add",   "MaxPool", "PRelu",
      "Mul",  "Add of a constant",  "Clip",      "Concat"};
  int64_t number = d.chance(60) ? d.between(1, 3) : 0;
  for (; number > 0; --number)
    x = smaller(apply(g, operatorOf(d.pick(ways)), x, x.grade));
  return x;
}

void Maker::fulfil(const Wish &wish) {
  const Operator &op = *wish.op;
  bool gives = op.kind == Operator::Gives || op.kind == Operator::OneBit;
  if (pool.empty() || (g.sources.size() < 3 && d.chance(8)))
    pool.push_back(input(wish.grade));
  size_t at = d.chance(20) ? d.below(static_cast<uint32_t>(pool.size())) : pool.size() - 1;
  Tensor x = pool[at];
  if (!gives) {
    // The codes that the wish speaks of.
    bool right = x.codes && x.grade.isSigned == wish.grade.isSigned &&
                 std::min(x.grade.bits, 9) == std::min(wish.grade.bits, 9);
    if (!right && op.kind != Operator::OfWeights) {
      static const std::vector<const char *> ways = {"Quant", "Quant", "Quant", "MultiThreshold", "Trunc 2"};
      x = apply(g, operatorOf(d.pick(ways)), x, wish.grade);
      if (d.chance(25))
        pool.push_back(x);
    }
    if (op.kind == Operator::Plain && d.chance(35))
      x = apply(g, operatorOf(d.pick<std::string>({"Conv", "MatMul", "Conv, depthwise"})), x, x.grade);
  }
  if (op.kind == Operator::Head) {
    apply(g, op, x, wish.grade);
    return;
  }
  Tensor y = apply(g, op, smaller(x), wish.grade);
  if (op.kind == Operator::Sums)
    y = decorate(y);
  pool.push_back(smaller(y));
}

/// An activation of a layer that no quantiser rounds in front of what sums: a skip, means, another layer.
void Maker::bendAndSum() {
  Grade grade{static_cast<int>(d.between(2, 8)), d.chance(50)};
  Tensor x = apply(g, operatorOf("Quant"), toRank(g, pool.back(), 4), grade);
  Tensor layer = smaller(apply(g, operatorOf(d.pick<std::string>({"Conv", "Conv, depthwise"})), x, grade));
  if (d.chance(70))
    layer = apply(g, operatorOf("BatchNormalization"), layer, grade);
  if (d.chance(20))
    layer = apply(g, operatorOf("Add"), layer, grade);
  Tensor y = apply(g, operatorOf(d.pick<std::string>({"LeakyRelu", "Relu", "PRelu", "Clip"})), layer, grade);
  static const std::vector<const char *> ways = {
      "Add", "AveragePool", "GlobalAveragePool", "ReduceMean", "MaxPool", "Concat", "Conv"};
  y = operatorOf(d.pick(ways)).make(g, y, grade);
  pool.push_back(apply(g, operatorOf("Quant"), smaller(y), {static_cast<int>(d.between(2, 8)), true}));
}

/// Forms that no wish asks for, with a quantiser behind or without.
void Maker::takeOtherForms() {
  for (int64_t k = d.between(1, 3); k > 0; --k) {
    Tensor x = pool[d.below(static_cast<uint32_t>(pool.size()))];
    Tensor y = smaller(anotherForm(g, x));
    if (d.chance(60)) {
      Grade grade{static_cast<int>(d.between(2, 8)), d.chance(50)};
      y = apply(g, operatorOf(d.pick<std::string>({"Quant", "Relu", "Conv"})), y, grade);
    }
    pool.push_back(smaller(y));
  }
}

/// What nothing reads becomes an output, with a quantiser before it or without.
void Maker::giveOutputs() {
  std::set<std::string> given;
  for (const auto &node : g.model.graph().node())
    read.insert(node.input().begin(), node.input().end());
  for (const auto &output : g.model.graph().output())
    given.insert(output.name());
  for (size_t k = 0; k < pool.size(); ++k) {
    bool last = k + 1 == pool.size();
    if (given.count(pool[k].name) || (read.count(pool[k].name) && !(last && given.empty()) && !d.chance(5)))
      continue;
    Tensor x = pool[k];
    if (!x.codes && d.chance(50)) {
      Grade grade = {static_cast<int>(d.between(2, 8)), d.chance(50)};
      x = apply(g, operatorOf("Quant"), x, grade);
    }
    bool isInput =
        std::any_of(g.sources.begin(), g.sources.end(), [&](const Source &s) { return s.name == x.name; });
    if (isInput)
      x = g.node("Identity", x, {x.name}, x.shape);
    g.output(x);
    given.insert(x.name);
  }
}

Network Maker::make() {
  const std::vector<Wish> &wishes = allWishes();
  auto many = static_cast<uint32_t>(wishes.size());
  for (uint64_t k = 0; k < wishesPerNetwork; ++k) {
    uint32_t chosen = d.put(seed ? shuffled(*seed * wishesPerNetwork + k, many) : 0, many);
    if (d.put(1, 2) == 1) // a replay may leave it out
      fulfil(wishes[chosen]);
  }
  if (pool.empty())
    pool.push_back(input({8, true}));
  // Of every tenth network, without a draw of the others. Certificates are checked of the first ones (CI),
  // and not all sums of such activations are derived.
  constexpr uint64_t checked = 300;
  if (d.put(seed && *seed > checked && Stream(*seed).chance(10) ? 1 : 0, 2) == 1)
    bendAndSum();
  // Of every eighth.
  if (d.put(seed && Stream(~*seed).chance(12) ? 1 : 0, 2) == 1)
    takeOtherForms();
  giveOutputs();
  Network n;
  g.model.SerializeToString(&n.bytes);
  n.options = g.options;
  n.specs = g.specs;
  n.cells = g.cells;
  n.inputs = drawSamples(d, g.sources, 6 * g.options.batch);
  n.choices = d.choices();
  return n;
}

} // namespace

std::vector<Cell> allCells() {
  std::vector<Cell> cells;
  for (const Wish &wish : allWishes())
    cells.push_back({wish.op->row, wish.grade});
  return cells;
}

Network generate(uint64_t seed) {
  Draws d(seed);
  return Maker(d, seed).make();
}

Network regenerate(std::vector<uint32_t> choices) {
  Draws d(std::move(choices));
  return Maker(d, std::nullopt).make();
}

} // namespace dyadic::fuzz
