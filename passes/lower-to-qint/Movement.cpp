// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Data movement: layouts change lazily; memory moves only where a consumer needs another order.
#include "passes/lower-to-qint/Lowering.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

Shape identity(size_t rank) {
  Shape p(rank);
  for (size_t i = 0; i < rank; ++i)
    p[i] = static_cast<int64_t>(i);
  return p;
}

Shape permuted(ArrayRef<int64_t> shape, ArrayRef<int64_t> perm) {
  Shape r;
  for (int64_t p : perm)
    r.push_back(shape[p]);
  return r;
}

/// Whether two axis orders of one shape give the same memory, axes of extent 1 aside.
bool sameMemory(ArrayRef<int64_t> shape, ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  Shape x, y;
  for (size_t i = 0; i < a.size(); ++i) {
    if (shape[a[i]] != 1)
      x.push_back(a[i]);
    if (shape[b[i]] != 1)
      y.push_back(b[i]);
  }
  return x == y;
}

} // namespace

IntTensor Lowering::relayout(const IntTensor &t, ArrayRef<int64_t> perm) {
  if (ArrayRef<int64_t>(t.perm) == perm)
    return t;
  IntTensor r = t;
  r.perm = Shape(perm);
  Type element = cast<RankedTensorType>(t.value.getType()).getElementType();
  auto type = tensorType(permuted(t.view, perm), element);
  if (sameMemory(t.view, t.perm, perm)) {
    r.value = qint::ReshapeOp::create(b, current->getLoc(), type, t.value);
    return r;
  }
  Shape move;
  for (int64_t p : perm)
    move.push_back(llvm::find(t.perm, p) - t.perm.begin());
  r.value = qint::TransposeOp::create(b, current->getLoc(), type, t.value, move);
  return r;
}

IntTensor Lowering::toPlain(const IntTensor &t) {
  IntTensor r = relayout(t, identity(t.view.size()));
  if (r.view != r.shape) {
    Type element = cast<RankedTensorType>(r.value.getType()).getElementType();
    r.value = qint::ReshapeOp::create(b, current->getLoc(), tensorType(r.shape, element), r.value);
    r.view = r.shape;
    r.perm = identity(r.shape.size());
  }
  return r;
}

IntTensor Lowering::channelsLast(const IntTensor &t) {
  IntTensor r = t.view == t.shape ? t : toPlain(t);
  return relayout(r, r.shape.size() == 3 ? ArrayRef<int64_t>{0, 2, 1} : ArrayRef<int64_t>{0, 2, 3, 1});
}

Value Lowering::asNhwc(const IntTensor &t) {
  if (t.shape.size() == 4)
    return t.value;
  auto type = cast<RankedTensorType>(t.value.getType());
  return qint::ReshapeOp::create(
      b, current->getLoc(),
      tensorType({type.getDimSize(0), 1, type.getDimSize(1), type.getDimSize(2)}, type.getElementType()),
      t.value);
}

IntTensor Lowering::fromNhwc(Value v, ArrayRef<int64_t> shape, Ranges range) {
  IntTensor r{v, Shape(shape), {0, 2, 3, 1}, Shape(shape), std::move(range)};
  if (shape.size() == 3) {
    auto type = cast<RankedTensorType>(v.getType());
    r.perm = {0, 2, 1};
    r.value = qint::ReshapeOp::create(
        b, current->getLoc(),
        tensorType({type.getDimSize(0), type.getDimSize(2), type.getDimSize(3)}, type.getElementType()), v);
  }
  return r;
}

void Lowering::alignLayouts(MutableArrayRef<Term> terms) {
  const IntTensor &first = terms[0].ints;
  bool oneView = llvm::all_of(terms, [&](const Term &t) { return t.ints.view == first.view; });
  for (Term &t : terms)
    t.ints = oneView ? relayout(t.ints, first.perm) : toPlain(t.ints);
}

/// Applies a movement to every integer and coefficient of a view.
ViewPtr Lowering::move(ViewPtr v, ArrayRef<int64_t> resultShape,
                       function_ref<IntTensor(const IntTensor &)> ints,
                       function_ref<Coeffs(const Coeffs &)> coeffs) {
  if (!v)
    return nullptr;
  if (v->kind != View::Kind::affine)
    v = force(v);
  if (!v)
    return nullptr;
  View r = *v;
  r.shape = Shape(resultShape);
  for (Term &t : r.terms) {
    t.ints = ints(t.ints);
    t.alpha = coeffs(t.alpha);
  }
  r.beta = coeffs(r.beta);
  for (Unary &u : r.unary) {
    if (!u.a.data.empty())
      u.a = coeffs(u.a);
    if (!u.b.data.empty())
      u.b = coeffs(u.b);
  }
  return share(std::move(r));
}

ViewPtr Lowering::transpose(ViewPtr v, ArrayRef<int64_t> perm) {
  if (!v)
    return nullptr;
  return move(
      v, permuted(v->shape, perm),
      [&](const IntTensor &t) {
        IntTensor r = t.view == t.shape ? t : toPlain(t);
        // New axis i is old axis perm[i]; memory stays.
        Shape where(perm.size());
        for (size_t i = 0; i < perm.size(); ++i)
          where[perm[i]] = static_cast<int64_t>(i);
        for (int64_t &p : r.perm)
          p = where[p];
        r.view = r.shape = permuted(r.shape, perm);
        r.range = r.range.transpose(perm);
        return r;
      },
      [&](const Coeffs &c) { return c.transpose(perm); });
}

ViewPtr Lowering::reshape(ViewPtr v, ArrayRef<int64_t> shape) {
  if (!v)
    return nullptr;
  Shape from = v->shape;
  return move(
      v, shape,
      [&](const IntTensor &t) {
        IntTensor r = t;
        r.range = t.range.reshape(from, shape);
        r.shape = Shape(shape);
        // Where memory already has ONNX order the new shape is simply the tensor's.
        if (sameMemory(r.view, r.perm, identity(r.view.size())))
          r = toPlain(r);
        return r;
      },
      [&](const Coeffs &c) { return c.reshape(from, shape); });
}

ViewPtr Lowering::gather(ViewPtr v, ArrayRef<Shape> maps, ArrayRef<int64_t> shape) {
  if (!v)
    return nullptr;
  Shape from = v->shape;
  auto gatherInts = [&](const IntTensor &t) {
    IntTensor r = t.view == t.shape ? t : toPlain(t);
    SmallVector<Attribute> physical;
    bool identityMap = true;
    for (int64_t p : r.perm) {
      Shape map = maps[p];
      if (map.empty())
        map = identity(from[p]);
      identityMap &= map == identity(from[p]);
      physical.push_back(b.getDenseI64ArrayAttr(map));
    }
    r.view = r.shape = Shape(shape);
    r.range = r.range.gather(maps);
    if (!identityMap)
      r.value = qint::GatherOp::create(
          b, current->getLoc(),
          tensorType(permuted(shape, r.perm), cast<RankedTensorType>(r.value.getType()).getElementType()),
          r.value, b.getArrayAttr(physical));
    return r;
  };
  return move(v, shape, gatherInts, [&](const Coeffs &c) { return c.gather(maps); });
}

ViewPtr Lowering::concat(ArrayRef<ViewPtr> inputs, int64_t axis, ArrayRef<int64_t> shape) {
  View r;
  r.kind = View::Kind::concat;
  r.shape = Shape(shape);
  r.axis = axis;
  for (const ViewPtr &v : inputs) {
    if (!v)
      return nullptr;
    r.inner.push_back(v);
  }
  return inputs.size() == 1 ? inputs[0] : share(std::move(r));
}

} // namespace dyadic::lower
