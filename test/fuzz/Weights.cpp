// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantised constants, as exporters write them: float values with a Quant behind, or integers and
// DequantizeLinear.
#include "test/fuzz/Operators.h"
#include <algorithm>

namespace dyadic::fuzz {
namespace {

struct Codes {
  std::vector<int64_t> values;
  int64_t low, high;
};

/// Spread over the range, or its ends only, or mostly `zero`, and now and then one output of zeros.
Codes draw(Graph &g, const Dims &shape, int64_t axis, int64_t low, int64_t high, int64_t zero) {
  uint32_t kind = g.d.below(6);
  bool dead = g.d.chance(12);
  Stream s = g.d.bulk();
  int64_t count = elements(shape), inner = 1;
  for (size_t i = static_cast<size_t>(axis) + 1; i < shape.size(); ++i)
    inner *= shape[i];
  Codes codes{{}, low, high};
  for (int64_t k = 0; k < count; ++k) {
    int64_t q = s.between(low, high);
    if (kind == 1)
      q = s.chance(50) ? high : low;
    else if (kind == 2)
      q = high;
    else if (kind == 3 && s.chance(70))
      q = zero;
    if (dead && k / inner % shape[static_cast<size_t>(axis)] == 0)
      q = std::clamp(zero, low, high);
    codes.values.push_back(q);
  }
  return codes;
}

Weights fromIntegers(Graph &g, const Dims &shape, int64_t axis) {
  bool isSigned = !g.d.chance(40);
  int64_t low = isSigned ? -128 : 0, high = isSigned ? 127 : 255;
  int64_t zero = g.d.chance(40) ? g.d.between(low, high) : isSigned ? 0 : 128;
  bool channels = g.d.chance(50);
  int64_t many = channels ? shape[static_cast<size_t>(axis)] : 1;
  std::vector<float> scales;
  for (int64_t c = 0; c < many; ++c)
    scales.push_back(g.scaleNear(1.0 / 128));
  Codes codes = draw(g, shape, axis, low, high, zero);
  Tensor none;
  std::vector<std::string> inputs = {g.bytes(codes.values, shape, isSigned),
                                     g.floats(scales, channels ? Dims{many} : Dims{})};
  if (zero != 0 || g.d.chance(30))
    inputs.push_back(g.bytes(std::vector<int64_t>(static_cast<size_t>(many), zero),
                             channels ? Dims{many} : Dims{}, isSigned));
  Attributes attributes;
  if (g.opset >= 13)
    attributes.emplace_back("axis", axis);
  else if (channels && axis != 1) // the attribute came with opset 13
    return weights(g, shape, axis);
  Tensor w = g.node("DequantizeLinear", none, inputs, shape, attributes);
  return {w.name, 2, channels ? 0 : scales[0], 9, !channels};
}

} // namespace

Weights weights(Graph &g, const Dims &shape, int64_t axis, const Grade *given, bool dequantise) {
  if (dequantise)
    return fromIntegers(g, shape, axis);
  Grade grade =
      given ? *given : Grade{static_cast<int>(g.d.pick<int64_t>({8, 4, 2, 1, 3, 5, 6, 7})), !g.d.chance(20)};
  int bits = grade.bits > 8 ? static_cast<int>(g.d.between(9, 16)) : grade.bits;
  bool one = bits == 1 && grade.isSigned, narrow = bits > 1 && g.d.chance(40);
  int64_t low = grade.isSigned ? -(int64_t(1) << (bits - 1)) + narrow : 0;
  int64_t high = grade.isSigned ? (int64_t(1) << (bits - 1)) - 1 : (int64_t(1) << bits) - 1 - narrow;
  if (one)
    low = -1, high = 1;
  int64_t zero = 0;
  if (!one && g.d.chance(grade.isSigned ? 8 : 60))
    zero = g.d.between(low, high);
  bool channels = g.d.chance(50);
  int64_t many = channels ? shape[static_cast<size_t>(axis)] : 1;
  std::vector<float> scales;
  for (int64_t c = 0; c < many; ++c)
    scales.push_back(g.scaleNear(1.0 / static_cast<double>(std::max<int64_t>(high, 1))));
  if (g.d.chance(2))
    scales[0] = -scales[0];
  Codes codes = draw(g, shape, axis, low, high, zero);
  int64_t inner = elements(shape) / elements(Dims(shape.begin(), shape.begin() + axis + 1));
  bool noise = g.d.chance(70);
  Stream s = g.d.bulk();
  std::vector<float> values;
  for (size_t k = 0; k < codes.values.size(); ++k) {
    double q = static_cast<double>(codes.values[k] - zero) + (noise ? s.real() * 0.55 : 0);
    float scale = scales[channels ? static_cast<size_t>(static_cast<int64_t>(k) / inner % many) : 0];
    values.push_back(static_cast<float>(q * scale));
  }
  Dims scaleShape;
  if (channels) {
    scaleShape.assign(shape.size(), 1);
    scaleShape[static_cast<size_t>(axis)] = many;
  }
  std::string raw = g.floats(values, shape), scale = g.floats(scales, scaleShape);
  Tensor none, w;
  g.count("Quant of weights", {bits, grade.isSigned});
  const char *domain = g.d.chance(40) ? "onnx.brevitas" : "qonnx.custom_op.general";
  if (one && g.d.chance(50))
    w = g.node("BipolarQuant", none, {raw, scale}, shape, {}, domain);
  else
    w = g.node("Quant", none, {raw, scale, g.scalar(static_cast<double>(zero)), g.scalar(bits)}, shape,
               {{"signed", static_cast<int64_t>(grade.isSigned)},
                {"narrow", static_cast<int64_t>(narrow)},
                {"rounding_mode", std::string(g.d.chance(20) ? "FLOOR" : "ROUND")}},
               domain);
  double reach =
      static_cast<double>(std::max(std::abs(low - zero), std::abs(high - zero))) * std::fabs(scales.back());
  return {w.name, reach, channels ? 0 : std::fabs(scales[0]), bits + (zero != 0), !channels};
}

} // namespace dyadic::fuzz
