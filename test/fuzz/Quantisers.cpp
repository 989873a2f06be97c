// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantisers of activations.
#include "test/fuzz/Operators.h"
#include <algorithm>

namespace dyadic::fuzz {
namespace {

const char *domainOf(Graph &g) { return g.d.chance(40) ? "onnx.brevitas" : "qonnx.custom_op.general"; }

std::string mode(Graph &g) {
  std::string name = g.d.chance(55) ? g.d.pick<std::string>({"ROUND", "HALF_EVEN", "FLOOR", "CEIL", "DOWN",
                                                             "UP", "HALF_UP", "HALF_DOWN", "ROUND_TO_ZERO"})
                                    : "ROUND";
  if (g.d.chance(10))
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c == '_' ? c : char(c | 32); });
  return name;
}

/// A scale at which `levels` steps cover x, or less of it, or ties on purpose.
float scaleFor(Graph &g, const Tensor &x, double levels) {
  static const std::vector<double> fill = {1, 0.5, 0.8, 0.25, 1.5, 0.06};
  if (x.unit > 0 && g.d.chance(25)) {
    double times = g.d.pick<double>({1, 2, 0.5, 4, 3, 0.25, 8});
    return static_cast<float>(x.unit * times);
  }
  return g.scaleNear(std::max(x.reach, 1e-6) * g.d.pick(fill) / std::max(levels, 0.5));
}

Dims alongChannels(const Tensor &x, bool leading) {
  Dims shape(x.shape.size() - (leading ? 0 : 1), 1);
  shape[leading ? 1 : 0] = x.shape[1];
  return shape;
}

std::string bitsConstant(Graph &g, double bits) {
  return bits == std::floor(bits) && g.d.chance(10) ? g.ints({static_cast<int64_t>(bits)}, true)
                                                    : g.scalar(bits);
}

int widthOf(Graph &g, Grade grade) {
  return grade.bits > 8 ? static_cast<int>(g.d.pick<int64_t>({16, 12, 9, 10, 14})) : grade.bits;
}

/// Behind a sum of different scales other than evenly spaced steps need a common unit within 64 bits, which
/// there often is not.
Tensor settled(Graph &g, Tensor x) {
  if (!x.mixed || g.d.chance(25))
    return x;
  g.count("Quant", {8, true});
  return quantise(g, x, {8, true}, true);
}

Tensor quant(Graph &g, Tensor x, Grade grade) { return quantise(g, x, grade); }

Tensor bipolar(Graph &g, Tensor x, Grade) {
  float scale = scaleFor(g, x, 1);
  Tensor out = g.node("BipolarQuant", x, {x.name, g.scalar(scale)}, x.shape, {}, domainOf(g));
  out.grade = {1, true};
  out.codes = out.even = true;
  out.mixed = false;
  out.reach = out.unit = scale;
  out.width = 2;
  return out;
}

/// Version 1: no clip, so that its input decides the width; the shift is what is too much.
Tensor truncOne(Graph &g, Tensor x, Grade) {
  x = settled(g, x);
  double scale = x.unit > 0 ? x.unit : g.scaleNear(x.reach / 512);
  int width = x.unit > 0 ? x.width : 10;
  int64_t out = g.d.between(1, std::min(width, 8)), shift = std::max<int64_t>(0, width - out);
  double zero = g.d.chance(20) ? static_cast<double>(g.d.between(-3, 3)) : 0;
  Tensor y = g.node("Trunc", x,
                    {x.name, g.scalar(scale), g.scalar(zero), g.scalar(static_cast<double>(out + shift)),
                     g.scalar(static_cast<double>(out))},
                    x.shape, {{"rounding_mode", mode(g)}}, "qonnx.custom_op.general");
  y.codes = y.even = true;
  y.mixed = false;
  y.unit = static_cast<float>(scale);
  y.width = static_cast<int>(out) + 1;
  y.grade = {static_cast<int>(out), x.grade.isSigned};
  y.reach = std::ldexp(x.reach, -static_cast<int>(shift)) + std::fabs(zero) * scale;
  return y;
}

Tensor truncTwo(Graph &g, Tensor x, Grade grade) {
  x = settled(g, x);
  int bits = widthOf(g, grade);
  double scale = x.unit > 0 ? x.unit : g.scaleNear(x.reach / 512);
  double levels = std::ldexp(1.0, bits - (grade.isSigned ? 1 : 0));
  double outScale =
      g.d.chance(30) ? g.scaleNear(x.reach / levels) : powerAtOrBelow(x.reach / levels / scale) * scale;
  double zero = g.d.chance(20) ? static_cast<double>(g.d.between(-3, 3)) : 0;
  Tensor y = g.node(g.d.chance(30) ? "TruncQuant" : "Trunc", x,
                    {x.name, g.scalar(scale), g.scalar(zero), g.scalar(std::max(x.width, bits)),
                     g.scalar(outScale), g.scalar(bits)},
                    x.shape,
                    {{"rounding_mode", mode(g)},
                     {"signed", static_cast<int64_t>(grade.isSigned)},
                     {"narrow", static_cast<int64_t>(bits > 1 && g.d.chance(25))}},
                    "onnx.brevitas");
  y.codes = y.even = true;
  y.mixed = false;
  y.unit = static_cast<float>(outScale);
  y.width = bits;
  y.grade = {bits, grade.isSigned};
  y.reach = std::min(x.reach * 1.1, levels * outScale) + std::fabs(zero) * outScale;
  return y;
}

Tensor multiThreshold(Graph &g, Tensor x, Grade grade) {
  x = settled(g, x);
  int64_t steps = grade.bits > 8 ? g.d.between(256, 300) : (int64_t(1) << grade.bits) - 1;
  bool last = g.d.chance(15);
  int64_t axis = last ? static_cast<int64_t>(x.shape.size()) - 1 : 1;
  int64_t rows = x.shape[axis] * steps <= 3000 && g.d.chance(50) ? x.shape[axis] : 1;
  double step = 2 * x.reach * g.d.pick<double>({0.8, 0.4, 0.1}) / static_cast<double>(steps);
  // On a grid many thresholds are multiples of the accumulator's unit.
  double grid = x.unit > 0 && g.d.chance(50) ? x.unit : powerAtOrBelow(step) / 2;
  bool exact = g.powersOfTwo || g.d.chance(30), positive = x.grade.isSigned == false && g.d.chance(50);
  Stream values = g.d.bulk();
  std::vector<float> table;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t k = 0; k < steps; ++k) {
      double at = step * (static_cast<double>(k - (positive ? 0 : steps / 2)) + values.real());
      table.push_back(static_cast<float>(exact ? std::floor(at / grid) * grid : at));
    }
  if (!g.d.chance(25)) // else as they come: the executor counts, and needs no order
    for (int64_t r = 0; r < rows; ++r)
      std::sort(table.begin() + r * steps, table.begin() + (r + 1) * steps);
  auto scale = g.scaleNear(x.reach / static_cast<double>(steps));
  if (g.d.chance(3))
    scale = -scale;
  float bias = grade.isSigned ? -scale * static_cast<float>(int64_t{1} << (std::min(grade.bits, 9) - 1)) : 0;
  if (g.d.chance(10))
    bias = g.number(x.reach);
  Attributes attributes = {{"out_scale", scale}, {"out_bias", bias}};
  static const char *const first[] = {"NC", "NCW", "NCHW"}, *const behind[] = {"NC", "NWC", "NHWC"};
  size_t rank = x.shape.size();
  if (rank == 3 || last || g.d.chance(50))
    attributes.emplace_back("data_layout", std::string((last ? behind : first)[rank - 2]));
  Tensor y = g.node("MultiThreshold", x, {x.name, g.floats(table, {rows, steps})}, x.shape, attributes,
                    "qonnx.custom_op.general");
  y.codes = y.even = true;
  y.mixed = false;
  y.unit = std::fabs(scale);
  y.width = std::min(grade.bits, 9);
  y.grade = {grade.bits > 8 ? 9 : grade.bits, grade.isSigned};
  y.reach = std::fabs(scale) * static_cast<double>(steps) + std::fabs(bias);
  return y;
}

} // namespace

Tensor quantise(Graph &g, Tensor x, Grade grade, bool even) {
  int bits = widthOf(g, grade);
  double levels = grade.isSigned ? std::ldexp(1.0, bits - 1) - 0.5 : std::ldexp(1.0, bits) - 1;
  bool narrow = bits > 1 && g.d.chance(25);
  bool channels = !even && x.shape.size() > 2 && g.d.chance(15), leading = g.d.chance(70);
  int64_t many = channels ? x.shape[1] : 1;
  std::vector<float> scales;
  for (int64_t c = 0; c < many; ++c)
    scales.push_back(scaleFor(g, x, levels));
  if (g.d.chance(2))
    scales[0] = -scales[0];
  double zero = 0;
  if (g.d.chance(20))
    zero = grade.isSigned ? static_cast<double>(g.d.between(-2, 2))
                          : static_cast<double>(g.d.between(0, (int64_t(1) << std::min(bits, 8)) - 1));
  else if (!grade.isSigned && x.grade.isSigned && g.d.chance(40))
    zero = std::ldexp(1.0, bits - 1);
  if (g.d.chance(3))
    zero += 0.5;
  std::vector<float> zeros(1, static_cast<float>(zero));
  if (channels && g.d.chance(20))
    for (int64_t c = 1; c < many; ++c)
      zeros.push_back(static_cast<float>(zero + static_cast<double>(g.d.below(2))));
  Dims shape = channels ? alongChannels(x, leading) : g.d.chance(20) ? Dims{1} : Dims{};
  double declared = bits > 2 && g.d.chance(2) ? bits - 0.5 : bits;
  Tensor y = g.node(g.d.chance(15) ? "IntQuant" : "Quant", x,
                    {x.name, g.floats(scales, shape), g.floats(zeros, zeros.size() > 1 ? shape : Dims{}),
                     bitsConstant(g, declared)},
                    x.shape,
                    {{"signed", static_cast<int64_t>(grade.isSigned)},
                     {"narrow", static_cast<int64_t>(narrow)},
                     {"rounding_mode", mode(g)}},
                    domainOf(g));
  y.grade = {bits, grade.isSigned};
  y.codes = true;
  y.mixed = false;
  y.even = !channels;
  y.unit = channels ? 0 : std::fabs(scales[0]);
  y.width = bits + (zero != 0 ? 1 : 0);
  double most = 0;
  for (float s : scales)
    most = std::max(most, (levels + std::fabs(zero)) * std::fabs(s));
  y.reach = std::max(std::min(x.reach * 1.2, most), 1e-6);
  return y;
}

void addQuantisers(std::vector<Operator> &all) {
  all.push_back({"Quant", Needs::Any, quant, Operator::Gives});
  all.push_back({"BipolarQuant", Needs::Any, bipolar, Operator::OneBit});
  all.push_back({"Trunc 1", Needs::Any, truncOne, Operator::Sums});
  all.push_back({"Trunc 2", Needs::Any, truncTwo, Operator::Gives});
  all.push_back({"MultiThreshold", Needs::Any, multiThreshold, Operator::Gives});
}

} // namespace dyadic::fuzz
