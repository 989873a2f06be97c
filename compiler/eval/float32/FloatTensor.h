// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The same operations as exact/Tensor.h in plain float32, by the formulas of the reference executor.
#pragma once
#include "compiler/eval/exact/Quantise.h"

namespace dyadic::eval {

struct FloatTensor {
  Shape shape;
  std::vector<float> values;
  int64_t size() const { return elements(shape); }
  float at(int64_t i) const { return values[static_cast<size_t>(i)]; }
};

FloatTensor floatFromCodes(const Shape &shape, const std::vector<int64_t> &codes, const Parameter &scale,
                           const Parameter &zero);
FloatTensor binary(Binary op, const FloatTensor &lhs, const FloatTensor &rhs, const Shape &out);
FloatTensor relu(const FloatTensor &t);
FloatTensor negate(const FloatTensor &t);
FloatTensor absolute(const FloatTensor &t);
FloatTensor leakyRelu(const FloatTensor &t, const FloatTensor &slope);
FloatTensor clip(const FloatTensor &t, std::optional<float> min, std::optional<float> max);
FloatTensor affine(const FloatTensor &t, const std::vector<float> &scale, const std::vector<float> &shift);
FloatTensor conv(const FloatTensor &input, const FloatTensor &weights, const FloatTensor *bias,
                 const Windows &w, int64_t group, const Shape &out);
FloatTensor matmul(const FloatTensor &lhs, const FloatTensor &rhs, const Shape &out);
FloatTensor maxPool(const FloatTensor &t, const Windows &w, const Shape &out);
FloatTensor averagePool(const FloatTensor &t, const Windows &w, bool includePad, const Shape &out);
FloatTensor reduceMean(const FloatTensor &t, const std::vector<bool> &reduced, const Shape &out);
FloatTensor gather(const FloatTensor &t, const Gather &from, const Shape &out, float fill = 0);
FloatTensor reshape(const FloatTensor &t, const Shape &out);
FloatTensor concat(const std::vector<const FloatTensor *> &inputs, size_t axis, const Shape &out);
std::vector<int64_t> argMax(const FloatTensor &t, size_t axis);
std::vector<float> softmax(const FloatTensor &t, size_t axis);

/// A quantiser as the executor computes it: codes, and the values of codes.
std::vector<int64_t> floatCodes(const QuantiserSpec &spec, const FloatTensor &x);
FloatTensor floatValue(const QuantiserSpec &spec, const Shape &shape, const std::vector<int64_t> &codes);

} // namespace dyadic::eval
