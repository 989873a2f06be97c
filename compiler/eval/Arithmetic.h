// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The two arithmetics the interpreter can be given: exact rationals and plain float32.
#pragma once
#include "compiler/eval/Attributes.h"
#include "compiler/eval/float32/FloatTensor.h"

namespace dyadic::eval {

/// Semantics S.
struct ExactArithmetic {
  using Tensor = eval::Tensor;
  using Number = Rational;
  struct Quantiser {
    QuantiserSpec spec;
    eval::Quantiser rule;
  };

  static Rational number(float f) { return model::fromFloat32(f).value_or(Rational(0)); }
  static std::vector<Rational> numbers(mlir::ElementsAttr a) { return readRationals(a); }
  static Tensor constant(mlir::ElementsAttr a) {
    return Tensor::makeDense(shapeOf(a.getShapedType()), numbers(a));
  }
  static Tensor fromCodes(const Shape &shape, std::vector<int64_t> codes, const Parameter &scale,
                          const Parameter &zero) {
    return eval::fromCodes(shape, std::move(codes), scale, zero);
  }
  static Tensor absolute(const Tensor &t) {
    return map(t, [](const Rational &x, int64_t) { return Rational(abs(x)); });
  }
  static Tensor leakyRelu(const Tensor &t, const Tensor &slope) {
    Gather of = broadcastGather(slope.shape, t.shape);
    return map(t, [&](const Rational &x, int64_t i) {
      return x < 0 ? Rational(x * slope.at(of[static_cast<size_t>(i)])) : x;
    });
  }
  static Tensor clip(const Tensor &t, const std::optional<Rational> &min,
                     const std::optional<Rational> &max) {
    return map(t, [&](const Rational &x, int64_t) {
      const Rational &low = min && x < *min ? *min : x;
      return max && low > *max ? *max : low;
    });
  }
  static bool holdsZero(const Tensor &t) {
    for (int64_t i = 0; i < t.size(); ++i)
      if (t.at(i) == 0)
        return true;
    return false;
  }
  static model::Result<Quantiser> quantiser(const QuantiserSpec &spec) {
    auto rule = eval::Quantiser::make(spec);
    if (!rule)
      return model::Result<Quantiser>::failure(rule.error);
    return Quantiser{spec, *rule};
  }
  static std::vector<int64_t> codes(const Quantiser &q, const Tensor &x) { return q.rule.codes(x); }
  static Tensor value(const Quantiser &q, const Shape &shape, std::vector<int64_t> codes) {
    return q.rule.value(shape, std::move(codes));
  }
};

/// What a float32 executor computes.
struct Float32Arithmetic {
  using Tensor = FloatTensor;
  using Number = float;
  struct Quantiser {
    QuantiserSpec spec;
    eval::Quantiser rule;
  };

  static float number(float f) { return f; }
  static std::vector<float> numbers(mlir::ElementsAttr a) { return readFloats(a); }
  static Tensor constant(mlir::ElementsAttr a) { return {shapeOf(a.getShapedType()), readFloats(a)}; }
  static Tensor fromCodes(const Shape &shape, std::vector<int64_t> codes, const Parameter &scale,
                          const Parameter &zero) {
    return floatFromCodes(shape, codes, scale, zero);
  }
  static Tensor absolute(const Tensor &t) { return eval::absolute(t); }
  static Tensor leakyRelu(const Tensor &t, const Tensor &slope) { return eval::leakyRelu(t, slope); }
  static Tensor clip(const Tensor &t, std::optional<float> min, std::optional<float> max) {
    return eval::clip(t, min, max);
  }
  static bool holdsZero(const Tensor &t) {
    return std::find(t.values.begin(), t.values.end(), 0.0F) != t.values.end();
  }
  static model::Result<Quantiser> quantiser(const QuantiserSpec &spec) {
    auto rule = eval::Quantiser::make(spec);
    if (!rule)
      return model::Result<Quantiser>::failure(rule.error);
    return Quantiser{spec, *rule};
  }
  static std::vector<int64_t> codes(const Quantiser &q, const Tensor &x) { return floatCodes(q.spec, x); }
  static Tensor value(const Quantiser &q, const Shape &shape, const std::vector<int64_t> &codes) {
    return floatValue(q.spec, shape, codes);
  }
};

} // namespace dyadic::eval
