// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Poolings and concatenations that stayed open until someone needed their integers.
#include "passes/lower-to-qint/Lowering.h"
#include "passes/lower-to-qint/StepBuilder.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

/// Entries of several arrays one after the other along `axis`.
template <typename T>
Broadcast<T> joinAlong(ArrayRef<Broadcast<T>> parts, ArrayRef<int64_t> extents, size_t axis) {
  Shape joint(parts[0].shape.size(), 1);
  for (const auto &p : parts)
    joint = unionShape(joint, p.shape);
  joint[axis] = 0;
  for (int64_t e : extents)
    joint[axis] += e;
  Broadcast<T> r{joint, {}};
  forEachIndex(joint, [&](ArrayRef<int64_t> index) {
    Shape i(index);
    size_t k = 0;
    while (i[axis] >= extents[k])
      i[axis] -= extents[k++];
    r.data.push_back(parts[k].at(i));
  });
  return r.compress();
}

bool spatiallyConstant(const Coeffs &c) {
  return llvm::all_of(ArrayRef<int64_t>(c.shape).drop_front(std::min<size_t>(2, c.shape.size())),
                      [](int64_t d) { return d == 1; });
}

} // namespace

IntTensor Lowering::withSigns(const IntTensor &t, const Coeffs &sign, StringRef node) {
  IntTensor r = t;
  r.range = combine(t.range, sign, [](const model::Range &x, const Rational &s) {
    return s < 0 ? model::Range{-x.max, -x.min} : x;
  });
  model::Range all;
  for (const model::Range &x : r.range.data)
    all = {std::min(all.min, x.min), std::max(all.max, x.max)};
  Spread spread = spreadOf(t, sign.shape);
  std::vector<int64_t> mult;
  for (int64_t c : spread.source)
    mult.push_back(sign.data[c] < 0 ? -1 : 1);
  Type element = typeFor(all.min, all.max);
  r.value = qint::AffineOp::create(
      b, current->getLoc(), tensorType(cast<RankedTensorType>(t.value.getType()).getShape(), element),
      ValueRange{t.value}, spread.channels, spread.period, mult, std::vector<int64_t>(spread.channels, 0),
      qint::minCode(element), qint::maxCode(element), node);
  return r;
}

ViewPtr Lowering::poolBeforeUnary(const View &pool) {
  const View &x = *pool.inner[0];
  if (x.kind != View::Kind::affine || x.free || x.terms.size() != 1)
    return nullptr;
  Shape classes = classShape(x);
  Ranges ranges = reduceRanges(x.terms[0].ints.range, classes);
  Coeffs sign{classes, {}};
  if (!spatiallyConstant({classes, {}}))
    return nullptr;
  bool mixed = false, up = false, down = false;
  size_t n = 0;
  forEachIndex(classes, [&](ArrayRef<int64_t> i) {
    auto direction = functionOf(x, i, ranges.data[n++]).direction();
    mixed |= direction == model::PiecewiseLinear::Direction::Mixed;
    up |= direction == model::PiecewiseLinear::Direction::Increasing;
    down |= direction == model::PiecewiseLinear::Direction::Decreasing;
    sign.data.emplace_back(direction == model::PiecewiseLinear::Direction::Decreasing ? -1 : 1);
  });
  if (mixed) // the largest value is not that of the largest or the least integer
    return nullptr;
  View r = x;
  Term &t = r.terms[0];
  if (up && down) {
    t.ints = withSigns(t.ints, sign, pool.node);
    t.alpha = t.alpha * sign;
    down = false;
  }
  t.ints = poolInts(t.ints, pool.window, down != pool.smallest ? qint::PoolKind::Min : qint::PoolKind::Max,
                    pool.shape);
  r.shape = pool.shape;
  return share(std::move(r));
}

ViewPtr Lowering::forcePool(ViewPtr v) {
  ViewPtr x = attempt([&] { return force(v->inner[0], /*singleTerm=*/true); });
  if (!x) {
    if (v->inner[0]->kind == View::Kind::concat && v->inner[0]->axis < 2) { // part by part
      View joined = *v->inner[0];
      for (ViewPtr &part : joined.inner) {
        View pool = *v;
        pool.shape[joined.axis] = part->shape[joined.axis];
        pool.inner = {part};
        part = share(std::move(pool));
      }
      joined.shape = v->shape;
      return forceConcat(share(std::move(joined)));
    }
    x = poolBeforeUnary(*v);
    return x ? x : fail(whyNot);
  }
  if (!spatiallyConstant(x->terms[0].alpha))
    x = materialise(x, /*uniform=*/true);
  if (!x)
    return nullptr;
  if (!spatiallyConstant(x->beta))
    x = materialiseOffset(x);
  if (!x)
    return nullptr;
  View r = *x;
  Term &t = r.terms[0];
  bool down = t.alpha.data[0] < 0;
  bool mixed = !llvm::all_of(t.alpha.data, [&](const Rational &a) { return (a < 0) == down; });
  if (mixed) { // channels with a negative factor are negated first
    t.ints = withSigns(t.ints, mapEach(t.alpha, [](const Rational &a) { return Rational(a < 0 ? -1 : 1); }),
                       v->node);
    t.alpha = mapEach(t.alpha, [](const Rational &a) { return Rational(abs(a)); });
    down = false;
  }
  t.ints =
      poolInts(t.ints, v->window, down != v->smallest ? qint::PoolKind::Min : qint::PoolKind::Max, v->shape);
  r.shape = v->shape;
  return share(std::move(r));
}

ViewPtr Lowering::forceConcat(ViewPtr v) {
  // One integer for each part where it can be; else the parts' terms side by side.
  SmallVector<ViewPtr> parts;
  ViewPtr single = attempt([&]() -> ViewPtr {
    for (const ViewPtr &inner : v->inner) {
      parts.push_back(force(inner, /*singleTerm=*/true));
      if (!parts.back())
        return nullptr;
    }
    return v;
  });
  if (!single) {
    parts.clear();
    for (const ViewPtr &inner : v->inner) {
      ViewPtr p = inner->isConstant() ? inner : force(inner);
      if (p && p->terms.empty()) { // a constant: integers that count for nothing, and its offset
        View zeros = *p;
        zeros.beta = Coeffs::scalar(p->shape.size(), 0);
        View constant = *force(share(std::move(zeros)), /*singleTerm=*/true);
        constant.beta = p->beta;
        p = share(std::move(constant));
      }
      if (!p)
        return nullptr;
      parts.push_back(p);
    }
  }
  size_t terms = 0;
  std::vector<Coeffs> beta;
  SmallVector<int64_t> extents;
  for (const ViewPtr &p : parts) {
    terms = std::max(terms, p->terms.size());
    beta.push_back(p->beta);
    extents.push_back(p->shape[v->axis]);
  }
  View r;
  r.shape = v->shape;
  for (size_t k = 0; k < terms; ++k) {
    std::vector<IntTensor> ints;
    std::vector<Coeffs> alpha;
    for (const ViewPtr &p : parts) { // a part of fewer terms adds nothing of its first
      ints.push_back(p->terms[k < p->terms.size() ? k : 0].ints);
      alpha.push_back(k < p->terms.size() ? p->terms[k].alpha : Coeffs::scalar(v->shape.size(), 0));
    }
    r.terms.push_back(
        {joinInts(ints, extents, v->axis, v->shape), joinAlong<Rational>(alpha, extents, v->axis)});
  }
  r.beta = joinAlong<Rational>(beta, extents, v->axis);
  return share(std::move(r));
}

IntTensor Lowering::joinInts(std::vector<IntTensor> ints, ArrayRef<int64_t> extents, int64_t axis,
                             ArrayRef<int64_t> shape) {
  std::vector<Ranges> ranges;
  bool oneType = true, oneLayout = true;
  auto elementOf = [](const IntTensor &t) {
    return cast<RankedTensorType>(t.value.getType()).getElementType();
  };
  model::Range all;
  for (const IntTensor &t : ints) {
    ranges.push_back(t.range);
    oneType &= elementOf(t) == elementOf(ints[0]);
    oneLayout &= t.view == t.shape && t.perm == ints[0].perm;
    for (const model::Range &x : t.range.data)
      all = {std::min(all.min, x.min), std::max(all.max, x.max)};
  }
  SmallVector<Value> operands;
  Shape perm = ints[0].perm, physical;
  if (!oneLayout && ints[0].view == ints[0].shape &&
      llvm::all_of(ints, [](const IntTensor &t) { return t.view == t.shape; }))
    oneLayout = true; // same axes, other order: move the others to the first's order
  else if (!oneLayout)
    perm.clear();
  for (IntTensor &t : ints) {
    t = oneLayout ? relayout(t, perm) : toPlain(t);
    if (!oneType)
      t = convert(t, typeFor(all.min, all.max));
    operands.push_back(t.value);
  }
  IntTensor out{Value(), Shape(shape), ints[0].perm, Shape(shape),
                joinAlong<model::Range>(ranges, extents, axis)};
  for (int64_t p : out.perm)
    physical.push_back(shape[p]);
  out.value = qint::ConcatOp::create(b, current->getLoc(), tensorType(physical, elementOf(ints[0])), operands,
                                     llvm::find(out.perm, axis) - out.perm.begin());
  return out;
}

} // namespace dyadic::lower
