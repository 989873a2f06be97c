// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Float32 arithmetic with one rounding per operation; this file is compiled with contraction off.
#include "compiler/eval/float32/FloatTensor.h"
#include "compiler/eval/exact/Kernels.h"
#include <cmath>

namespace dyadic::eval {

/// f of every element and its index.
template <typename F> static FloatTensor each(const FloatTensor &t, F f) {
  FloatTensor out = t;
  for (size_t i = 0; i < out.values.size(); ++i)
    out.values[i] = f(t.values[i], i);
  return out;
}

static std::vector<float> floats(const std::vector<Rational> &values) {
  std::vector<float> out;
  for (const Rational &v : values)
    out.push_back(model::nearestFloat32(v));
  return out;
}

FloatTensor floatFromCodes(const Shape &shape, const std::vector<int64_t> &codes, const Parameter &scale,
                           const Parameter &zero) {
  std::vector<float> s = floats(scale.values), z = floats(zero.values);
  Gather scaleOf = broadcastGather(scale.shape, shape), zeroOf = broadcastGather(zero.shape, shape);
  FloatTensor out{shape, std::vector<float>(codes.size())};
  for (size_t i = 0; i < codes.size(); ++i)
    out.values[i] = (static_cast<float>(codes[i]) - z[static_cast<size_t>(zeroOf[i])]) *
                    s[static_cast<size_t>(scaleOf[i])];
  return out;
}

FloatTensor binary(Binary op, const FloatTensor &lhs, const FloatTensor &rhs, const Shape &out) {
  Gather l = broadcastGather(lhs.shape, out), r = broadcastGather(rhs.shape, out);
  FloatTensor t{out, std::vector<float>(l.size())};
  for (size_t i = 0; i < l.size(); ++i) {
    float a = lhs.at(l[i]), b = rhs.at(r[i]);
    t.values[i] = op == Binary::Add ? a + b : op == Binary::Sub ? a - b : op == Binary::Mul ? a * b : a / b;
  }
  return t;
}

FloatTensor relu(const FloatTensor &t) {
  return each(t, [](float x, size_t) { return x > 0 ? x : 0.0F; });
}
FloatTensor negate(const FloatTensor &t) {
  return each(t, [](float x, size_t) { return -x; });
}
FloatTensor absolute(const FloatTensor &t) {
  return each(t, [](float x, size_t) { return std::fabs(x); });
}
FloatTensor leakyRelu(const FloatTensor &t, const FloatTensor &slope) {
  Gather of = broadcastGather(slope.shape, t.shape);
  return each(t, [&](float x, size_t i) { return x >= 0 ? x : slope.at(of[i]) * x; });
}
FloatTensor clip(const FloatTensor &t, std::optional<float> min, std::optional<float> max) {
  return each(t, [&](float x, size_t) {
    if (min && x < *min)
      x = *min;
    return max && x > *max ? *max : x;
  });
}
FloatTensor affine(const FloatTensor &t, const std::vector<float> &scale, const std::vector<float> &shift) {
  size_t inner = static_cast<size_t>(innerExtent(t.shape, 1));
  return each(t, [&](float x, size_t i) {
    float product = scale[i / inner % scale.size()] * x;
    return product + shift[i / inner % shift.size()];
  });
}

FloatTensor conv(const FloatTensor &input, const FloatTensor &weights, const FloatTensor *bias,
                 const Windows &w, int64_t group, const Shape &out) {
  FloatTensor t{out, std::vector<float>(static_cast<size_t>(elements(out)), 0.0F)};
  convolve(w, input.shape[0], input.shape[1], weights.shape[0], group, input.values.data(),
           weights.values.data(), t.values.data());
  if (!bias)
    return t;
  size_t plane = static_cast<size_t>(innerExtent(out, 1));
  return each(t, [&](float x, size_t i) { return x + bias->values[i / plane % bias->values.size()]; });
}

FloatTensor matmul(const FloatTensor &lhs, const FloatTensor &rhs, const Shape &out) {
  FloatTensor t{out, std::vector<float>(static_cast<size_t>(elements(out)), 0.0F)};
  multiplyMatrices(makeMatMulShape(lhs.shape, rhs.shape), lhs.values.data(), rhs.values.data(),
                   t.values.data());
  return t;
}

FloatTensor maxPool(const FloatTensor &t, const Windows &w, const Shape &out) {
  std::vector<int64_t> best(static_cast<size_t>(elements(out)), -1);
  forEachInside(w, out, [&](int64_t o, int64_t i) {
    int64_t &b = best[static_cast<size_t>(o)];
    if (b < 0 || t.at(i) > t.at(b))
      b = i;
  });
  return gather(t, best, out);
}

FloatTensor averagePool(const FloatTensor &t, const Windows &w, bool includePad, const Shape &out) {
  FloatTensor sums{out, std::vector<float>(static_cast<size_t>(elements(out)), 0.0F)};
  forEachInside(w, out, [&](int64_t o, int64_t i) { sums.values[static_cast<size_t>(o)] += t.at(i); });
  return each(sums, [&](float x, size_t i) {
    int64_t at = static_cast<int64_t>(i) % (w.outRows * w.outCols);
    return x / static_cast<float>(countedPositions(w, at / w.outCols, at % w.outCols, includePad));
  });
}

FloatTensor reduceMean(const FloatTensor &t, const std::vector<bool> &reduced, const Shape &out) {
  Shape kept = t.shape;
  int64_t count = 1;
  for (size_t d = 0; d < kept.size(); ++d)
    if (reduced[d]) {
      count *= kept[d];
      kept[d] = 1;
    }
  Gather to = broadcastGather(kept, t.shape);
  FloatTensor sums{out, std::vector<float>(static_cast<size_t>(elements(kept)), 0.0F)};
  for (size_t i = 0; i < to.size(); ++i)
    sums.values[static_cast<size_t>(to[i])] += t.values[i];
  return each(sums, [&](float x, size_t) { return x / static_cast<float>(count); });
}

FloatTensor gather(const FloatTensor &t, const Gather &from, const Shape &out, float fill) {
  FloatTensor moved{out, std::vector<float>(from.size())};
  for (size_t i = 0; i < from.size(); ++i)
    moved.values[i] = from[i] < 0 ? fill : t.at(from[i]);
  return moved;
}

FloatTensor reshape(const FloatTensor &t, const Shape &out) { return {out, t.values}; }

FloatTensor concat(const std::vector<const FloatTensor *> &inputs, size_t axis, const Shape &out) {
  FloatTensor t{out, {}};
  for (int64_t o = 0; o < outerExtent(out, axis); ++o)
    for (const FloatTensor *in : inputs) {
      int64_t block = in->shape[axis] * innerExtent(out, axis);
      t.values.insert(t.values.end(), in->values.begin() + o * block, in->values.begin() + (o + 1) * block);
    }
  return t;
}

std::vector<int64_t> argMax(const FloatTensor &t, size_t axis) {
  int64_t outer = outerExtent(t.shape, axis), inner = innerExtent(t.shape, axis), extent = t.shape[axis];
  std::vector<int64_t> index;
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      int64_t best = 0, base = o * extent * inner + i;
      for (int64_t k = 1; k < extent; ++k)
        if (t.at(base + k * inner) > t.at(base + best * inner))
          best = k;
      index.push_back(best);
    }
  return index;
}

std::vector<float> softmax(const FloatTensor &t, size_t axis) {
  int64_t outer = outerExtent(t.shape, axis), inner = innerExtent(t.shape, axis), extent = t.shape[axis];
  std::vector<float> out(t.values.size());
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      int64_t base = o * extent * inner + i;
      float largest = t.at(base), sum = 0;
      for (int64_t k = 1; k < extent; ++k)
        largest = std::max(largest, t.at(base + k * inner));
      for (int64_t k = 0; k < extent; ++k)
        sum += out[static_cast<size_t>(base + k * inner)] = std::exp(t.at(base + k * inner) - largest);
      for (int64_t k = 0; k < extent; ++k)
        out[static_cast<size_t>(base + k * inner)] /= sum;
    }
  return out;
}

} // namespace dyadic::eval
