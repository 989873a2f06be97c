// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Data movement: codes move as they are; scale and offset follow where one axis still tells them apart.
#include "compiler/eval/exact/Tensor.h"

namespace dyadic::eval {

/// Codes whose element i belongs to groups[i]: a lattice if some axis of `shape` decides the group, else
/// dense.
static Tensor regroup(const Shape &shape, std::vector<int64_t> codes, const std::vector<size_t> &groups,
                      const std::vector<Rational> &scale, const std::vector<Rational> &offset) {
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    size_t extent = static_cast<size_t>(shape[axis]), inner = static_cast<size_t>(innerExtent(shape, axis));
    std::vector<size_t> of(extent);
    for (size_t k = 0; k < extent; ++k)
      of[k] = groups[k * inner];
    bool decides = true;
    for (size_t i = 0; i < groups.size() && decides; ++i)
      decides = groups[i] == of[i / inner % extent];
    if (!decides)
      continue;
    std::vector<Rational> s, o;
    for (size_t g : of) {
      s.push_back(scale[g]);
      o.push_back(offset[g]);
    }
    return Tensor::makeLattice(shape, std::move(codes), static_cast<int>(axis), std::move(s), std::move(o));
  }
  std::vector<Rational> values(codes.size());
  for (size_t i = 0; i < codes.size(); ++i)
    values[i] = codes[i] * scale[groups[i]] + offset[groups[i]];
  return Tensor::makeDense(shape, std::move(values));
}

/// The code of `value` in every group alike, if there is one.
static bool commonCode(const Tensor &t, const Rational &value, int64_t &code) {
  for (size_t g = 0; g < t.scale.size(); ++g) {
    if (t.scale[g] == 0)
      return false;
    Rational q = (value - t.offset[g]) / t.scale[g];
    if (q.get_den() != 1 || mpz_sizeinbase(q.get_num_mpz_t(), 2) > 62 || (g > 0 && q != code))
      return false;
    code = q.get_num().get_si();
  }
  return true;
}

Tensor gather(const Tensor &t, const Gather &from, const Shape &out, const Rational &fill) {
  bool fills = false;
  for (int64_t i : from)
    fills = fills || i < 0;
  int64_t fillCode = 0;
  if (t.isLattice && (!fills || commonCode(t, fill, fillCode))) {
    std::vector<int64_t> codes(from.size());
    std::vector<size_t> groups(t.axis < 0 ? 0 : from.size());
    for (size_t i = 0; i < from.size(); ++i) {
      codes[i] = from[i] < 0 ? fillCode : t.codes[static_cast<size_t>(from[i])];
      if (t.axis >= 0)
        groups[i] = from[i] < 0 ? 0 : t.group(from[i]);
    }
    if (t.axis < 0)
      return Tensor::makeLattice(out, std::move(codes), -1, t.scale, t.offset);
    // A filled element's code means the same in every group: let it join the group its axis index has
    // elsewhere.
    if (fills && out.size() == t.shape.size() &&
        out[static_cast<size_t>(t.axis)] == t.shape[static_cast<size_t>(t.axis)])
      return Tensor::makeLattice(out, std::move(codes), t.axis, t.scale, t.offset);
    return regroup(out, std::move(codes), groups, t.scale, t.offset);
  }
  std::vector<Rational> values(from.size());
  for (size_t i = 0; i < from.size(); ++i)
    values[i] = from[i] < 0 ? fill : t.at(from[i]);
  return Tensor::makeDense(out, std::move(values));
}

Tensor reshape(const Tensor &t, const Shape &out) {
  if (!t.isLattice)
    return Tensor::makeDense(out, t.dense);
  if (t.axis < 0)
    return Tensor::makeLattice(out, t.codes, -1, t.scale, t.offset);
  std::vector<size_t> groups(t.codes.size());
  for (size_t i = 0; i < groups.size(); ++i)
    groups[i] = t.group(static_cast<int64_t>(i));
  return regroup(out, t.codes, groups, t.scale, t.offset);
}

Tensor concat(const std::vector<const Tensor *> &inputs, size_t axis, const Shape &out) {
  // One lattice where each part has a single scale, or its scales along `axis`.
  bool lattice = true;
  for (const Tensor *t : inputs)
    lattice = lattice && t->isLattice && (t->axis < 0 || t->axis == static_cast<int>(axis));
  std::vector<int64_t> codes(lattice ? static_cast<size_t>(elements(out)) : 0);
  std::vector<Rational> dense(lattice ? 0 : static_cast<size_t>(elements(out))), scale, offset;
  int64_t outer = outerExtent(out, axis), inner = innerExtent(out, axis), start = 0;
  for (const Tensor *t : inputs) {
    int64_t block = t->shape[axis] * inner, stride = out[axis] * inner;
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t i = 0; i < block; ++i) {
        size_t to = static_cast<size_t>(o * stride + start * inner + i);
        if (lattice)
          codes[to] = t->codes[static_cast<size_t>(o * block + i)];
        else
          dense[to] = t->at(o * block + i);
      }
    for (int64_t k = 0; lattice && k < t->shape[axis]; ++k) {
      scale.push_back(t->scale[t->axis < 0 ? 0 : static_cast<size_t>(k)]);
      offset.push_back(t->offset[t->axis < 0 ? 0 : static_cast<size_t>(k)]);
    }
    start += t->shape[axis];
  }
  if (!lattice)
    return Tensor::makeDense(out, std::move(dense));
  return Tensor::makeLattice(out, std::move(codes), static_cast<int>(axis), std::move(scale),
                             std::move(offset));
}

} // namespace dyadic::eval
