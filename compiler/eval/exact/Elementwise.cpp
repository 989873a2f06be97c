// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise operations: on lattices where the result is one, else element by element.
#include "compiler/eval/exact/Tensor.h"
#include <optional>

namespace dyadic::eval {

static Rational apply(Binary op, const Rational &a, const Rational &b) {
  switch (op) {
  case Binary::Add:
    return a + b;
  case Binary::Sub:
    return a - b;
  case Binary::Mul:
    return a * b;
  case Binary::Div:
    return a / b;
  }
  return 0;
}

/// Lattice (op) a tensor that varies along no axis but the lattice's own: only scale and offset change.
static std::optional<Tensor> withThin(Binary op, const Tensor &full, const Tensor &thin, bool thinOnLeft,
                                      const Shape &out) {
  if (!full.isLattice || full.shape != out || (op == Binary::Div && thinOnLeft))
    return std::nullopt;
  int axis = variesAlong(thin.shape, out);
  if (axis == -2 || (axis >= 0 && full.axis >= 0 && axis != full.axis))
    return std::nullopt;
  size_t n = std::max(full.scale.size(), static_cast<size_t>(thin.size()));
  std::vector<Rational> scale, offset;
  for (size_t g = 0; g < n; ++g) {
    const Rational &s = full.scale[full.axis < 0 ? 0 : g], &o = full.offset[full.axis < 0 ? 0 : g];
    Rational v = thin.at(axis < 0 ? 0 : static_cast<int64_t>(g));
    bool sum = op == Binary::Add || op == Binary::Sub;
    scale.push_back(!sum ? apply(op, s, v) : op == Binary::Sub && thinOnLeft ? Rational(-s) : s);
    offset.push_back(thinOnLeft ? apply(op, v, o) : apply(op, o, v));
  }
  return Tensor::makeLattice(out, full.codes, std::max(axis, full.axis), std::move(scale), std::move(offset));
}

/// Sum or difference of two full lattices over a common unit, if the integers stay within 62 bits.
static std::optional<Tensor> sumOfLattices(Binary op, const Tensor &lhs, const Tensor &rhs,
                                           const Shape &out) {
  if ((op != Binary::Add && op != Binary::Sub) || !lhs.isLattice || !rhs.isLattice || lhs.shape != out ||
      rhs.shape != out || (lhs.axis >= 0 && rhs.axis >= 0 && lhs.axis != rhs.axis))
    return std::nullopt;
  int axis = std::max(lhs.axis, rhs.axis);
  size_t groups = std::max(lhs.scale.size(), rhs.scale.size());
  std::vector<Rational> unit, offset;
  std::vector<int64_t> left, right;
  int64_t largestLeft = 0, largestRight = 0;
  for (int64_t c : lhs.codes)
    largestLeft = std::max(largestLeft, std::abs(c));
  for (int64_t c : rhs.codes)
    largestRight = std::max(largestRight, std::abs(c));
  for (size_t g = 0; g < groups; ++g) {
    size_t gl = lhs.axis < 0 ? 0 : g, gr = rhs.axis < 0 ? 0 : g;
    Tensor pair = Tensor::makeDense({2}, {lhs.scale[gl], rhs.scale[gr]});
    Integers steps = integerise(pair, -1);
    if (!steps.fits())
      return std::nullopt;
    Integer bound = abs(Integer(steps.small[0])) * largestLeft + abs(Integer(steps.small[1])) * largestRight;
    if (mpz_sizeinbase(bound.get_mpz_t(), 2) > 62)
      return std::nullopt;
    unit.push_back(steps.unit[0]);
    left.push_back(steps.small[0]);
    right.push_back(op == Binary::Add ? steps.small[1] : -steps.small[1]);
    offset.push_back(apply(op, lhs.offset[gl], rhs.offset[gr]));
  }
  Tensor sum = Tensor::makeLattice(out, lhs.codes, axis, std::move(unit), std::move(offset));
  for (size_t i = 0; i < sum.codes.size(); ++i) {
    size_t g = sum.group(static_cast<int64_t>(i));
    sum.codes[i] = lhs.codes[i] * left[g] + rhs.codes[i] * right[g];
  }
  return sum;
}

Tensor binary(Binary op, const Tensor &lhs, const Tensor &rhs, const Shape &out) {
  if (auto t = withThin(op, lhs, rhs, false, out))
    return *std::move(t);
  if (auto t = withThin(op, rhs, lhs, true, out))
    return *std::move(t);
  if (auto t = sumOfLattices(op, lhs, rhs, out))
    return *std::move(t);
  Gather l = broadcastGather(lhs.shape, out), r = broadcastGather(rhs.shape, out);
  std::vector<Rational> values(l.size());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = apply(op, lhs.at(l[i]), rhs.at(r[i]));
  return Tensor::makeDense(out, std::move(values));
}

Tensor map(const Tensor &t, const std::function<Rational(const Rational &, int64_t)> &f) {
  std::vector<Rational> values(static_cast<size_t>(t.size()));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = f(t.at(static_cast<int64_t>(i)), static_cast<int64_t>(i));
  return Tensor::makeDense(t.shape, std::move(values));
}

Tensor relu(const Tensor &t) {
  bool centred = t.isLattice;
  for (const Rational &o : t.offset)
    centred = centred && o == 0;
  if (!centred)
    return map(t, [](const Rational &x, int64_t) { return x < 0 ? Rational(0) : x; });
  Tensor out = t;
  for (size_t i = 0; i < out.codes.size(); ++i) {
    int sign = sgn(out.scale[out.group(static_cast<int64_t>(i))]);
    if (out.codes[i] < 0 ? sign > 0 : sign < 0)
      out.codes[i] = 0;
  }
  return out;
}

Tensor negate(const Tensor &t) {
  Tensor out = t;
  for (std::vector<Rational> *v : {&out.scale, &out.offset, &out.dense})
    for (Rational &r : *v)
      r = -r;
  return out;
}

Tensor affine(const Tensor &t, const std::vector<Rational> &scale, const std::vector<Rational> &shift) {
  Shape thin(t.shape.size() - 1, 1);
  thin[0] = static_cast<int64_t>(scale.size());
  Tensor scaled = binary(Binary::Mul, t, Tensor::makeDense(thin, scale), t.shape);
  return binary(Binary::Add, scaled, Tensor::makeDense(thin, shift), t.shape);
}

} // namespace dyadic::eval
