// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products with constant vectors, and weights that went through shape operators or serve two layers.
#include "test/fuzz/Forms.h"
#include <algorithm>

namespace dyadic::fuzz {

Tensor settled(Graph &g, const Tensor &x) {
  return x.codes && x.even && x.width <= 16
             ? x
             : quantise(g, x, g.d.pick<Grade>({{8, true}, {4, false}, {2, true}}), true);
}

Tensor summed(const Tensor &x, const Weights &w, int64_t terms) {
  Tensor y = x;
  y.codes = y.even = y.mixed = false;
  y.unit = 0;
  y.width = x.width + w.bits + 5;
  y.reach = x.reach * w.reach * std::max(1.0, static_cast<double>(terms) / 3);
  return y;
}

namespace {

/// A product with a constant vector, or with one matrix that has leading axes, from either side.
Tensor matmul(Graph &g, Tensor x) {
  x = settled(g, toRank(g, x, g.d.pick<size_t>({3, 2, 4})));
  size_t rank = x.shape.size();
  bool left = rank > 2 && g.d.chance(40), vector = g.d.chance(60);
  int64_t depth = x.shape[rank - (left ? 2 : 1)], outputs = vector ? 1 : g.d.between(1, 4);
  Dims ws = vector ? Dims{depth} : left ? Dims{outputs, depth} : Dims{depth, outputs};
  if (!vector && rank > 2 && g.d.chance(50))
    ws.insert(ws.begin(), 1);
  Weights w = weights(g, ws, static_cast<int64_t>(vector ? 0 : ws.size() - (left ? 2 : 1)));
  Dims shape = x.shape;
  if (vector)
    shape.erase(shape.begin() + static_cast<long>(rank - (left ? 2 : 1)));
  else
    shape[rank - (left ? 2 : 1)] = outputs;
  std::vector<std::string> inputs = {x.name, w.name};
  if (left)
    std::swap(inputs[0], inputs[1]);
  Tensor y = g.node("MatMul", summed(x, w, depth), inputs, shape);
  if (shape.size() > 1)
    return y;
  shape.push_back(1); // only the batch is left
  return withAxes(g, "Unsqueeze", y, {1}, shape, 13);
}

/// A layer whose weights went through shape operators behind their quantiser.
Tensor movedWeights(Graph &g, Tensor x) {
  x = settled(g, toRank(g, x, 2));
  int64_t depth = x.shape[1], outputs = g.d.between(1, 6);
  Tensor none;
  Weights w = weights(g, {outputs, depth}, 0);
  Tensor y = summed(x, w, depth);
  auto node = [&](const std::string &op, const std::string &of, std::vector<std::string> more, Dims shape,
                  const Attributes &attributes = {}) {
    more.insert(more.begin(), of);
    return g.node(op, none, more, std::move(shape), attributes).name;
  };
  Dims across = {depth, outputs};
  switch (g.d.below(4)) {
  case 1: { // two halves of it, in one row
    int64_t first = outputs > 1 ? outputs / 2 : 1;
    Weights other = weights(g, {first, depth}, 0);
    std::string both = node("Concat", w.name, {other.name}, {outputs + first, depth}, {{"axis", int64_t(0)}});
    return g.node("Gemm", y, {x.name, both}, {x.shape[0], outputs + first}, {{"transB", int64_t(1)}});
  }
  case 2: { // a part of it
    std::vector<int64_t> rows;
    for (int64_t k = 0; k < 3; ++k)
      rows.push_back(g.d.between(0, outputs - 1));
    std::string part = node("Gather", w.name, {g.ints(rows)}, {3, depth}, {{"axis", int64_t(0)}});
    return g.node("MatMul", y, {x.name, node("Transpose", part, {}, {depth, 3}, {{"perm", Dims{1, 0}}})},
                  {x.shape[0], 3});
  }
  case 3: { // a convolution's, stored flat
    std::string kernel = node("Reshape", w.name, {g.ints({outputs, depth, 1, 1})}, {outputs, depth, 1, 1});
    Tensor image = g.node("Reshape", x, {x.name, g.ints({0, depth, 1, 1})}, {x.shape[0], depth, 1, 1});
    return g.node("Conv", y, {image.name, kernel}, {x.shape[0], outputs, 1, 1});
  }
  default:
    return g.node("MatMul", y, {x.name, node("Transpose", w.name, {}, across, {{"perm", Dims{1, 0}}})},
                  {x.shape[0], outputs});
  }
}

/// The same quantised weights for two layers, whose results are summed up.
Tensor sharedWeights(Graph &g, Tensor x) {
  x = settled(g, toRank(g, x, 4));
  Tensor other = settled(g, partner(g, x));
  Dims shape = x.shape;
  shape[1] = g.d.between(1, 4);
  Weights w = weights(g, {shape[1], x.shape[1], 1, 1}, 0);
  Tensor y = summed(x, w, x.shape[1]);
  Tensor a = g.node("Conv", y, {x.name, w.name}, shape), b = g.node("Conv", y, {other.name, w.name}, shape);
  y.mixed = true;
  y.reach += other.reach * w.reach;
  return g.node("Add", y, {a.name, b.name}, shape);
}

/// Weights that no Quant rounds, as they are: a few bits, or all that a float32 has.
Tensor rawWeights(Graph &g, Tensor x) {
  x = settled(g, toRank(g, x, g.d.pick<size_t>({2, 4})));
  bool image = x.shape.size() == 4;
  int64_t depth = x.shape[1], outputs = g.d.between(1, 4);
  int bits = g.d.pick<int>({4, 8, 12, 24});
  Stream s = g.d.bulk();
  std::vector<float> values;
  for (int64_t k = 0; k < depth * outputs; ++k)
    values.push_back(static_cast<float>(std::round(std::ldexp(s.real(), bits)) * std::ldexp(1.0, -bits)));
  Weights w{g.floats(values, image ? Dims{outputs, depth, 1, 1} : Dims{depth, outputs}), 1, 0, bits, true};
  Dims shape = x.shape;
  shape[1] = outputs;
  return g.node(image ? "Conv" : "MatMul", summed(x, w, depth), {x.name, w.name}, shape);
}

} // namespace

std::vector<Form> formsOfProducts() { return {matmul, movedWeights, sharedWeights, rawWeights}; }

} // namespace dyadic::fuzz
