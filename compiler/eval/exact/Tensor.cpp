// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The two forms of an exact tensor and the ways between them.
#include "compiler/eval/exact/Tensor.h"

namespace dyadic::eval {

Rational Tensor::at(int64_t i) const {
  if (!isLattice)
    return dense[static_cast<size_t>(i)];
  size_t g = group(i);
  return codes[static_cast<size_t>(i)] * scale[g] + offset[g];
}

Tensor Tensor::makeDense(Shape shape, std::vector<Rational> values) {
  Tensor t;
  t.shape = std::move(shape);
  t.dense = std::move(values);
  return t;
}

Tensor Tensor::makeLattice(Shape shape, std::vector<int64_t> codes, int axis, std::vector<Rational> scale,
                           std::vector<Rational> offset) {
  Tensor t;
  t.isLattice = true;
  t.shape = std::move(shape);
  t.codes = std::move(codes);
  t.axis = axis;
  t.scale = std::move(scale);
  t.offset = std::move(offset);
  if (axis >= 0) {
    t.groupStride = innerExtent(t.shape, static_cast<size_t>(axis));
    t.groupCount = t.shape[static_cast<size_t>(axis)];
  }
  return t;
}

int variesAlong(const Shape &from, const Shape &to) {
  int axis = -1;
  for (size_t i = 0; i < from.size(); ++i) {
    if (from[i] == 1)
      continue;
    if (axis >= 0)
      return -2;
    axis = static_cast<int>(i + to.size() - from.size());
  }
  return axis;
}

Tensor fromCodes(const Shape &shape, std::vector<int64_t> codes, const Parameter &scale,
                 const Parameter &zero) {
  int s = variesAlong(scale.shape, shape), z = variesAlong(zero.shape, shape);
  if (s != -2 && z != -2 && (s < 0 || z < 0 || s == z)) {
    size_t n = std::max(scale.values.size(), zero.values.size());
    std::vector<Rational> scales, offsets;
    for (size_t i = 0; i < n; ++i) {
      const Rational &sv = scale.values[s < 0 ? 0 : i], &zv = zero.values[z < 0 ? 0 : i];
      scales.push_back(sv);
      offsets.push_back(-zv * sv);
    }
    return Tensor::makeLattice(shape, std::move(codes), std::max(s, z), std::move(scales),
                               std::move(offsets));
  }
  Gather scaleOf = broadcastGather(scale.shape, shape), zeroOf = broadcastGather(zero.shape, shape);
  std::vector<Rational> values(codes.size());
  for (size_t i = 0; i < codes.size(); ++i)
    values[i] = (codes[i] - zero.values[static_cast<size_t>(zeroOf[i])]) *
                scale.values[static_cast<size_t>(scaleOf[i])];
  return Tensor::makeDense(shape, std::move(values));
}

//===-- Common units ----------------------------------------------------------------------------------===//

/// The largest u >= 0 of which both are integer multiples.
static Rational commonUnit(const Rational &a, const Rational &b) {
  if (a == 0)
    return abs(b);
  if (b == 0 || a == b)
    return abs(a);
  Integer numerator = gcd(Integer(a.get_num() * b.get_den()), Integer(b.get_num() * a.get_den()));
  Rational unit(numerator, a.get_den() * b.get_den());
  unit.canonicalize();
  return unit;
}

static bool fits62(const Integer &v) { return mpz_sizeinbase(v.get_mpz_t(), 2) <= 62; }

namespace {
/// Values of one group are code * step + start, all in units.
struct Steps {
  Integer step, start;
};
} // namespace

static Integers integeriseLattice(const Tensor &t, int axis) {
  // Several groups of t may share one unit: axis is either t.axis or -1.
  size_t groups = t.scale.size();
  Integers out;
  out.axis = axis;
  out.unit.assign(axis < 0 ? 1 : groups, Rational(0));
  for (size_t g = 0; g < groups; ++g) {
    Rational &u = out.unit[axis < 0 ? 0 : g];
    u = commonUnit(commonUnit(u, t.scale[g]), t.offset[g]);
  }
  std::vector<Steps> steps(groups);
  int64_t largest = 0;
  for (int64_t c : t.codes)
    largest = std::max(largest, c < 0 ? -c : c);
  bool fits = true;
  for (size_t g = 0; g < groups; ++g) {
    Rational &u = out.unit[axis < 0 ? 0 : g];
    if (u == 0)
      u = 1;
    steps[g] = {Rational(t.scale[g] / u).get_num(), Rational(t.offset[g] / u).get_num()};
    fits = fits && fits62(abs(steps[g].step) * largest + abs(steps[g].start));
  }
  size_t n = t.codes.size();
  if (fits) {
    std::vector<int64_t> step, start;
    for (const Steps &s : steps) {
      step.push_back(s.step.get_si());
      start.push_back(s.start.get_si());
    }
    out.small.resize(n);
    for (size_t i = 0; i < n; ++i) {
      size_t g = t.group(static_cast<int64_t>(i));
      out.small[i] = t.codes[i] * step[g] + start[g];
    }
    return out;
  }
  out.big.resize(n);
  for (size_t i = 0; i < n; ++i) {
    const Steps &s = steps[t.group(static_cast<int64_t>(i))];
    out.big[i] = t.codes[i] * s.step + s.start;
  }
  return out;
}

Integers integerise(const Tensor &t, int axis) {
  if (t.isLattice && (axis < 0 || t.axis == axis))
    return integeriseLattice(t, axis);
  if (t.isLattice && t.axis < 0) { // one unit for all of them will do
    Integers out = integeriseLattice(t, -1);
    out.axis = axis;
    out.unit.assign(static_cast<size_t>(t.shape[static_cast<size_t>(axis)]), Rational(out.unit[0]));
    return out;
  }
  size_t n = static_cast<size_t>(t.size());
  int64_t stride = axis < 0 ? 1 : innerExtent(t.shape, static_cast<size_t>(axis));
  int64_t count = axis < 0 ? 1 : t.shape[static_cast<size_t>(axis)];
  auto group = [&](size_t i) {
    return axis < 0 ? size_t(0) : static_cast<size_t>(static_cast<int64_t>(i) / stride % count);
  };
  Integers out;
  out.axis = axis;
  out.unit.assign(static_cast<size_t>(count), Rational(0));
  std::vector<Rational> values(n);
  for (size_t i = 0; i < n; ++i) {
    values[i] = t.at(static_cast<int64_t>(i));
    Rational &u = out.unit[group(i)];
    if (values[i] != 0 && Rational(values[i] / (u == 0 ? Rational(1) : u)).get_den() != 1)
      u = commonUnit(u, values[i]);
    else if (u == 0)
      u = abs(values[i]);
  }
  for (Rational &u : out.unit)
    if (u == 0)
      u = 1;
  out.big.resize(n);
  bool fits = true;
  for (size_t i = 0; i < n; ++i) {
    out.big[i] = Rational(values[i] / out.unit[group(i)]).get_num();
    fits = fits && fits62(out.big[i]);
  }
  if (fits) {
    for (const Integer &v : out.big)
      out.small.push_back(v.get_si());
    out.big.clear();
  }
  return out;
}

} // namespace dyadic::eval
