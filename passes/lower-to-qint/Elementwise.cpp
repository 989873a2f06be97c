// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise functions: affine ones fold into a view's coefficients, others wait in it for a quantiser.
#include "passes/lower-to-qint/Lowering.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

bool spatiallyConstant(const Coeffs &c) {
  for (size_t d = 2; d < c.shape.size(); ++d)
    if (c.shape[d] != 1)
      return false;
  return true;
}

template <typename F> bool all(const Coeffs &c, F f) { return llvm::all_of(c.data, f); }

/// An activation of constants.
Coeffs applied(const Unary &u, const Coeffs &values) {
  if (u.kind == Unary::Kind::leaky)
    return combine(values, u.a,
                   [](const Rational &x, const Rational &s) { return x < 0 ? Rational(x * s) : x; });
  return mapEach(values, [&](const Rational &x) -> Rational {
    if (u.kind == Unary::Kind::abs)
      return abs(x);
    std::optional<Rational> low = u.kind == Unary::Kind::relu ? std::optional<Rational>(0) : u.low;
    Rational y = low && x < *low ? *low : x;
    return u.high && y > *u.high ? *u.high : y;
  });
}

/// The part of `c` that falls on inner `i` of a concatenation.
Coeffs sliceFor(const View &concat, size_t i, const Coeffs &c) {
  if (c.shape.empty() || c.shape[concat.axis] == 1)
    return c;
  int64_t start = 0;
  for (size_t k = 0; k < i; ++k)
    start += concat.inner[k]->shape[concat.axis];
  SmallVector<Shape> maps(c.shape.size());
  for (int64_t k = 0; k < concat.inner[i]->shape[concat.axis]; ++k)
    maps[concat.axis].push_back(start + k);
  return c.gather(maps);
}

} // namespace

ViewPtr Lowering::affineMap(ViewPtr v, const Coeffs &mul, const Coeffs &add) {
  if (!v)
    return nullptr;
  View r = *v;
  switch (v->kind) {
  case View::Kind::affine:
    if (r.unary.empty()) {
      for (Term &t : r.terms)
        t.alpha = t.alpha * mul;
      r.beta = r.beta * mul + add;
    } else if (r.unary.back().kind == Unary::Kind::affine) {
      r.unary.back().b = r.unary.back().b * mul + add;
      r.unary.back().a = r.unary.back().a * mul;
    } else {
      r.unary.push_back({Unary::Kind::affine, mul, add, {}, {}});
    }
    return share(std::move(r));
  case View::Kind::pool: {
    // max(m x + b) = m max(x) + b for m > 0; a negative m turns max into min.
    bool up = all(mul, [](const Rational &m) { return m > 0; }),
         down = all(mul, [](const Rational &m) { return m < 0; });
    if (!(up || down) || !spatiallyConstant(mul) || !spatiallyConstant(add))
      return affineMap(force(v), mul, add);
    r.inner[0] = affineMap(r.inner[0], mul, add);
    r.smallest ^= down;
    return r.inner[0] ? share(std::move(r)) : nullptr;
  }
  case View::Kind::pad:
    if (changesAlongPads(mul, v->pads) || changesAlongPads(add, v->pads))
      return affineMap(force(v), mul, add);
    r.inner[0] = affineMap(r.inner[0], mul, add);
    r.beta = r.beta * mul + add;
    return r.inner[0] ? share(std::move(r)) : nullptr;
  case View::Kind::concat:
    for (size_t i = 0; i < r.inner.size(); ++i)
      if (!(r.inner[i] = affineMap(r.inner[i], sliceFor(r, i, mul), sliceFor(r, i, add))))
        return nullptr;
    return share(std::move(r));
  }
  llvm_unreachable("every kind of view is handled");
}

ViewPtr Lowering::unaryMap(ViewPtr v, const Unary &u) {
  if (!v)
    return nullptr;
  View r = *v;
  switch (v->kind) {
  case View::Kind::affine:
    if (v->isConstant()) // a part of a concatenation
      r.beta = applied(u, r.beta);
    else
      r.unary.push_back(u);
    return share(std::move(r));
  case View::Kind::pool: {
    // Increasing functions go through max and min alike.
    bool increasing = u.kind == Unary::Kind::relu || u.kind == Unary::Kind::clip ||
                      (u.kind == Unary::Kind::leaky && spatiallyConstant(u.a) &&
                       all(u.a, [](const Rational &s) { return s >= 0; }));
    if (!increasing)
      return unaryMap(force(v), u);
    r.inner[0] = unaryMap(r.inner[0], u);
    return r.inner[0] ? share(std::move(r)) : nullptr;
  }
  case View::Kind::pad:
    if (!u.a.data.empty() && changesAlongPads(u.a, v->pads))
      return unaryMap(force(v), u);
    r.inner[0] = unaryMap(r.inner[0], u);
    r.beta = applied(u, r.beta);
    return r.inner[0] ? share(std::move(r)) : nullptr;
  case View::Kind::concat:
    for (size_t i = 0; i < r.inner.size(); ++i) {
      Unary part = u;
      if (u.kind == Unary::Kind::leaky)
        part.a = sliceFor(r, i, u.a);
      if (!(r.inner[i] = unaryMap(r.inner[i], part)))
        return nullptr;
    }
    return share(std::move(r));
  }
  llvm_unreachable("every kind of view is handled");
}

ViewPtr Lowering::broadcastTo(ViewPtr v, ArrayRef<int64_t> shape) {
  if (!v || ArrayRef<int64_t>(v->shape) == shape)
    return v;
  if (v->shape.size() < shape.size()) {
    Shape padded(shape.size() - v->shape.size(), 1);
    padded.append(v->shape.begin(), v->shape.end());
    v = reshape(v, padded);
    if (!v)
      return nullptr;
  }
  if (v->isConstant()) {
    View r = *v;
    r.shape = Shape(shape);
    return share(std::move(r));
  }
  SmallVector<Shape> maps(shape.size());
  bool spreads = false;
  for (size_t d = 0; d < shape.size(); ++d)
    if (v->shape[d] != shape[d]) {
      maps[d] = Shape(shape[d], 0);
      spreads = true;
    }
  return spreads ? gather(v, maps, shape) : v;
}

ViewPtr Lowering::binary(Operation *op) {
  Shape shape(cast<RankedTensorType>(op->getResult(0).getType()).getShape());
  ViewPtr x = viewOf(op->getOperand(0)), y = viewOf(op->getOperand(1));
  if (!x || !y)
    return nullptr;
  x = broadcastTo(x, shape);
  y = broadcastTo(y, shape);
  if (!x || !y)
    return nullptr;
  auto constant = [&](const Rational &r) { return Coeffs::scalar(shape.size(), r); };
  if (isa<qonnx::SubOp>(op))
    y = affineMap(y, constant(-1), constant(0));
  if (isa<qonnx::AddOp, qonnx::SubOp>(op)) {
    if (y->isConstant())
      return affineMap(x, constant(1), y->beta);
    if (x->isConstant())
      return affineMap(y, constant(1), x->beta);
    return addViews(x, y);
  }
  if (isa<qonnx::MulOp>(op)) {
    if (y->isConstant())
      return affineMap(x, y->beta, constant(0));
    if (x->isConstant())
      return affineMap(y, x->beta, constant(0));
    return fail(
        "multiplies two values that both depend on the input; supported is a constant factor. Replace it by "
        "additions or quantise one factor to a constant in the exporter");
  }
  if (!y->isConstant())
    return fail("divides by a value that depends on the input; supported is a constant divisor");
  if (!all(y->beta, [](const Rational &r) { return r != 0; }))
    return fail("divides by a constant that holds 0");
  return affineMap(x, mapEach(y->beta, [](const Rational &r) { return Rational(1 / r); }), constant(0));
}

ViewPtr Lowering::addViews(ViewPtr x, ViewPtr y) {
  x = force(x);
  y = x ? force(y) : nullptr;
  if (!y)
    return nullptr;
  View r = *x;
  r.beta = r.beta + y->beta;
  for (const Term &t : y->terms) {
    auto same = llvm::find_if(r.terms, [&](const Term &o) {
      return o.ints.value == t.ints.value && o.ints.perm == t.ints.perm && o.ints.view == t.ints.view;
    });
    if (same != r.terms.end())
      same->alpha = same->alpha + t.alpha;
    else
      r.terms.push_back(t);
  }
  ViewPtr sum = share(std::move(r));
  if (sum->terms.size() <= mostTerms)
    return sum;
  // A long chain of adds without a quantiser is put on one lattice before it outgrows a step.
  ViewPtr one = attempt([&] { return force(sum, /*singleTerm=*/true); });
  return one ? one : fewerTerms(sum, mostTerms);
}

ViewPtr Lowering::batchNorm(qonnx::BatchNormOp op) {
  size_t rank = cast<RankedTensorType>(op.getInput().getType()).getRank();
  auto spread = [&](ElementsAttr attr) {
    Coeffs c{Shape(rank, 1), {}};
    c.shape[1] = attr.getShapedType().getNumElements();
    for (float f : attr.getValues<float>())
      c.data.push_back(*model::fromFloat32(f));
    return c;
  };
  return affineMap(viewOf(op.getInput()), spread(op.getScale()), spread(op.getShift()));
}

} // namespace dyadic::lower
