// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exact tensors of rationals, and every element-wise, linear, pooling and moving operation on them.
#pragma once
#include "compiler/eval/exact/Shape.h"
#include "passes/model/Rational.h"
#include <functional>

namespace dyadic::eval {

using model::Integer;
using model::Rational;

/// Two forms of the same thing; operations choose the fast one where it is provably exact.
///   lattice: value(i) = codes[i] * scale[g] + offset[g], g the index along `axis`, or 0 without one (axis
///   -1);
///            every code is within 62 bits
///   dense:   one rational per element
struct Tensor {
  Shape shape;
  std::vector<int64_t> codes;
  int axis = -1;
  std::vector<Rational> scale, offset;
  std::vector<Rational> dense;
  bool isLattice = false;

  int64_t size() const { return elements(shape); }
  /// Index into scale and offset of element i.
  size_t group(int64_t i) const { return axis < 0 ? 0 : static_cast<size_t>(i / groupStride % groupCount); }
  Rational at(int64_t i) const;

  static Tensor makeDense(Shape shape, std::vector<Rational> values);
  static Tensor makeLattice(Shape shape, std::vector<int64_t> codes, int axis, std::vector<Rational> scale,
                            std::vector<Rational> offset);

private:
  int64_t groupStride = 1, groupCount = 1;
};

/// A parameter that broadcasts (numpy, from the right) to some tensor: which of its elements each element
/// meets.
struct Parameter {
  Shape shape;
  std::vector<Rational> values;
};
/// The axis of `to` along which alone a tensor of shape `from` varies: -1 for a single value, -2 for several
/// axes.
int variesAlong(const Shape &from, const Shape &to);

/// value = (code - zero) * scale with broadcasting parameters.
Tensor fromCodes(const Shape &shape, std::vector<int64_t> codes, const Parameter &scale,
                 const Parameter &zero);

/// The same values as integer multiples of a unit per index along `axis` (-1: one unit). `small` holds them
/// when they all fit 62 bits, else `big` does.
struct Integers {
  int axis = -1;
  std::vector<Rational> unit;
  std::vector<int64_t> small;
  std::vector<Integer> big;
  bool fits() const { return big.empty(); }
};
Integers integerise(const Tensor &t, int axis);

enum class Binary { Add, Sub, Mul, Div };
/// Division by a tensor that holds 0 is the caller's error.
Tensor binary(Binary op, const Tensor &lhs, const Tensor &rhs, const Shape &out);
Tensor map(const Tensor &t, const std::function<Rational(const Rational &, int64_t)> &f);
Tensor relu(const Tensor &t);
Tensor negate(const Tensor &t);
/// scale[c] * x + shift[c] along axis 1.
Tensor affine(const Tensor &t, const std::vector<Rational> &scale, const std::vector<Rational> &shift);

Tensor conv(const Tensor &input, const Tensor &weights, const Tensor *bias, const Windows &w, int64_t group,
            const Shape &out);
Tensor matmul(const Tensor &lhs, const Tensor &rhs, const Shape &out);

Tensor maxPool(const Tensor &t, const Windows &w, const Shape &out);
Tensor averagePool(const Tensor &t, const Windows &w, bool includePad, const Shape &out);
Tensor reduceMean(const Tensor &t, const std::vector<bool> &reduced, const Shape &out);

/// Elements of t by index; index -1 takes `fill`.
Tensor gather(const Tensor &t, const Gather &from, const Shape &out, const Rational &fill = 0);
Tensor reshape(const Tensor &t, const Shape &out);
Tensor concat(const std::vector<const Tensor *> &inputs, size_t axis, const Shape &out);

/// Index of the first largest element along `axis`, in row-major order of the other axes.
std::vector<int64_t> argMax(const Tensor &t, size_t axis);
/// exp(x_i) / sum exp(x_j) along `axis`, each correctly rounded to float32.
std::vector<float> softmax(const Tensor &t, size_t axis);

} // namespace dyadic::eval
