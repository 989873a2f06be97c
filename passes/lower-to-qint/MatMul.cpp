// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix product by a constant: scales leave the sum where they can, offsets become one of the result.
#include "passes/lower-to-qint/Linear.h"

using namespace mlir;
namespace dyadic::lower {

ViewPtr Lowering::matmul(qonnx::MatMulOp op) {
  Operation *lhs = constantOf(op.getLhs()), *rhs = constantOf(op.getRhs());
  if (!lhs && !rhs)
    return fail("multiplies two matrices that both depend on the input (attention); supported is one "
                "constant matrix");
  Shape out(cast<RankedTensorType>(op.getResult().getType()).getShape());
  auto shaped = [&](ViewPtr y) { return !y || y->shape == out ? y : reshape(y, out); };
  ViewPtr x = viewOf(rhs ? op.getLhs() : op.getRhs());
  if (!x)
    return nullptr;
  if (x->shape.size() == 1) // a vector is one row; from the right, one column, and A x = (x^T A^T)^T
    return shaped(matmulBy(reshape(x, {1, x->shape[0]}), rhs ? rhs : lhs, !rhs));
  if (rhs)
    return shaped(matmulBy(x, rhs, false));
  // A X = (X^T A^T)^T: the constant stands on the right of the transposed input.
  Shape perm;
  for (size_t i = 0; i < x->shape.size(); ++i)
    perm.push_back(static_cast<int64_t>(i));
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return shaped(transpose(matmulBy(transpose(x, perm), lhs, true), perm));
}

ViewPtr Lowering::matmulBy(ViewPtr x, Operation *constant, bool transposed) {
  return sumOver(x, [&](ViewPtr v) { return multiply(v, constant, transposed); });
}

ViewPtr Lowering::multiply(ViewPtr x, Operation *constant, bool transposed) {
  Shape ws(cast<RankedTensorType>(constant->getResult(0).getType()).getShape());
  size_t rank = x->shape.size(), wr = ws.size();
  if (wr > 2 && countOf(ArrayRef<int64_t>(ws).drop_back(2)) != 1)
    return fail("multiplies by a constant of " + Twine(countOf(ArrayRef<int64_t>(ws).drop_back(2))) +
                " matrices; supported is one matrix for all rows. Split the product in the exporter");
  int64_t depth = wr == 1 ? ws[0] : ws[wr - (transposed ? 1 : 2)],
          outputs = wr == 1 ? 1 : ws[wr - (transposed ? 2 : 1)], rows = countOf(x->shape) / depth;
  Shape out = x->shape;
  out[rank - 1] = outputs;
  if (!(x = oneScaleEach(x, {static_cast<int64_t>(rank) - 1})))
    return nullptr;
  // An offset that changes from row to row makes one of the products; very many such are cheaper as integers.
  constexpr int64_t mostProducts = 1 << 22;
  int64_t offsetRows = countOf(x->beta.shape) / x->beta.shape[rank - 1];
  if (offsetRows > 1 && offsetRows * depth * outputs > mostProducts)
    if (ViewPtr one = attempt([&] { return materialiseOffset(x); }))
      x = one;
  View r;
  r.shape = Shape(out);
  r.beta = Coeffs::scalar(rank, 0);
  auto inputOf = [&](int64_t flat) { return transposed ? flat % depth : flat / outputs; };
  auto outputOf = [&](int64_t flat) { return transposed ? flat / depth : flat % outputs; };

  for (const Term &t : x->terms) {
    Shape along(rank, 1);
    along[rank - 1] = depth;
    auto [in, order] = rowsOf(t.ints, rows, depth);
    Products products{constant,
                      static_cast<unsigned>(wr == 1 ? 1 : wr - (transposed ? 2 : 1)),
                      t.alpha.expand(along).data,
                      reduceRanges(t.ints.range, along).data,
                      inputOf,
                      outputOf,
                      false};
    std::vector<Sums> all = sumsOf(products);
    if (all.empty())
      return nullptr;
    for (const Sums &sums : all) {
      std::vector<int64_t> packed(sums.weights.values.size());
      for (int64_t o = 0; o < outputs; ++o)
        for (int64_t k = 0; k < depth; ++k)
          packed[o * depth + k] =
              sums.weights.values[transposed ? o * depth + order[k] : order[k] * outputs + o];
      Value wv = weightConstant(sums.weights, {outputs, depth}, packed);
      Value y = qint::MatMulOp::create(b, current->getLoc(), tensorType({rows, outputs}, sums.type), in, wv,
                                       b.getIntegerAttr(b.getIntegerType(64, true), 0),
                                       qint::ImplAttr::get(b.getContext(), qint::Impl::Mac),
                                       b.getStringAttr(nodeName(current)));
      IntTensor result{y, Shape(out), {}, Shape(out), {Shape(rank, 1), {}}};
      for (size_t i = 0; i < rank; ++i)
        result.perm.push_back(static_cast<int64_t>(i));
      result.range.shape[rank - 1] = outputs;
      for (const model::AccumulatorRange &s : sums.ranges)
        result.range.data.push_back(s.range);
      if (rank != 2)
        result.value = qint::ReshapeOp::create(b, current->getLoc(), tensorType(out, sums.type), y);
      r.terms.push_back({result, alongAxis(rank, rank - 1, sums.weights.unit)});
    }
  }

  if (llvm::any_of(x->beta.data, [](const Rational &v) { return v != 0; })) {
    Shape along = x->beta.shape;
    along[rank - 1] = depth;
    std::vector<Rational> offset = x->beta.expand(along).data,
                          w = constantView(constant)->beta.expand(ws).data;
    along[rank - 1] = outputs;
    r.beta = {along, std::vector<Rational>(countOf(along))};
    for (size_t row = 0, n = offset.size() / depth; row < n; ++row)
      for (int64_t f = 0, e = static_cast<int64_t>(w.size()); f < e; ++f)
        r.beta.data[row * outputs + outputOf(f)] += w[f] * offset[row * depth + inputOf(f)];
    r.beta = r.beta.compress();
  }
  return share(std::move(r));
}

std::pair<Value, Shape> Lowering::rowsOf(const IntTensor &t, int64_t rows, int64_t depth) {
  auto element = cast<RankedTensorType>(t.value.getType()).getElementType();
  auto asRows = [&](Value v) -> Value {
    auto type = tensorType({rows, depth}, element);
    return v.getType() == type ? v : qint::ReshapeOp::create(b, current->getLoc(), type, v).getResult();
  };
  // Leading axes that are the rows, in order, in memory as in ONNX; what follows may stand in any order,
  // since the weights' columns can follow it.
  size_t lead = 0;
  int64_t n = 1;
  while (lead < t.view.size() && n < rows && t.perm[lead] == static_cast<int64_t>(lead))
    n *= t.view[lead++];
  while (lead < t.view.size() && t.view[lead] == 1 && t.perm[lead] == static_cast<int64_t>(lead) &&
         countOf(ArrayRef<int64_t>(t.view).drop_front(lead)) > depth)
    ++lead;
  Shape order;
  if (n == rows) {
    Shape physical;
    for (size_t i = lead; i < t.perm.size(); ++i)
      physical.push_back(t.view[t.perm[i]]);
    Shape stride(t.view.size(), 1);
    for (size_t i = t.view.size(); i-- > 1;)
      stride[i - 1] = stride[i] * t.view[i];
    forEachIndex(physical, [&](ArrayRef<int64_t> index) {
      int64_t k = 0;
      for (size_t i = 0; i < index.size(); ++i)
        k += index[i] * stride[t.perm[lead + i]];
      order.push_back(k);
    });
    if (static_cast<int64_t>(order.size()) == depth)
      return {asRows(t.value), order};
  }
  order.clear();
  for (int64_t k = 0; k < depth; ++k)
    order.push_back(k);
  return {asRows(toPlain(t).value), order};
}

} // namespace dyadic::lower
