// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MatMul: a constant of several matrices becomes a product by each.
#include "compiler/import/Importer.h"
#include "compiler/import/Text.h"
#include <numeric>

using namespace mlir;
namespace dyadic::import_ {
namespace {

constexpr int64_t mostMatrices = 1024; ///< of one constant; each is an operation of its own from here on

DimsRef shapeOf(Value v) { return mlir::cast<RankedTensorType>(v.getType()).getShape(); }

/// A constant of several matrices by which `n` multiplies what depends on an input, none where it does not.
const Constant *stackOf(Node &n, size_t k) {
  const Constant *c = n.constant(k);
  DimsRef shape = c ? DimsRef(c->shape) : DimsRef();
  bool several = shape.size() > 2 && llvm::any_of(shape.drop_back(2), [](int64_t d) { return d > 1; });
  return several && !n.constant(1 - k) ? c : nullptr;
}

/// The product of x by the matrices of w, which has as many axes: matrix after matrix along each of them.
FailureOr<Value> byEach(Node &n, Value x, const Constant &w, bool constantFirst, size_t axis) {
  size_t rank = w.shape.size();
  while (axis + 2 < rank && w.shape[axis] == 1)
    ++axis;
  if (axis + 2 == rank) {
    auto matrix = std::make_shared<Constant>(reshaped(w, DimsRef(w.shape).drop_front(rank - 2)));
    matrix->name = w.name;
    auto c = n.importer.materialise(n, matrix);
    if (failed(c))
      return failure();
    Dims shape = shapeOf(x).vec();
    shape[constantFirst ? rank - 2 : rank - 1] = w.shape[constantFirst ? rank - 2 : rank - 1];
    return n.make<qonnx::MatMulOp>(shape, constantFirst ? *c : x, constantFirst ? x : *c);
  }
  Dims kept = shapeOf(x).vec(), of = w.shape, strides = stridesOf(w.shape);
  bool varies = kept[axis] > 1;
  kept[axis] = of[axis] = 1;
  SmallVector<Value> parts;
  for (int64_t i = 0; i < w.shape[axis]; ++i) {
    Value at = x;
    if (varies) {
      Dims starts(rank, 0);
      starts[axis] = i;
      auto slice = n.make<qonnx::SliceOp>(kept, x, starts, Dims(rank, 1));
      if (failed(slice))
        return failure();
      at = *slice;
    }
    Constant own = gathered(w, of, stridedIndex(of, strides, i * strides[axis]));
    own.name = w.name;
    auto part = byEach(n, at, own, constantFirst, axis + 1);
    if (failed(part))
      return failure();
    parts.push_back(*part);
  }
  Dims shape = shapeOf(parts[0]).vec();
  shape[axis] = w.shape[axis];
  return n.make<qonnx::ConcatOp>(shape, parts, static_cast<int64_t>(axis));
}

/// `v` with `rank` axes; a vector is one row, on the right one column.
FailureOr<Value> withRank(Node &n, Value v, size_t rank, bool right) {
  Dims shape = shapeOf(v).vec();
  if (shape.size() == rank)
    return v;
  if (shape.size() == 1 && right)
    shape.push_back(1);
  shape.insert(shape.begin(), rank - shape.size(), 1);
  return n.make<qonnx::ReshapeOp>(shape, v);
}

FailureOr<Value> byStack(Node &n, const Constant &w, bool constantFirst, DimsRef outer, DimsRef shape) {
  DimsRef stack = DimsRef(w.shape).drop_back(2);
  int64_t matrices = std::accumulate(stack.begin(), stack.end(), int64_t{1}, std::multiplies<>());
  if (matrices > mostMatrices)
    return n.refuse("a constant of " + llvm::Twine(matrices) + " matrices",
                    "at most " + llvm::Twine(mostMatrices) + " matrices", "use a convolution with groups");
  if (failed(n.reserve(3 * w.count())))
    return failure();
  size_t rank = outer.size() + 2;
  Dims full = w.shape;
  full.insert(full.begin(), rank - full.size(), 1);
  Constant wide = reshaped(w, full);
  wide.name = w.name;
  auto x = withRank(n, n.entries[constantFirst ? 1 : 0].value, rank, constantFirst);
  auto result = failed(x) ? x : byEach(n, *x, wide, constantFirst, 0);
  if (succeeded(result) && shapeOf(*result) != shape)
    result = n.make<qonnx::ReshapeOp>(shape, *result);
  return result;
}

LogicalResult matmul(Node &n) {
  DimsRef a = n.shape(0), b = n.shape(1);
  if (a.empty() || b.empty())
    return n.broken("its operands have shapes " + shown(a) + " and " + shown(b),
                    "at least one axis each is needed");
  int64_t inner = b.size() == 1 ? b[0] : b[b.size() - 2];
  auto outer =
      broadcast(a.drop_back(std::min<size_t>(a.size(), 2)), b.drop_back(std::min<size_t>(b.size(), 2)));
  if (a.back() != inner || !outer)
    return n.broken("its operands have shapes " + shown(a) + " and " + shown(b),
                    "their inner extents must agree and the outer ones broadcast");
  Dims shape = *outer, product = *outer;
  if (a.size() > 1)
    shape.push_back(a[a.size() - 2]);
  if (b.size() > 1)
    shape.push_back(b.back());
  for (size_t k : {0, 1})
    if (const Constant *w = stackOf(n, k))
      return n.give(byStack(n, *w, k == 0, *outer, shape));
  // A constant vector becomes the matrix of one column or row that numpy takes it for.
  auto operand = [&](size_t k, Dims matrix) -> FailureOr<Value> {
    const Constant *c = n.constant(k);
    if (!c || c->shape.size() != 1 || n.shape(1 - k).size() == 1)
      return n.operand(k);
    if (failed(n.reserve(3 * c->count())))
      return failure();
    auto grown = std::make_shared<Constant>(gathered(*c, matrix, stridedIndex({c->count()}, {1})));
    grown->name = c->name;
    return n.importer.materialise(n, grown);
  };
  auto x = operand(0, {1, inner}), y = failed(x) ? x : operand(1, {inner, 1});
  if (failed(y))
    return failure();
  if (shapeOf(*x).size() > 1)
    product.push_back(a.size() > 1 ? a[a.size() - 2] : 1);
  if (shapeOf(*y).size() > 1)
    product.push_back(b.size() > 1 ? b.back() : 1);
  auto result = n.make<qonnx::MatMulOp>(product, *x, *y);
  if (succeeded(result) && product != shape)
    result = n.make<qonnx::ReshapeOp>(shape, *result);
  return n.give(result);
}

} // namespace

void addMatMul(Operators &ops) { ops["MatMul"] = {nullptr, matmul, 2, 2}; }

} // namespace dyadic::import_
