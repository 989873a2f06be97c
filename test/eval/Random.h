// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random exact tensors in every form, and readers of them by index, for the tests of this room.
#pragma once
#include "compiler/eval/exact/Tensor.h"
#include <random>

namespace dyadic::eval::test {

class Random {
public:
  explicit Random(unsigned seed) : engine(seed) {}
  int64_t within(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(engine);
  }
  bool chance(int percent) { return within(1, 100) <= percent; }

  /// Now a power of two, now a float32 with a full mantissa, now a plain fraction; never 0.
  Rational scale() {
    Rational s;
    switch (within(0, 2)) {
    case 0:
      s = model::powerOfTwo(within(-8, 2));
      break;
    case 1:
      s = *model::fromFloat32(static_cast<float>(within(1 << 23, 1 << 24)) * 0x1p-28F);
      break;
    default:
      s = Rational(static_cast<long>(within(1, 20)), static_cast<unsigned long>(within(1, 255)));
      s.canonicalize();
    }
    return chance(20) ? Rational(-s) : s;
  }
  Rational number() { return chance(25) ? Rational(0) : Rational(scale() * within(-9, 9)); }

  /// Lattice with one scale, lattice with a scale per index of some axis, or dense; offsets now and then.
  Tensor tensor(const Shape &shape, int64_t largest = 127) {
    std::vector<int64_t> codes;
    for (int64_t i = 0; i < elements(shape); ++i)
      codes.push_back(within(-largest, largest));
    int form = static_cast<int>(within(0, 2));
    if (form == 0) {
      std::vector<Rational> values;
      for (int64_t c : codes)
        values.push_back(c * scale());
      return Tensor::makeDense(shape, values);
    }
    int axis =
        form == 1 || shape.empty() ? -1 : static_cast<int>(within(0, static_cast<int64_t>(shape.size()) - 1));
    std::vector<Rational> scales, offsets;
    bool shifted = chance(50);
    for (int64_t i = 0; i < (axis < 0 ? 1 : shape[static_cast<size_t>(axis)]); ++i) {
      scales.push_back(scale());
      offsets.push_back(shifted ? number() : Rational(0));
    }
    return Tensor::makeLattice(shape, codes, axis, scales, offsets);
  }

private:
  std::mt19937 engine;
};

/// Element at a multi-index.
inline Rational at(const Tensor &t, const Shape &index) {
  int64_t flat = 0;
  for (size_t d = 0; d < index.size(); ++d)
    flat = flat * t.shape[d] + index[d];
  return t.at(flat);
}

/// The multi-indices of a shape in row-major order.
inline std::vector<Shape> indices(const Shape &shape) {
  std::vector<Shape> all{{}};
  for (int64_t extent : shape) {
    std::vector<Shape> next;
    for (const Shape &prefix : all)
      for (int64_t i = 0; i < extent; ++i) {
        next.push_back(prefix);
        next.back().push_back(i);
      }
    all = std::move(next);
  }
  return all;
}

/// numpy's broadcast read: axes of extent 1 are read at 0, missing ones are dropped.
inline Rational broadcastAt(const Tensor &t, const Shape &index) {
  Shape own(index.end() - static_cast<std::ptrdiff_t>(t.shape.size()), index.end());
  for (size_t d = 0; d < own.size(); ++d)
    if (t.shape[d] == 1)
      own[d] = 0;
  return at(t, own);
}

} // namespace dyadic::eval::test
