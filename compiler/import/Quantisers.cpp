// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quant, BipolarQuant, Trunc and MultiThreshold: codes of constants in float32 as the executor decides them,
// quantisers of activations as qonnx ops.
#include "compiler/import/Importer.h"
#include "compiler/import/Materialise.h"
#include "compiler/import/Text.h"
#include "passes/model/Quantiser.h"
#include <cmath>

using namespace mlir;
namespace dyadic::import_ {
namespace {

using qonnx::Rounding;

LogicalResult rounding(Node &n, Rounding &out) {
  std::string name;
  if (failed(n.get("rounding_mode", name)))
    return failure();
  if (name.empty())
    return success();
  std::string upper = llvm::StringRef(name).upper();
  static const std::pair<const char *, Rounding> modes[] = {
      {"ROUND", Rounding::HalfEven}, {"HALF_EVEN", Rounding::HalfEven}, {"CEIL", Rounding::Ceil},
      {"FLOOR", Rounding::Floor},    {"DOWN", Rounding::Down},          {"ROUND_TO_ZERO", Rounding::Down},
      {"UP", Rounding::Up},          {"HALF_UP", Rounding::HalfUp},     {"HALF_DOWN", Rounding::HalfDown}};
  for (auto [known, mode] : modes)
    if (upper == known) {
      out = mode;
      return success();
    }
  return n.refuse("rounding_mode " + shown(name, 40),
                  "ROUND, HALF_EVEN, CEIL, FLOOR, DOWN, ROUND_TO_ZERO, UP, HALF_UP, HALF_DOWN",
                  "choose one of these in the quantiser");
}

/// The executor's float32 rounding of a constant.
float roundFloat(float v, Rounding mode) {
  float sign = v < 0 ? -1.0f : 1.0f, magnitude = std::fabs(v);
  switch (mode) {
  case Rounding::HalfEven:
    return std::nearbyint(v);
  case Rounding::Ceil:
    return std::ceil(v);
  case Rounding::Floor:
    return std::floor(v);
  case Rounding::Down:
    return std::trunc(v);
  case Rounding::Up:
    return sign * std::ceil(magnitude);
  case Rounding::HalfUp:
    return sign * std::floor(magnitude + 0.5f);
  case Rounding::HalfDown:
    return sign * std::ceil(magnitude - 0.5f);
  }
  return v;
}

LogicalResult nonzero(Node &n, const Constant &c, llvm::StringRef what) {
  for (float v : c.f)
    if (v == 0)
      return n.refuse(what + " 0", "scales other than 0", "look for a diverged training or a broken export");
  return success();
}

LogicalResult single(Node &n, size_t k, llvm::StringRef what, float &out) {
  auto c = n.parameter(k, what);
  if (failed(c))
    return failure();
  if ((*c)->count() != 1)
    return n.refuse(what + " of shape " + shown((*c)->shape), "one bit width for the whole tensor",
                    "use per-tensor bit widths");
  out = (*c)->f[0];
  return success();
}

/// The shape numpy gives x with these parameters; it must be x's own, up to leading ones for activations.
LogicalResult resultShape(Node &n, llvm::ArrayRef<const Constant *> parameters, Dims &out) {
  DimsRef own = n.shape(0);
  out.assign(own.begin(), own.end());
  for (const Constant *p : parameters) {
    auto wider = broadcast(out, p->shape);
    if (!wider)
      return n.broken("a parameter of shape " + shown(p->shape) + " does not broadcast to its input " +
                          shown(own),
                      "numpy's rule must hold");
    out = *wider;
  }
  if (product(out) != product(own))
    return n.refuse("parameters that widen the input " + shown(own) + " to " + shown(out),
                    "parameters that broadcast to the input's shape", "check the scale's shape");
  return success();
}

/// Input 0 under the result's shape, float32 and finite.
FailureOr<Constant> constantInput(Node &n, DimsRef shape) {
  const Constant *x = n.constant(0);
  if (x->type != import_::Type::f32)
    return n.refuse(std::string(toString(x->type)) + " values", "float32 values", "cast them to float32");
  for (float v : x->f)
    if (!std::isfinite(v))
      return n.refuse(std::isnan(v) ? "NaN among the values" : "infinity among the values", "finite values",
                      "look for a diverged training or a broken export");
  if (failed(n.reserve(3 * x->count())))
    return failure();
  Constant out = reshaped(*x, shape);
  out.quantised.reset();
  return out;
}

FailureOr<Value> activation(Node &n, DimsRef shape) {
  if (n.shape(0) == shape)
    return n.entries[0].value;
  return n.make<qonnx::ReshapeOp>(shape, n.entries[0].value);
}

Parameter asParameter(const Constant &c) {
  return c.f.size() == 1 ? Parameter{{}, c.f} : Parameter{c.shape, c.f};
}

struct QuantSpec {
  const Constant *scale = nullptr, *zero = nullptr;
  float bits = 0;
  bool isSigned = false, narrow = false;
  Rounding mode = Rounding::HalfEven;
  Dims shape;
};

LogicalResult quantSpec(Node &n, QuantSpec &q) {
  for (const char *name : {"signed", "narrow"})
    if (!n.hasAttribute(name))
      return n.broken(std::string("its attribute ") + name + " is missing", "the operator needs it");
  auto scale = n.parameter(1, "scale"), zero = n.parameter(2, "zero point");
  if (failed(scale) || failed(zero) || failed(single(n, 3, "bit width", q.bits)) ||
      failed(nonzero(n, **scale, "scale")) || failed(n.get("signed", q.isSigned)) ||
      failed(n.get("narrow", q.narrow)) || failed(rounding(n, q.mode)))
    return failure();
  q.scale = *scale, q.zero = *zero;
  if (!(q.bits >= 1 && q.bits <= 32))
    return n.refuse("bit width " + shown(q.bits), "1 to 32 bits", "choose another width");
  return resultShape(n, {q.scale, q.zero}, q.shape);
}

LogicalResult foldQuant(Node &n) {
  QuantSpec q;
  if (failed(quantSpec(n, q)))
    return failure();
  auto out = constantInput(n, q.shape);
  if (failed(out))
    return failure();
  auto bounds = model::quantBounds(q.bits, q.isSigned, q.narrow);
  if (!bounds)
    return n.refuse("bit width " + shown(q.bits), "1 to 32 bits", "choose another width");
  float low = model::nearestFloat32(bounds->min), high = model::nearestFloat32(bounds->max);
  bool bit = q.isSigned && q.bits == 1;
  auto info = std::make_shared<Quantised>();
  info->scale = asParameter(*q.scale), info->zero = asParameter(*q.zero);
  info->bits = q.bits, info->isSigned = q.isSigned, info->narrow = q.narrow && !bit;
  info->node = n.proto.name().empty() && n.proto.output_size() ? n.proto.output(0) : n.proto.name();
  BroadcastWalk s(q.scale->shape, q.shape), z(q.zero->shape, q.shape);
  info->codes.reserve(out->f.size());
  for (size_t k = 0; k < out->f.size(); ++k) {
    float scale = q.scale->f[s.next()], zero = q.zero->f[z.next()];
    float v = out->f[k] / scale;
    v = v + zero;
    if (bit) {
      v = v >= 0 ? 1.0f : -1.0f;
    } else {
      v = v > high ? high : v;
      v = v < low ? low : v;
      v = roundFloat(v, q.mode);
    }
    info->codes.push_back(int64_t(v));
    float shifted = v - zero;
    out->f[k] = shifted * scale;
  }
  out->quantised = std::move(info);
  return n.give(std::move(*out));
}

LogicalResult emitQuant(Node &n) {
  QuantSpec q;
  if (failed(quantSpec(n, q)))
    return failure();
  auto x = activation(n, q.shape);
  if (failed(x))
    return failure();
  auto *context = n.builder().getContext();
  return n.give(n.make<qonnx::QuantOp>(q.shape, *x, floats(context, *q.scale), floats(context, *q.zero),
                                       llvm::APFloat(q.bits), q.isSigned, q.narrow, q.mode, n.key));
}

LogicalResult bipolar(Node &n) {
  auto scale = n.parameter(1, "scale");
  Dims shape;
  if (failed(scale) || failed(nonzero(n, **scale, "scale")) || failed(resultShape(n, {*scale}, shape)))
    return failure();
  if (!n.constant(0)) {
    auto x = activation(n, shape);
    return failed(x) ? failure()
                     : n.give(n.make<qonnx::BipolarQuantOp>(
                           shape, *x, floats(n.builder().getContext(), **scale), n.key));
  }
  auto out = constantInput(n, shape);
  if (failed(out))
    return failure();
  auto info = std::make_shared<Quantised>();
  info->scale = asParameter(**scale), info->zero = {{}, {0.0f}};
  info->bits = 1, info->isSigned = true;
  info->node = n.proto.name().empty() && n.proto.output_size() ? n.proto.output(0) : n.proto.name();
  BroadcastWalk s((*scale)->shape, shape);
  for (size_t k = 0; k < out->f.size(); ++k) {
    info->codes.push_back(out->f[k] >= 0 ? 1 : -1);
    out->f[k] = float(info->codes[k]) * (*scale)->f[s.next()];
  }
  out->quantised = std::move(info);
  return n.give(std::move(*out));
}

struct TruncSpec {
  int version = 1;
  const Constant *scale = nullptr, *zero = nullptr, *outScale = nullptr;
  float inBits = 0, outBits = 0;
  bool isSigned = true, narrow = false;
  Rounding mode = Rounding::Floor;
  Dims shape;
};

LogicalResult truncSpec(Node &n, TruncSpec &t) {
  if (n.version != 1 && n.version != 2)
    return n.refuse("version " + llvm::Twine(n.version) + " of domain " + shown(n.proto.domain()),
                    "versions 1 and 2", "export with a version of qonnx that dyadic knows");
  t.version = int(n.version);
  size_t needed = t.version == 1 ? 5 : 6;
  if (n.inputs() != needed)
    return n.broken("it has " + llvm::Twine(n.inputs()) + " inputs",
                    "version " + llvm::Twine(n.version) + " of its domain " + shown(n.proto.domain()) +
                        " needs " + llvm::Twine(needed));
  auto scale = n.parameter(1, "scale"), zero = n.parameter(2, "zero point");
  auto outScale = t.version == 2 ? n.parameter(4, "output scale") : scale;
  if (failed(scale) || failed(zero) || failed(outScale) ||
      failed(single(n, 3, "input bit width", t.inBits)) ||
      failed(single(n, needed - 1, "output bit width", t.outBits)) || failed(nonzero(n, **scale, "scale")) ||
      failed(nonzero(n, **outScale, "output scale")) || failed(rounding(n, t.mode)))
    return failure();
  if (t.version == 2 && (failed(n.get("signed", t.isSigned)) || failed(n.get("narrow", t.narrow))))
    return failure();
  t.scale = *scale, t.zero = *zero, t.outScale = *outScale;
  // Version 2 takes the logarithm of their ratio.
  bool negative = false;
  for (const Constant *c : {t.scale, t.outScale})
    negative |= llvm::any_of(c->f, [](float v) { return v < 0; });
  if (t.version == 2 && negative)
    return n.refuse("a negative scale", "positive scales", "look for a diverged training or a broken export");
  for (float bits : {t.inBits, t.outBits})
    if (!(bits >= 1 && bits <= 64) || bits != std::floor(bits))
      return n.refuse("bit width " + shown(bits), "whole bit widths from 1 to 64", "choose another width");
  if (t.version == 2 && t.outBits > 32)
    return n.refuse("output bit width " + shown(t.outBits), "at most 32 bits", "choose another width");
  return resultShape(n, {t.scale, t.zero, t.outScale}, t.shape);
}

LogicalResult emitTrunc(Node &n) {
  TruncSpec t;
  if (failed(truncSpec(n, t)))
    return failure();
  auto x = activation(n, t.shape);
  if (failed(x))
    return failure();
  auto *context = n.builder().getContext();
  return n.give(n.make<qonnx::TruncOp>(t.shape, *x, floats(context, *t.scale), floats(context, *t.zero),
                                       llvm::APFloat(t.inBits), llvm::APFloat(t.outBits),
                                       floats(context, *t.outScale), t.isSigned, t.narrow, t.mode,
                                       uint32_t(t.version), n.key));
}

LogicalResult foldTrunc(Node &n) {
  TruncSpec t;
  if (failed(truncSpec(n, t)))
    return failure();
  auto out = constantInput(n, t.shape);
  if (failed(out))
    return failure();
  float low = 0, high = 0;
  if (t.version == 2) {
    auto bounds = model::quantBounds(t.outBits, t.isSigned, t.narrow);
    if (!bounds)
      return n.refuse("output bit width " + shown(t.outBits), "1 to 32 bits", "choose another width");
    low = model::nearestFloat32(bounds->min), high = model::nearestFloat32(bounds->max);
  }
  BroadcastWalk s(t.scale->shape, t.shape), z(t.zero->shape, t.shape), o(t.outScale->shape, t.shape);
  for (size_t k = 0; k < out->f.size(); ++k) {
    float scale = t.scale->f[s.next()], zero = t.zero->f[z.next()], outScale = t.outScale->f[o.next()];
    float w = std::nearbyint(out->f[k] / scale + zero);
    float factor = t.version == 1
                       ? std::ldexp(1.0f, int(t.inBits - t.outBits))
                       : float(std::exp2(std::nearbyint(std::log2(double(outScale) / double(scale)))));
    float y = w / factor;
    if (t.version == 2)
      y = y > high ? high : y < low ? low : y;
    y = roundFloat(y, t.mode);
    out->f[k] = t.version == 1 ? (y - zero) * scale : (y - zero / factor) * outScale;
  }
  return n.give(std::move(*out));
}

LogicalResult emitMultiThreshold(Node &n) {
  auto thresholds = n.parameter(1, "thresholds");
  float scale = 1, bias = 0;
  std::string layout;
  if (failed(thresholds) || failed(n.get("out_scale", scale)) || failed(n.get("out_bias", bias)) ||
      failed(n.get("data_layout", layout)))
    return failure();
  DimsRef in = n.shape(0), t = (*thresholds)->shape;
  int64_t rank = int64_t(in.size()), axis = 1;
  if (layout.empty() ? rank == 3 : layout.back() == 'C')
    axis = rank - 1;
  if (axis < 0 || axis >= rank)
    return n.refuse("an input of shape " + shown(in), "a channel axis", "add the batch axis");
  if (t.size() != 2 || t[1] < 1 || (t[0] != 1 && t[0] != in[axis]))
    return n.broken("its thresholds have shape " + shown(t),
                    "one row, or one for each of " + llvm::Twine(in[axis]) + " channels, is needed");
  if (scale == 0)
    return n.refuse("out_scale 0", "a scale other than 0", "look for a broken export");
  return n.give(n.make<qonnx::MultiThresholdOp>(in, n.entries[0].value,
                                                floats(n.builder().getContext(), **thresholds),
                                                llvm::APFloat(scale), llvm::APFloat(bias), axis, n.key));
}

LogicalResult pass(Node &n) { return n.passOn(); }

} // namespace

void addQuantisers(Operators &ops) {
  ops["Quant"] = ops["IntQuant"] = {foldQuant, emitQuant, 4, 4};
  ops["BipolarQuant"] = {bipolar, bipolar, 2, 2};
  ops["Trunc"] = ops["TruncQuant"] = {foldTrunc, emitTrunc, 5, 6};
  ops["MultiThreshold"] = {nullptr, emitMultiThreshold, 2, 2};
  ops["DebugMarker"] = {pass, pass, 1, 1, true};
}

} // namespace dyadic::import_
