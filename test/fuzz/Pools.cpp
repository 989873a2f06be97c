// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pools over windows and over all of a tensor, and the heads behind which a network ends.
#include "test/fuzz/Operators.h"
#include <algorithm>

namespace dyadic::fuzz {
namespace {

struct Windows {
  Dims out;
  Attributes attributes;
};

/// Every window covers input: pads are smaller than the kernel and no window starts behind the input.
Windows windows(Graph &g, const Dims &in, bool average) {
  size_t axes = in.size();
  Windows w;
  Dims kernel, strides, dilations, pads(2 * axes, 0);
  bool dilated = g.opset >= (average ? 19 : 10) && g.d.chance(12);
  bool same = !dilated && g.d.chance(12), ceiling = !same && g.opset >= 10 && g.d.chance(30);
  for (size_t i = 0; i < axes; ++i) {
    int64_t k = std::min<int64_t>(g.d.between(1, 3), in[i]), d = dilated && (k - 1) * 2 < in[i] ? 2 : 1;
    int64_t stride = g.d.chance(60) ? k : g.d.between(1, 3);
    if (!same && d == 1 && g.d.chance(35))
      pads[i] = g.d.between(0, k - 1), pads[axes + i] = g.d.between(0, k - 1);
    int64_t room = in[i] + pads[i] + pads[axes + i] - (k - 1) * d - 1;
    int64_t count = room / stride + 1;
    if (ceiling && room % stride != 0 && count * stride < in[i] + pads[i])
      ++count;
    if (same) {
      count = (in[i] + stride - 1) / stride;
    } else {
      // The last window must reach the input; without padding behind it does.
      if ((count - 1) * stride - pads[i] >= in[i])
        return windows(g, in, average);
    }
    kernel.push_back(k), strides.push_back(stride), dilations.push_back(d), w.out.push_back(count);
  }
  w.attributes = {{"kernel_shape", kernel}, {"strides", strides}};
  if (same)
    w.attributes.emplace_back("auto_pad", g.d.pick<std::string>({"SAME_UPPER", "SAME_LOWER"}));
  else if (pads != Dims(2 * axes, 0) || g.d.chance(50))
    w.attributes.emplace_back("pads", pads);
  if (dilated)
    w.attributes.emplace_back("dilations", dilations);
  if (ceiling)
    w.attributes.emplace_back("ceil_mode", int64_t(1));
  if (average && g.d.chance(40))
    w.attributes.emplace_back("count_include_pad", int64_t(1));
  return w;
}

Tensor averaged(Tensor x, int64_t count) {
  x.codes = false;
  x.unit = 0;
  for (; count > 1; count = (count + 1) / 2)
    ++x.width;
  return x;
}

Tensor pool(Graph &g, Tensor x, const char *op, bool average, bool last = false, const char *domain = "") {
  Dims space(x.shape.begin() + (last ? 1 : 2), x.shape.end() - (last ? 1 : 0));
  Windows w = windows(g, space, average);
  Dims shape = {x.shape[0]};
  if (!last)
    shape.push_back(x.shape[1]);
  shape.insert(shape.end(), w.out.begin(), w.out.end());
  if (last)
    shape.push_back(x.shape.back());
  return g.node(op, average ? averaged(x, 9) : x, {x.name}, shape, w.attributes, domain);
}

Tensor maxPool(Graph &g, Tensor x, Grade) { return pool(g, x, "MaxPool", false); }
Tensor averagePool(Graph &g, Tensor x, Grade) { return pool(g, x, "AveragePool", true); }
Tensor maxPoolLast(Graph &g, Tensor x, Grade) {
  return g.d.chance(50) ? pool(g, x, "MaxPoolNHWC", false, true, "qonnx.custom_op.general")
                        : pool(g, x, "MaxPool", false, true, "qonnx.custom_op.channels_last");
}
Tensor averagePoolLast(Graph &g, Tensor x, Grade) {
  return pool(g, x, "AveragePool", true, true, "qonnx.custom_op.channels_last");
}

Tensor global(Graph &g, Tensor x, bool average) {
  Dims shape = {x.shape[0], x.shape[1]};
  shape.resize(x.shape.size(), 1);
  Tensor y = average ? averaged(x, elements(x.shape) / elements(shape)) : x;
  return g.node(average ? "GlobalAveragePool" : "GlobalMaxPool", y, {x.name}, shape);
}
Tensor globalAverage(Graph &g, Tensor x, Grade) { return global(g, x, true); }
Tensor globalMax(Graph &g, Tensor x, Grade) { return global(g, x, false); }

Tensor reduce(Graph &g, Tensor x, const char *op, int64_t since) {
  auto rank = static_cast<int64_t>(x.shape.size());
  Dims axes, shape = {x.shape[0]};
  bool keep = rank == 2 || !g.d.chance(40);
  int64_t count = 1, only = g.d.between(1, rank - 1);
  for (int64_t i = 1; i < rank; ++i) {
    int64_t extent = x.shape[static_cast<size_t>(i)];
    if (i != only && (!keep || !g.d.chance(50))) { // without keepdims one axis goes
      shape.push_back(extent);
      continue;
    }
    axes.push_back(g.d.chance(30) ? i - rank : i);
    count *= extent;
    if (keep)
      shape.push_back(1);
  }
  Tensor y = averaged(x, count);
  if (since == 13)
    y.reach *= static_cast<double>(count);
  y.name = x.name;
  return withAxes(g, op, y, axes, shape, since, {{"keepdims", static_cast<int64_t>(keep)}});
}
Tensor reduceMean(Graph &g, Tensor x, Grade) { return reduce(g, x, "ReduceMean", 18); }
Tensor reduceSum(Graph &g, Tensor x, Grade) { return reduce(g, x, "ReduceSum", 13); }

Tensor softmax(Graph &g, Tensor x, Grade) {
  bool joins = g.opset < 13; // all axes from this one on, so the last
  auto rank = static_cast<int64_t>(x.shape.size());
  int64_t axis = joins ? rank - 1 : g.d.between(1, rank - 1);
  Tensor y = g.node("Softmax", x, {x.name}, x.shape, {{"axis", axis}});
  g.output(y);
  return y;
}
Tensor argMax(Graph &g, Tensor x, Grade) {
  bool keep = !g.d.chance(50);
  int64_t axis = g.d.between(1, static_cast<int64_t>(x.shape.size()) - 1);
  Dims shape = x.shape;
  if (keep)
    shape[static_cast<size_t>(axis)] = 1;
  else
    shape.erase(shape.begin() + axis);
  Tensor y = g.node("ArgMax", x, {x.name}, shape, {{"axis", axis}, {"keepdims", static_cast<int64_t>(keep)}});
  g.output(y, true);
  return y;
}

} // namespace

void addPools(std::vector<Operator> &all) {
  all.push_back({"MaxPool", Needs::Space, maxPool});
  all.push_back({"MaxPool, channels last", Needs::Image, maxPoolLast});
  all.push_back({"AveragePool", Needs::Space, averagePool, Operator::Sums});
  all.push_back({"AveragePool, channels last", Needs::Space, averagePoolLast, Operator::Sums});
  all.push_back({"GlobalAveragePool", Needs::Space, globalAverage, Operator::Sums});
  all.push_back({"GlobalMaxPool", Needs::Space, globalMax});
  all.push_back({"ReduceMean", Needs::Any, reduceMean, Operator::Sums});
  all.push_back({"ReduceSum", Needs::Any, reduceSum, Operator::Sums});
}

void addHeads(std::vector<Operator> &all) {
  all.push_back({"Softmax", Needs::Any, softmax, Operator::Head});
  all.push_back({"ArgMax", Needs::Any, argMax, Operator::Head});
}

} // namespace dyadic::fuzz
