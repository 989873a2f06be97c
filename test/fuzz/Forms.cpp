// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pads, sums, joins and bounds in forms that the table's own functions never give.
#include "test/fuzz/Forms.h"
#include <algorithm>

namespace dyadic::fuzz {
namespace {

/// Changed by real numbers: nothing is known of its integers any more.
Tensor opened(Tensor x) {
  x.codes = x.even = false;
  x.unit = 0;
  return x;
}

/// Pad with what the tensor itself holds: mirrored, its edge, or from its other end.
Tensor padWithin(Graph &g, Tensor x) {
  size_t rank = x.shape.size();
  auto mode = g.opset < 19 ? g.d.pick<std::string>({"reflect", "edge"})
                           : g.d.pick<std::string>({"reflect", "edge", "wrap"});
  Dims pads(2 * rank, 0), shape = x.shape;
  for (size_t i = 1; i < rank; ++i) {
    int64_t most = mode == "edge" ? 3 : std::min<int64_t>(3, x.shape[i] - (mode == "reflect" ? 1 : 0));
    if (!g.d.chance(60))
      continue;
    pads[i] = g.d.between(0, most), pads[rank + i] = g.d.between(0, most);
    shape[i] += pads[i] + pads[rank + i];
  }
  if (g.opset < 11)
    return g.node("Pad", x, {x.name}, shape, {{"mode", mode}, {"pads", pads}});
  if (g.opset < 18 || !g.d.chance(50))
    return g.node("Pad", x, {x.name, g.ints(pads)}, shape, {{"mode", mode}});
  // Of some axes only, in any order, counted from behind.
  Dims axes, few;
  for (auto i = static_cast<int64_t>(rank) - 1; i > 0; --i)
    axes.push_back(g.d.chance(50) ? i - static_cast<int64_t>(rank) : i);
  for (size_t side = 0; side < 2; ++side)
    for (size_t i = rank - 1; i > 0; --i)
      few.push_back(pads[side * rank + i]);
  return g.node("Pad", x, {x.name, g.ints(few), "", g.ints(axes)}, shape, {{"mode", mode}});
}

/// Arithmetic with constants along the last axis or along two, with or without a Quant on them.
Tensor alongOthers(Graph &g, Tensor x) {
  size_t rank = x.shape.size();
  Dims shape(rank, 1);
  for (size_t i = 1; i < rank; ++i)
    if (g.d.chance(i + 1 == rank ? 80 : 25))
      shape[i] = x.shape[i];
  if (elements(shape) > 64)
    shape.assign(rank, 1);
  size_t lead = 0;
  while (lead + 1 < rank && shape[lead] == 1)
    ++lead;
  if (g.d.chance(50))
    shape.erase(shape.begin(), shape.begin() + static_cast<long>(lead));
  auto op = g.d.pick<std::string>({"Add", "Mul", "Sub", "Div"});
  std::string constant;
  if (op != "Div" && g.d.chance(50)) {
    constant = weights(g, shape, static_cast<int64_t>(shape.size()) - 1).name;
  } else {
    std::vector<float> values;
    for (int64_t k = 0; k < elements(shape); ++k)
      if (values.push_back(g.number(op == "Add" || op == "Sub" ? x.reach : 2));
          std::fabs(values.back()) < 1.0F / 32)
        values.back() = 0.5F;
    constant = g.floats(values, shape);
  }
  std::vector<std::string> inputs = {x.name, constant};
  if (op != "Div" && g.d.chance(30))
    std::swap(inputs[0], inputs[1]);
  Tensor y = opened(x);
  y.reach = 2 * x.reach + 1;
  return g.node(op, y, inputs, x.shape);
}

/// A tensor and one with a single position for each channel, or a single channel: as after squeezing.
Tensor broadcastSum(Graph &g, Tensor x) {
  x = toRank(g, x, 4);
  Tensor y = settled(g, x);
  Dims shape = x.shape;
  if (g.d.chance(50)) {
    shape[2] = shape[3] = 1;
    y = g.node("GlobalMaxPool", y, {y.name}, shape);
  } else {
    shape[1] = 1;
    Weights w = weights(g, {1, x.shape[1], 1, 1}, 0);
    y = g.node("Conv", summed(y, w, x.shape[1]), {y.name, w.name}, shape);
    y = quantise(g, y, {8, true}, true);
  }
  std::vector<std::string> inputs = {x.name, y.name};
  if (g.d.chance(30))
    std::swap(inputs[0], inputs[1]);
  Tensor sum = opened(x);
  sum.mixed = true;
  sum.reach += y.reach;
  return g.node(g.d.chance(50) ? "Add" : "Sub", sum, inputs, x.shape);
}

/// Equal parts of which no one says how large they are, each changed in its own way and joined again.
Tensor splitAndJoin(Graph &g, Tensor x) {
  x = settled(g, x);
  int64_t parts = 1, axis = 1;
  for (size_t i = 1; i < x.shape.size(); ++i)
    for (int64_t k : {2, 3})
      if (parts == 1 && x.shape[i] % k == 0)
        parts = k, axis = static_cast<int64_t>(i);
  Dims shape = x.shape;
  shape[static_cast<size_t>(axis)] /= parts;
  Attributes attributes = {{"axis", axis}};
  if (g.opset >= 18)
    attributes.emplace_back("num_outputs", parts);
  std::vector<Tensor> all = {g.node("Split", x, {x.name}, shape, attributes)};
  for (int64_t k = 1; k < parts; ++k) {
    all.push_back(all[0]);
    all.back().name = g.extraOutput();
  }
  bool join = g.d.chance(50);
  std::vector<std::string> inputs;
  Tensor y = opened(x);
  for (Tensor &part : all) {
    if (g.d.chance(60))
      part = operatorOf(g.d.pick<std::string>({"Quant", "Relu", "BatchNormalization", "Identity"}))
                 .make(g, part, x.grade);
    inputs.insert(inputs.begin() + g.d.below(static_cast<uint32_t>(inputs.size()) + 1), part.name);
    y.reach = join ? std::max(y.reach, part.reach) : y.reach + part.reach;
  }
  y.mixed = true;
  return join ? g.node("Concat", y, inputs, x.shape, {{"axis", axis}}) : g.node("Sum", y, inputs, shape);
}

/// Indices over two axes, and slices of several axes from both ends.
Tensor manyIndices(Graph &g, Tensor x) {
  size_t rank = x.shape.size();
  if (rank < 4 && g.d.chance(50)) {
    int64_t axis = g.d.between(1, static_cast<int64_t>(rank) - 1),
            extent = x.shape[static_cast<size_t>(axis)];
    int64_t half = std::max<int64_t>(1, extent / 2), rows = extent / half;
    std::vector<int64_t> indices;
    for (int64_t k = 0; k < rows * half; ++k)
      indices.push_back(k);
    Dims shape = x.shape;
    shape[static_cast<size_t>(axis)] = half;
    shape.insert(shape.begin() + axis, rows);
    return g.node("Gather", x, {x.name, g.ints(indices, {rows, half})}, shape, {{"axis", axis}});
  }
  Dims starts, ends, axes, shape = x.shape;
  for (auto i = static_cast<int64_t>(rank) - 1; i > 0; --i) {
    int64_t extent = x.shape[static_cast<size_t>(i)],
            begin = g.d.between(0, std::min<int64_t>(2, extent - 1)), end = g.d.between(begin + 1, extent);
    axes.push_back(i);
    starts.push_back(g.d.chance(50) ? begin - extent : begin);
    ends.push_back(end < extent && g.d.chance(50) ? end - extent : end);
    shape[static_cast<size_t>(i)] = end - begin;
  }
  if (g.opset < 10)
    return g.node("Slice", x, {x.name}, shape, {{"starts", starts}, {"ends", ends}, {"axes", axes}});
  return g.node("Slice", x, {x.name, g.ints(starts), g.ints(ends), g.ints(axes)}, shape);
}

/// Joined with a constant: raw, or behind a Quant of its own.
Tensor joinConstant(Graph &g, Tensor x) {
  if (g.batch != 1 || g.options.batch != 1)
    return x;
  Dims part = x.shape, shape = x.shape;
  part[1] = g.d.between(1, 2);
  shape[1] += part[1];
  std::string constant;
  if (g.d.chance(50)) {
    constant = weights(g, part, 1).name;
  } else {
    std::vector<float> values;
    for (int64_t k = 0; k < elements(part); ++k)
      values.push_back(g.number(x.reach));
    constant = g.floats(values, part);
  }
  std::vector<std::string> inputs = {x.name, constant};
  if (g.d.chance(50))
    std::swap(inputs[0], inputs[1]);
  return g.node("Concat", opened(x), inputs, shape, {{"axis", int64_t(1)}});
}

/// The new shape computed from the old one, as tracing exporters write it.
Tensor shapeOfItsOwn(Graph &g, Tensor x) {
  Tensor none;
  Dims shape = {x.shape[0], elements(x.shape) / x.shape[0]};
  std::string all = g.node("Shape", none, {x.name}, {}).name;
  std::string first = g.node("Gather", none, {all, g.ints({0}, true)}, {}, {{"axis", int64_t(0)}}).name;
  none.name = first;
  first = withAxes(g, "Unsqueeze", none, {0}, {1}, 13).name;
  std::string target = g.node("Concat", none, {first, g.ints({-1})}, {}, {{"axis", int64_t(0)}}).name;
  return g.node("Reshape", x, {x.name, target}, shape);
}

/// What gives its input on, in words of newer exporters.
Tensor passedOn(Graph &g, Tensor x) {
  uint32_t kind = g.d.below(3);
  if (kind == 1 && g.opset >= 15)
    return g.node("CastLike", x, {x.name, g.scalar(1)}, x.shape);
  if (kind == 2 && g.opset >= 14) // the batch baked in
    return g.node("Reshape", x, {x.name, g.ints(x.shape)}, x.shape, {{"allowzero", int64_t(1)}});
  return g.node("DebugMarker", x, {x.name}, x.shape, {{"marker_name", std::string("here")}},
                "qonnx.custom_op.general");
}

/// Accumulators that bend once or more on their way to 9 to 16 bits: too many codes to list.
Tensor bendToManyCodes(Graph &g, Tensor x) {
  static const std::vector<const char *> bends = {"LeakyRelu", "LeakyRelu", "PRelu", "Clip", "Relu", "Abs"};
  Tensor y = settled(g, x);
  if (g.d.chance(70))
    y = apply(g, operatorOf(g.d.pick<std::string>({"Conv", "Conv, depthwise", "MatMul"})), y, y.grade);
  if (g.d.chance(30))
    y = apply(g, operatorOf(g.d.pick<std::string>({"BatchNormalization", "Add", "Mul"})), y, y.grade);
  for (int64_t k = g.d.chance(70) ? 1 : g.d.between(2, 3); k > 0; --k)
    y = apply(g, operatorOf(g.d.pick(bends)), y, y.grade);
  return quantise(g, y, {static_cast<int>(g.d.between(9, 16)), g.d.chance(80)});
}

/// Several bounds at once.
Tensor manyBounds(Graph &g, Tensor x) {
  std::vector<std::string> inputs = {g.scalar(g.number(x.reach)), x.name, g.scalar(g.number(x.reach))};
  if (g.d.chance(30))
    inputs.pop_back();
  return g.node(g.d.chance(50) ? "Min" : "Max", opened(x), inputs, x.shape);
}

} // namespace

Tensor anotherForm(Graph &g, Tensor x) {
  static const std::vector<Form> forms = [] {
    std::vector<Form> all = {padWithin,   alongOthers,  broadcastSum,  splitAndJoin, passedOn,
                             manyIndices, joinConstant, shapeOfItsOwn, manyBounds,   bendToManyCodes};
    for (Form form : formsOfProducts())
      all.push_back(form);
    return all;
  }();
  return g.d.pick(forms)(g, toRank(g, x, std::clamp<size_t>(x.shape.size(), 2, 4)));
}

} // namespace dyadic::fuzz
