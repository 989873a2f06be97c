// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conv in its many forms, Gemm, MatMul and BatchNormalization.
#include "test/fuzz/Operators.h"
#include <algorithm>

namespace dyadic::fuzz {
namespace {

void grow(Tensor &y, const Tensor &x, const Weights &w, int64_t terms) {
  y.codes = y.mixed = false;
  y.even = x.even && w.even;
  y.unit = x.unit * w.unit;
  y.width = x.width + w.bits;
  for (int64_t n = terms; n > 1; n = (n + 1) / 2)
    ++y.width;
  y.reach = x.reach * w.reach * std::max(1.0, static_cast<double>(terms) / 3);
}

/// Raw float, or quantised to 8, 16 or 32 bits, with the accumulator's scale or one of its own.
std::string bias(Graph &g, int64_t outputs, const Tensor &y) {
  std::vector<float> values;
  for (int64_t o = 0; o < outputs; ++o)
    values.push_back(g.number(y.reach / 2));
  std::string raw = g.floats(values, {outputs});
  if (!g.d.chance(50))
    return raw;
  auto bits = static_cast<double>(g.d.pick<int64_t>({32, 16, 8}));
  double scale = y.unit > 0 && g.d.chance(50) ? y.unit : g.scaleNear(y.reach / 100);
  Tensor none;
  return g
      .node("Quant", none, {raw, g.scalar(scale), g.scalar(0), g.scalar(bits)}, {outputs},
            {{"signed", int64_t(1)}, {"narrow", int64_t(0)}, {"rounding_mode", std::string("ROUND")}},
            "onnx.brevitas")
      .name;
}

struct Windows {
  Dims kernel, out;
  Attributes attributes;
};

Windows windows(Graph &g, const Dims &in) {
  size_t axes = in.size();
  Windows w;
  const Dims ones(axes, 1);
  Dims strides = ones, dilations = ones, pads(2 * axes, 0);
  bool automatic = g.d.chance(12), plain = !automatic && g.d.chance(25);
  bool same = automatic && !g.d.chance(30);
  for (size_t i = 0; i < axes; ++i) {
    int64_t k = g.d.between(1, 3), d = g.d.chance(15) ? 2 : 1;
    strides[i] = g.d.chance(30) ? g.d.between(2, 3) : 1;
    if (!automatic && !plain) // asymmetric as a rule
      pads[i] = g.d.between(0, k / 2 + 1), pads[axes + i] = g.d.chance(70) ? pads[i] : g.d.between(0, k);
    int64_t room = in[i] + pads[i] + pads[axes + i];
    if (!same)
      for (; (k - 1) * d + 1 > room;)
        d > 1 ? --d : --k;
    w.kernel.push_back(k);
    dilations[i] = d;
    w.out.push_back(same ? (in[i] + strides[i] - 1) / strides[i] : (room - (k - 1) * d - 1) / strides[i] + 1);
  }
  if (g.d.chance(80))
    w.attributes.emplace_back("kernel_shape", w.kernel);
  if (strides != ones || g.d.chance(50))
    w.attributes.emplace_back("strides", strides);
  if (dilations != ones || g.d.chance(50))
    w.attributes.emplace_back("dilations", dilations);
  if (automatic)
    w.attributes.emplace_back("auto_pad", same ? g.d.pick<std::string>({"SAME_UPPER", "SAME_LOWER"})
                                               : std::string("VALID"));
  else if (!plain || g.d.chance(50))
    w.attributes.emplace_back("pads", pads);
  return w;
}

enum class Form { Dense, Depthwise, Last };

Tensor convolve(Graph &g, Tensor x, Form form, const Grade *grade = nullptr, bool dequantise = false) {
  bool last = form == Form::Last;
  Dims shape = x.shape;
  if (last) { // channels are the last axis
    shape.insert(shape.begin() + 1, shape.back());
    shape.pop_back();
  }
  int64_t channels = shape[1], group = 1, outputs = g.outputs(6);
  if (form == Form::Depthwise)
    group = channels, outputs = channels * (g.d.chance(20) ? 2 : 1);
  else if (channels > 1 && channels % 2 == 0 && g.d.chance(25))
    group = 2, outputs = outputs / 2 * 2 + 2;
  Windows w = windows(g, Dims(shape.begin() + 2, shape.end()));
  Dims wide = {outputs, channels / group};
  wide.insert(wide.end(), w.kernel.begin(), w.kernel.end());
  int64_t terms = elements(wide) / outputs;
  Dims stored = wide;
  if (last) // outputs, kernel, inputs
    stored.erase(stored.begin() + 1), stored.push_back(wide[1]);
  Weights values = weights(g, stored, 0, grade, dequantise);
  if (group != 1)
    w.attributes.emplace_back("group", group);
  Tensor y = x;
  grow(y, x, values, terms);
  std::vector<std::string> inputs = {x.name, values.name};
  bool biased = g.d.chance(45);
  if (biased)
    inputs.push_back(bias(g, outputs, y));
  Dims out = {shape[0], outputs};
  out.insert(out.end(), w.out.begin(), w.out.end());
  if (last)
    out.erase(out.begin() + 1), out.push_back(outputs);
  Tensor result = g.node("Conv", y, inputs, out, w.attributes, last ? "qonnx.custom_op.channels_last" : "");
  if (biased)
    result.unit = 0;
  return result;
}

Tensor conv(Graph &g, Tensor x, Grade) { return convolve(g, x, Form::Dense); }
Tensor depthwise(Graph &g, Tensor x, Grade) { return convolve(g, x, Form::Depthwise); }
Tensor convLast(Graph &g, Tensor x, Grade) { return convolve(g, x, Form::Last); }
Tensor dequantised(Graph &g, Tensor x, Grade) { return convolve(g, x, Form::Dense, nullptr, true); }

Tensor gemm(Graph &g, Tensor x, Grade) {
  int64_t depth = x.shape[1], outputs = g.outputs(8);
  bool across = !g.d.chance(30);
  Weights w = weights(g, across ? Dims{outputs, depth} : Dims{depth, outputs}, across ? 0 : 1);
  Tensor y = x;
  grow(y, x, w, depth);
  std::vector<std::string> inputs = {x.name, w.name};
  Attributes attributes = {{"transB", static_cast<int64_t>(across)}};
  if (g.d.chance(10)) {
    attributes.emplace_back("alpha", g.scaleNear(1.5));
    y.unit = 0;
  }
  if (g.d.chance(60)) {
    inputs.push_back(bias(g, outputs, y));
    y.unit = 0;
    if (g.d.chance(10))
      attributes.emplace_back("beta", g.scaleNear(1.5));
  }
  return g.node("Gemm", y, inputs, {x.shape[0], outputs}, attributes);
}

Tensor multiply(Graph &g, Tensor x, const Grade *grade) {
  int64_t depth = x.shape.back(), outputs = g.outputs(8);
  Weights w = weights(g, {depth, outputs}, 1, grade);
  Tensor y = x;
  grow(y, x, w, depth);
  Dims shape = x.shape;
  shape.back() = outputs;
  return g.node("MatMul", y, {x.name, w.name}, shape);
}

Tensor matmul(Graph &g, Tensor x, Grade) { return multiply(g, x, nullptr); }

/// Three axes: rows by a constant matrix, or a constant matrix by columns.
Tensor matmulLine(Graph &g, Tensor x, Grade) {
  if (!g.d.chance(30))
    return multiply(g, x, nullptr);
  int64_t depth = x.shape[1], outputs = g.outputs(6);
  Weights w = weights(g, {outputs, depth}, 0);
  Tensor y = x;
  grow(y, x, w, depth);
  return g.node("MatMul", y, {w.name, x.name}, {x.shape[0], outputs, x.shape[2]});
}

Tensor ofWeights(Graph &g, Tensor x, Grade grade) {
  return x.shape.size() > 2 ? convolve(g, x, Form::Dense, &grade) : multiply(g, x, &grade);
}

Tensor normalise(Graph &g, Tensor x, int64_t channels, const char *domain) {
  std::vector<float> gamma, beta, mean, variance;
  double spread = x.reach / 2;
  for (int64_t c = 0; c < channels; ++c) {
    gamma.push_back(g.number(1.5));
    beta.push_back(g.number(0.5));
    mean.push_back(g.number(spread / 2));
    // A variance of 1 - 2^-16 and this epsilon give factors that are powers of two.
    variance.push_back(g.powersOfTwo ? 1.0F - 0x1p-16F : g.scaleNear(spread * spread));
  }
  Tensor y = x;
  y.codes = y.even = false;
  y.unit = 0;
  y.grade.isSigned = x.grade.isSigned;
  y.reach = 2 * x.reach / (g.powersOfTwo ? 1 : std::max(spread, 1e-6)) + 1;
  return g.node("BatchNormalization", y,
                {x.name, g.floats(gamma, {channels}), g.floats(beta, {channels}), g.floats(mean, {channels}),
                 g.floats(variance, {channels})},
                x.shape, {{"epsilon", g.powersOfTwo ? 0x1p-16F : 1e-5F}}, domain);
}

Tensor batchNorm(Graph &g, Tensor x, Grade) { return normalise(g, x, x.shape[1], ""); }
Tensor batchNormLast(Graph &g, Tensor x, Grade) {
  return normalise(g, x, x.shape.back(), "qonnx.custom_op.channels_last");
}

} // namespace

void addLinear(std::vector<Operator> &all) {
  all.push_back({"Conv", Needs::Space, conv, Operator::Sums});
  all.push_back({"Conv, depthwise", Needs::Space, depthwise, Operator::Sums});
  all.push_back({"Conv, channels last", Needs::Space, convLast, Operator::Sums});
  all.push_back({"Gemm", Needs::Matrix, gemm, Operator::Sums});
  all.push_back({"MatMul", Needs::Matrix, matmul, Operator::Sums});
  all.push_back({"MatMul, 3 axes", Needs::Line, matmulLine, Operator::Sums});
  all.push_back({"Quant of weights", Needs::Any, ofWeights, Operator::OfWeights});
  all.push_back({"DequantizeLinear", Needs::Space, dequantised, Operator::Sums});
  all.push_back({"BatchNormalization", Needs::Any, batchNorm, Operator::Plain});
  all.push_back({"BatchNormalization, channels last", Needs::Space, batchNormLast, Operator::Plain});
}

} // namespace dyadic::fuzz
