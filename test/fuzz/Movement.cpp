// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elements move, are left out, repeated or joined.
#include "test/fuzz/Operators.h"
#include <algorithm>
#include <numeric>

namespace dyadic::fuzz {
namespace {

int64_t anyAxis(Graph &g, const Tensor &x) {
  return g.d.between(1, static_cast<int64_t>(x.shape.size()) - 1);
}
/// Now and then counted from behind.
int64_t written(Graph &g, const Tensor &x, int64_t axis) {
  return g.d.chance(30) ? axis - static_cast<int64_t>(x.shape.size()) : axis;
}

Tensor transpose(Graph &g, Tensor x, Grade) {
  Dims perm(x.shape.size());
  std::iota(perm.begin(), perm.end(), 0);
  for (size_t i = perm.size() - 1; i > 1; --i)
    std::swap(perm[i], perm[static_cast<size_t>(g.d.between(1, static_cast<int64_t>(i)))]);
  Dims shape;
  for (int64_t p : perm)
    shape.push_back(x.shape[static_cast<size_t>(p)]);
  return g.node("Transpose", x, {x.name}, shape, {{"perm", perm}});
}

Tensor concat(Graph &g, Tensor x, Grade) {
  int64_t axis = g.d.chance(60) ? 1 : anyAxis(g, x);
  std::vector<std::string> inputs = {x.name};
  double reach = x.reach;
  bool codes = false;
  for (int64_t k = g.d.between(1, 2); k > 0; --k) {
    Tensor y = g.d.chance(15) ? x : partner(g, x);
    codes = x.codes && y.name == x.name;
    x.mixed |= y.mixed;
    reach = std::max(reach, y.reach);
    inputs.insert(inputs.begin() + g.d.below(2), y.name);
  }
  Dims shape = x.shape;
  shape[static_cast<size_t>(axis)] *= static_cast<int64_t>(inputs.size());
  Tensor y = x;
  y.reach = reach;
  if (!codes || inputs.size() > 2)
    y.codes = y.even = false, y.unit = 0;
  return g.node("Concat", y, inputs, shape, {{"axis", written(g, x, axis)}});
}

Tensor slice(Graph &g, Tensor x, Grade) {
  int64_t axis = anyAxis(g, x), extent = x.shape[static_cast<size_t>(axis)];
  int64_t step = g.d.chance(25) ? 2 : 1, begin = g.d.between(0, extent - 1),
          end = g.d.between(begin + 1, extent);
  bool backwards = g.opset >= 10 && g.d.chance(15);
  Dims shape = x.shape;
  if (g.opset < 10)
    step = 1;
  shape[static_cast<size_t>(axis)] = (end - begin + step - 1) / step;
  if (g.opset < 10)
    return g.node("Slice", x, {x.name}, shape,
                  {{"starts", Dims{begin}}, {"ends", Dims{end}}, {"axes", Dims{axis}}});
  Dims starts = {begin}, ends = {end == extent && g.d.chance(30) ? INT32_MAX : end};
  if (backwards) { // from end - 1 down to begin
    starts = {end - 1};
    ends = {begin == 0 ? -extent - 1 : begin - 1};
    step = -step;
  }
  return g.node("Slice", x,
                {x.name, g.ints(starts), g.ints(ends), g.ints({written(g, x, axis)}), g.ints({step})}, shape);
}

/// The parts that are not carried on become outputs of the network, or are summed up where they can be.
Tensor split(Graph &g, Tensor x, Grade) {
  int64_t axis = anyAxis(g, x), extent = x.shape[static_cast<size_t>(axis)];
  int64_t first = extent > 1 ? g.d.between(1, extent - 1) : 1;
  Dims parts = extent > 1 ? Dims{first, extent - first} : Dims{1};
  if (extent > 2 && parts[1] > 1 && g.d.chance(30))
    parts = {first, 1, extent - first - 1};
  std::vector<std::string> inputs = {x.name};
  Attributes attributes = {{"axis", written(g, x, axis)}};
  if (g.opset >= 13)
    inputs.push_back(g.ints(parts));
  else
    attributes.emplace_back("split", parts);
  Dims shape = x.shape;
  shape[static_cast<size_t>(axis)] = parts[0];
  Tensor y = g.node("Split", x, inputs, shape, attributes);
  for (size_t k = 1; k < parts.size(); ++k) {
    Tensor other = y;
    other.name = g.extraOutput();
    other.shape[static_cast<size_t>(axis)] = parts[k];
    if (k == 1 && g.d.chance(40))
      g.output(other);
  }
  return y;
}

Tensor gather(Graph &g, Tensor x, Grade) {
  int64_t axis = anyAxis(g, x), extent = x.shape[static_cast<size_t>(axis)];
  Dims shape = x.shape, indices;
  if (x.shape.size() > 2 && g.d.chance(30)) { // one index: the axis goes
    shape.erase(shape.begin() + axis);
    return g.node("Gather", x, {x.name, g.ints({g.d.between(-extent, extent - 1)}, true)}, shape,
                  {{"axis", written(g, x, axis)}});
  }
  int64_t step = g.d.pick<int64_t>({1, -1, 2}), at = g.d.between(0, extent - 1);
  for (; at >= 0 && at < extent && indices.size() < 4; at += step)
    indices.push_back(at);
  shape[static_cast<size_t>(axis)] = static_cast<int64_t>(indices.size());
  return g.node("Gather", x, {x.name, g.ints(indices)}, shape, {{"axis", written(g, x, axis)}});
}

Tensor pad(Graph &g, Tensor x, Grade) {
  size_t rank = x.shape.size();
  Dims pads(2 * rank, 0), shape = x.shape;
  for (size_t i = 1; i < rank; ++i) {
    if (!g.d.chance(60))
      continue;
    int64_t least = g.d.chance(15) && shape[i] > 1 ? -1 : 0;
    pads[i] = g.d.between(least, 2), pads[rank + i] = g.d.between(0, 1);
    shape[i] += pads[i] + pads[rank + i];
  }
  Tensor y = x;
  y.unit = 0;
  double value = 0;
  if (g.d.chance(40)) {
    value =
        x.unit > 0 && g.d.chance(70) ? x.unit * static_cast<double>(g.d.between(-3, 3)) : g.number(x.reach);
    y.codes = false;
  }
  y.codes &= x.even;
  if (g.opset < 11)
    return g.node("Pad", y, {x.name}, shape, {{"pads", pads}, {"value", static_cast<float>(value)}});
  std::vector<std::string> inputs = {x.name, g.ints(pads)};
  if (value != 0 || g.d.chance(30))
    inputs.push_back(g.scalar(value));
  return g.node("Pad", y, inputs, shape, {{"mode", std::string("constant")}});
}

/// Activations are not repeated: a copy for each place is what these two may ask for.
Tensor expand(Graph &g, Tensor x, Grade) {
  Dims target = x.shape;
  for (int64_t &extent : target)
    extent = g.d.chance(50) ? 1 : extent;
  target[0] = g.d.chance(50) ? 1 : x.shape[0];
  return g.node("Expand", x, {x.name, g.ints(target)}, x.shape);
}

Tensor tile(Graph &g, Tensor x, Grade) {
  return g.node("Tile", x, {x.name, g.ints(Dims(x.shape.size(), 1))}, x.shape);
}

Tensor same(Graph &g, Tensor x, Grade) { return g.node("Identity", x, {x.name}, x.shape); }
Tensor dropout(Graph &g, Tensor x, Grade) { return g.node("Dropout", x, {x.name}, x.shape); }
Tensor cast(Graph &g, Tensor x, Grade) { return g.node("Cast", x, {x.name}, x.shape, {{"to", int64_t(1)}}); }

} // namespace

void addMovement(std::vector<Operator> &all) {
  all.push_back({"Transpose", Needs::Any, transpose});
  all.push_back({"Concat", Needs::Any, concat});
  all.push_back({"Split", Needs::Any, split});
  all.push_back({"Slice", Needs::Any, slice});
  all.push_back({"Gather", Needs::Any, gather});
  all.push_back({"Pad", Needs::Any, pad});
  all.push_back({"Expand", Needs::Any, expand});
  all.push_back({"Tile", Needs::Any, tile});
  all.push_back({"Identity", Needs::Any, same});
  all.push_back({"Dropout", Needs::Any, dropout});
  all.push_back({"Cast", Needs::Any, cast});
}

} // namespace dyadic::fuzz
