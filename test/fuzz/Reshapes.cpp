// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Other shapes for the same elements, and resizing.
#include "test/fuzz/Operators.h"
#include <algorithm>

namespace dyadic::fuzz {
namespace {

/// A divisor of n up to `most`, 1 being the simplest.
int64_t divisor(Graph &g, int64_t n, int64_t most) {
  Dims all;
  for (int64_t k = 1; k <= std::min(n, most); ++k)
    if (n % k == 0)
      all.push_back(k);
  return g.d.pick(all);
}

Tensor reshapeTo(Graph &g, Tensor x, Dims shape) {
  Dims target = shape;
  // The batch as a number, as 0 (the input's), or left to be found.
  uint32_t kind = g.d.below(3);
  if (kind == 1)
    target[0] = 0;
  else if (kind == 2)
    target[0] = -1;
  if (kind != 2 && g.d.chance(30))
    target.back() = -1;
  g.count("Reshape", x.grade);
  return g.node("Reshape", x, {x.name, g.ints(target)}, shape);
}

Tensor reshape(Graph &g, Tensor x, Grade) {
  int64_t n = elements(x.shape) / x.shape[0];
  Dims shape = {x.shape[0]};
  for (int64_t axes = g.d.between(0, 2); axes > 0; --axes) {
    shape.push_back(divisor(g, n, 8));
    n /= shape.back();
  }
  shape.push_back(n);
  return reshapeTo(g, x, shape);
}

Tensor flatten(Graph &g, Tensor x, Grade) {
  Attributes attributes;
  if (g.d.chance(50))
    attributes.emplace_back("axis", int64_t(1));
  return g.node("Flatten", x, {x.name}, {x.shape[0], elements(x.shape) / x.shape[0]}, attributes);
}

Tensor squeeze(Graph &g, Tensor x, Grade) {
  Dims axes, shape = {x.shape[0]};
  for (size_t i = 1; i < x.shape.size(); ++i)
    if (x.shape[i] == 1 && x.shape.size() - axes.size() > 2 && (axes.empty() || g.d.chance(50)))
      axes.push_back(static_cast<int64_t>(i));
    else
      shape.push_back(x.shape[i]);
  if (axes.empty()) { // made to have one
    Dims wide = x.shape;
    wide.push_back(1);
    return squeeze(g, reshapeTo(g, x, wide), {});
  }
  return withAxes(g, "Squeeze", x, axes, shape, 13);
}

Tensor unsqueeze(Graph &g, Tensor x, Grade) {
  int64_t axis = g.d.between(1, static_cast<int64_t>(x.shape.size()));
  Dims shape = x.shape;
  shape.insert(shape.begin() + axis, 1);
  return withAxes(g, "Unsqueeze", x, {axis}, shape, 13);
}

Tensor depthToSpace(Graph &g, Tensor x, Grade) {
  Dims s = x.shape;
  if (s[1] % 4 != 0) {
    int64_t n = s[1] * s[2] * s[3];
    x = reshapeTo(g, x, n % 4 == 0 ? Dims{s[0], 4, n / 4, 1} : Dims{s[0], s[1], s[2], s[3]});
    s = x.shape;
  }
  int64_t block = s[1] % 4 == 0 ? 2 : 1;
  Attributes attributes = {{"blocksize", block}};
  if (g.opset >= 11 && g.d.chance(60))
    attributes.emplace_back("mode", g.d.pick<std::string>({"CRD", "DCR"}));
  return g.node("DepthToSpace", x, {x.name}, {s[0], s[1] / block / block, s[2] * block, s[3] * block},
                attributes);
}

Tensor spaceToDepth(Graph &g, Tensor x, Grade) {
  const Dims &s = x.shape;
  int64_t block = s[2] % 2 == 0 && s[3] % 2 == 0 ? 2 : s[2] % 3 == 0 && s[3] % 3 == 0 ? 3 : 1;
  return g.node("SpaceToDepth", x, {x.name}, {s[0], s[1] * block * block, s[2] / block, s[3] / block},
                {{"blocksize", block}});
}

Tensor resize(Graph &g, Tensor x, Grade) {
  size_t rank = x.shape.size();
  std::vector<float> scales(rank, 1);
  Dims shape = x.shape;
  for (size_t i = 2; i < rank; ++i) {
    scales[i] = g.d.pick<float>({2, 3, 1.5F, 0.5F, 1});
    if (static_cast<float>(shape[i]) * scales[i] < 1)
      scales[i] = 1;
    shape[i] = static_cast<int64_t>(static_cast<float>(shape[i]) * scales[i]);
  }
  std::string list = g.floats(scales, {static_cast<int64_t>(rank)});
  if (g.opset < 11)
    return g.node(g.opset < 10 ? "Upsample" : "Resize", x, {x.name, list}, shape,
                  {{"mode", std::string("nearest")}});
  Attributes attributes = {
      {"mode", std::string("nearest")},
      {"coordinate_transformation_mode",
       g.d.pick<std::string>({"asymmetric", "half_pixel", "align_corners", "pytorch_half_pixel"})},
      {"nearest_mode", g.d.pick<std::string>({"floor", "round_prefer_floor", "ceil", "round_prefer_ceil"})}};
  if (g.d.chance(25)) {
    std::vector<std::string> inputs = {x.name, "", "", g.ints(shape)};
    return g.node("Resize", x, inputs, shape, attributes);
  }
  return g.node("Resize", x, {x.name, g.opset < 13 || g.d.chance(50) ? g.floats({}, {0}) : "", list}, shape,
                attributes);
}

} // namespace

Tensor withAxes(Graph &g, const std::string &op, const Tensor &x, const Dims &axes, Dims shape, int64_t since,
                Attributes attributes) {
  std::vector<std::string> inputs = {x.name};
  if (g.opset >= since)
    inputs.push_back(g.ints(axes));
  else
    attributes.emplace_back("axes", axes);
  return g.node(op, x, inputs, std::move(shape), attributes);
}

Tensor toRank(Graph &g, Tensor x, size_t rank) {
  if (x.shape.size() == rank)
    return x;
  int64_t n = elements(x.shape) / x.shape[0];
  if (rank == 2 && g.d.chance(50)) {
    g.count("Flatten", x.grade);
    return flatten(g, x, {});
  }
  Dims shape = {x.shape[0]};
  while (shape.size() + 1 < rank) {
    shape.push_back(divisor(g, n, 7));
    n /= shape.back();
  }
  shape.push_back(n);
  return reshapeTo(g, x, shape);
}

void addReshapes(std::vector<Operator> &all) {
  all.push_back({"Reshape", Needs::Any, reshape});
  all.push_back({"Flatten", Needs::Any, flatten});
  all.push_back({"Squeeze", Needs::Any, squeeze});
  all.push_back({"Unsqueeze", Needs::Any, unsqueeze});
  all.push_back({"DepthToSpace", Needs::Image, depthToSpace});
  all.push_back({"SpaceToDepth", Needs::Image, spaceToDepth});
  all.push_back({"Resize", Needs::Space, resize});
}

} // namespace dyadic::fuzz
