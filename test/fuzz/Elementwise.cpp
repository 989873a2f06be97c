// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element by element: activations, and arithmetic with constants or with another tensor.
#include "test/fuzz/Operators.h"
#include <algorithm>

namespace dyadic::fuzz {

std::string parameter(Graph &g, const Tensor &x, double reach, bool nonzero) {
  Dims shape;
  if (g.d.chance(50)) {
    shape.assign(x.shape.size() - 1, 1);
    shape[0] = x.shape[1];
  } else if (elements(x.shape) <= 64 && g.d.chance(10)) {
    shape = Dims(x.shape.begin() + 1, x.shape.end());
  }
  std::vector<float> values;
  for (int64_t k = 0; k < elements(shape); ++k) {
    float v = g.number(reach);
    if (nonzero && std::fabs(v) < reach / 64)
      v = static_cast<float>(powerAtOrBelow(reach));
    values.push_back(v);
  }
  return g.floats(values, shape);
}

namespace {

/// Changed by real numbers: nothing is known of its integers any more.
Tensor open(Tensor x, double reach) {
  x.codes = x.even = false;
  x.unit = 0;
  x.reach = reach;
  return x;
}

Tensor simple(Graph &g, const char *op, Tensor x, const Attributes &attributes = {}) {
  Tensor y = open(x, x.reach);
  y.unit = x.unit;
  return g.node(op, y, {x.name}, x.shape, attributes);
}

Tensor relu(Graph &g, Tensor x, Grade) { return simple(g, "Relu", x); }
Tensor negate(Graph &g, Tensor x, Grade) { return simple(g, "Neg", x); }
Tensor absolute(Graph &g, Tensor x, Grade) { return simple(g, "Abs", x); }

Tensor leakyRelu(Graph &g, Tensor x, Grade) {
  auto alpha = g.d.pick<float>({0.125F, 0.1015625F, 0.01F, 0.3F, 1.5F, -0.25F});
  return simple(g, "LeakyRelu", open(x, x.reach * 1.5), {{"alpha", alpha}});
}
Tensor prelu(Graph &g, Tensor x, Grade) {
  std::string slope = parameter(g, x, 0.75);
  return g.node("PRelu", open(x, x.reach), {x.name, slope}, x.shape);
}
Tensor hardSigmoid(Graph &g, Tensor x, Grade) {
  Attributes attributes;
  if (g.d.chance(60)) {
    attributes.emplace_back("alpha", g.scaleNear(1 / std::max(x.reach, 1e-6)));
    attributes.emplace_back("beta", g.number(1));
  }
  return g.node("HardSigmoid", open(x, 1), {x.name}, x.shape, attributes);
}

Tensor clip(Graph &g, Tensor x, Grade) {
  float a = g.number(x.reach), b = g.number(x.reach);
  float low = std::min(a, b), high = std::max(a, b);
  bool hasLow = !g.d.chance(25), hasHigh = !hasLow || !g.d.chance(25);
  Tensor y = open(x, std::max({std::fabs(low), std::fabs(high), 1e-6F}));
  if (!hasLow || !hasHigh)
    y.reach = x.reach;
  if (g.opset >= 11) {
    std::vector<std::string> inputs = {x.name, hasLow ? g.scalar(low) : ""};
    if (hasHigh)
      inputs.push_back(g.scalar(high));
    return g.node("Clip", y, inputs, x.shape);
  }
  Attributes attributes;
  if (hasLow)
    attributes.emplace_back("min", low);
  if (hasHigh)
    attributes.emplace_back("max", high);
  return g.node("Clip", y, {x.name}, x.shape, attributes);
}

Tensor bounded(Graph &g, Tensor x, const char *op) {
  std::vector<std::string> inputs = {x.name, g.scalar(g.number(x.reach))};
  if (g.d.chance(30))
    std::swap(inputs[0], inputs[1]);
  return g.node(op, open(x, x.reach), inputs, x.shape);
}
Tensor least(Graph &g, Tensor x, Grade) { return bounded(g, x, "Min"); }
Tensor most(Graph &g, Tensor x, Grade) { return bounded(g, x, "Max"); }

Tensor together(Graph &g, Tensor x, const char *op) {
  Tensor y = partner(g, x), sum = open(x, x.reach + y.reach);
  std::vector<std::string> inputs = {x.name, y.name};
  if (g.d.chance(30))
    std::swap(inputs[0], inputs[1]);
  sum.mixed = true;
  return g.node(op, sum, inputs, x.shape);
}
Tensor withConstant(Graph &g, Tensor x, const char *op) {
  std::vector<std::string> inputs = {x.name, parameter(g, x, x.reach)};
  if (g.d.chance(30))
    std::swap(inputs[0], inputs[1]);
  return g.node(op, open(x, 2 * x.reach), inputs, x.shape);
}
Tensor add(Graph &g, Tensor x, Grade) { return together(g, x, "Add"); }
Tensor addConstant(Graph &g, Tensor x, Grade) { return withConstant(g, x, "Add"); }
Tensor subtract(Graph &g, Tensor x, Grade) {
  return g.d.chance(50) ? together(g, x, "Sub") : withConstant(g, x, "Sub");
}

Tensor multiply(Graph &g, Tensor x, Grade) {
  std::vector<std::string> inputs = {x.name, parameter(g, x, 2)};
  if (g.d.chance(30))
    std::swap(inputs[0], inputs[1]);
  return g.node("Mul", open(x, 2 * x.reach), inputs, x.shape);
}
Tensor divide(Graph &g, Tensor x, Grade) {
  return g.node("Div", open(x, 2 * x.reach), {x.name, parameter(g, x, 2, true)}, x.shape);
}

/// Of one to three tensors and a constant.
Tensor sum(Graph &g, Tensor x, Grade) {
  std::vector<std::string> inputs = {x.name};
  Tensor total = open(x, x.reach);
  for (int64_t k = g.d.between(0, 2); k > 0; --k) {
    Tensor y = partner(g, x);
    total.reach += y.reach;
    total.mixed = true;
    inputs.push_back(y.name);
  }
  if (g.d.chance(40))
    inputs.push_back(parameter(g, x, x.reach));
  return g.node("Sum", total, inputs, x.shape);
}

} // namespace

void addElementwise(std::vector<Operator> &all) {
  all.push_back({"Relu", Needs::Any, relu});
  all.push_back({"LeakyRelu", Needs::Any, leakyRelu});
  all.push_back({"PRelu", Needs::Any, prelu});
  all.push_back({"Clip", Needs::Any, clip});
  all.push_back({"HardSigmoid", Needs::Any, hardSigmoid});
  all.push_back({"Neg", Needs::Any, negate});
  all.push_back({"Abs", Needs::Any, absolute});
  all.push_back({"Min", Needs::Any, least});
  all.push_back({"Max", Needs::Any, most});
  all.push_back({"Add", Needs::Any, add});
  all.push_back({"Add of a constant", Needs::Any, addConstant});
  all.push_back({"Sub", Needs::Any, subtract});
  all.push_back({"Mul", Needs::Any, multiply});
  all.push_back({"Div", Needs::Any, divide});
  all.push_back({"Sum", Needs::Any, sum});
}

} // namespace dyadic::fuzz
