// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolution and matrix product: scales leave the sum where they can, zero points become input_zero or an
// offset.
#include "passes/lower-to-qint/Lowering.h"
#include "passes/model/Lattice.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

Operation *constantOf(Value v) {
  Operation *op = v.getDefiningOp();
  return op && isa<qonnx::ConstantOp, qonnx::QuantConstantOp>(op) ? op : nullptr;
}

Coeffs alongAxis(size_t rank, size_t axis, std::vector<Rational> values) {
  Coeffs c{Shape(rank, 1), std::move(values)};
  c.shape[axis] = static_cast<int64_t>(c.data.size());
  return c.compress();
}

/// Whether `c` changes along `axis` only.
bool onlyAlong(const Coeffs &c, size_t axis) {
  for (size_t d = 0; d < c.shape.size(); ++d)
    if (d != axis && c.shape[d] != 1)
      return false;
  return true;
}

/// Multiplies the weights by per-input factors (a scale that changes along the summed axis), on an exact
/// common unit. `inputOf(flat)` gives the input index of a weight. False when 64 bits do not hold them.
bool foldFactors(IntWeights &w, const std::vector<Rational> &factors, Rational &unit,
                 function_ref<int64_t(int64_t)> inputOf) {
  model::CommonUnit common = model::commonUnit(factors);
  unit = common.unit;
  int64_t lo = 0, hi = 0;
  for (size_t i = 0; i < w.values.size(); ++i) {
    auto v = model::toInt64(model::Integer(common.multiples[inputOf(static_cast<int64_t>(i))] * w.values[i]));
    if (!v)
      return false;
    w.values[i] = *v;
    lo = std::min(lo, *v);
    hi = std::max(hi, *v);
  }
  w.isSigned = true;
  for (w.bits = 2; w.bits < 64 && (lo < -(int64_t{1} << (w.bits - 1)) || hi >= int64_t{1} << (w.bits - 1));)
    ++w.bits;
  w.bits = w.bits <= 8 ? w.bits : w.bits <= 16 ? 16 : w.bits <= 32 ? 32 : 64;
  return true;
}

} // namespace

ViewPtr Lowering::conv(qonnx::ConvOp op) {
  Operation *constant = constantOf(op.getWeights());
  if (!constant)
    return fail("convolves with weights that depend on the input; supported are constant weights");
  ViewPtr x = force(viewOf(op.getInput()));
  if (!x)
    return nullptr;
  Shape out(cast<RankedTensorType>(op.getResult().getType()).getShape());
  size_t rank = out.size();
  int64_t group = op.getGroup(), channelsIn = x->shape[1], perGroup = channelsIn / group;
  Window w =
      windowOf(rank == 3 ? ArrayRef<int64_t>{cast<RankedTensorType>(op.getWeights().getType()).getDimSize(2)}
                         : cast<RankedTensorType>(op.getWeights().getType()).getShape().drop_front(2),
               op.getStrides(), op.getPads(), op.getDilations());
  bool padded = llvm::any_of(w.pads, [](int64_t p) { return p != 0; });
  if (llvm::any_of(x->terms, [](const Term &t) { return !onlyAlong(t.alpha, 1); }))
    if (!(x = materialise(x, /*uniform=*/true)))
      return nullptr;
  if (!onlyAlong(x->beta, 1))
    if (!(x = materialiseOffset(x)))
      return nullptr;

  View r;
  r.shape = out;
  r.beta = Coeffs::scalar(rank, 0);
  int64_t outputs = out[1], window = w.kernel[0] * w.kernel[1];
  bool depthwise = perGroup == 1 && outputs == channelsIn && group > 1;
  auto inputOf = [&](int64_t flat) {
    return flat / window % perGroup + flat / (window * perGroup) / (outputs / group) * perGroup;
  };
  Coeffs beta = x->beta;
  bool hasBeta = llvm::any_of(beta.data, [](const Rational &v) { return v != 0; });

  for (const Term &t : x->terms) {
    std::optional<IntWeights> weights = weightsOf(constant, 0);
    if (!weights)
      return nullptr;
    Rational inputUnit = t.alpha.data[0];
    Coeffs alpha = t.alpha.expand([&] {
      Shape s(rank, 1);
      s[1] = channelsIn;
      return s;
    }());
    std::vector<Rational> outUnit = weights->unit;
    bool uniformInGroup = true;
    for (int64_t c = 0; c < channelsIn; ++c)
      uniformInGroup &= alpha.data[c] == alpha.data[c / perGroup * perGroup];
    if (uniformInGroup)
      for (int64_t o = 0; o < outputs; ++o)
        outUnit[o] *= alpha.data[o / (outputs / group) * perGroup];
    else {
      if (!foldFactors(*weights, alpha.data, inputUnit, inputOf))
        return fail("reads input channels whose scales have no common unit within 64 bits. Give them one "
                    "scale in the exporter");
      for (Rational &u : outUnit)
        u *= inputUnit;
    }

    // Real 0, which padding adds, is code -beta/alpha: where that is one integer it becomes the zero point.
    int64_t zero = 0;
    if (hasBeta && padded && x->terms.size() == 1) {
      Coeffs steps = combine(beta, t.alpha, [](const Rational &bb, const Rational &a) {
        return a == 0 ? Rational(1, 2) : Rational(-bb / a); // without a scale no code stands for 0
      });
      auto z = steps.uniform() && steps.data[0].get_den() == 1 ? model::toInt64(steps.data[0].get_num())
                                                               : std::nullopt;
      if (z && std::abs(*z) < (int64_t{1} << 31)) {
        zero = *z;
        hasBeta = false;
      }
    }

    IntTensor in = channelsLast(t.ints);
    Shape perChannel(rank, 1);
    perChannel[1] = channelsIn;
    Ranges codes = reduceRanges(in.range, perChannel);
    std::vector<model::AccumulatorRange> sums(outputs);
    for (int64_t f = 0, n = static_cast<int64_t>(weights->values.size()); f < n; ++f) {
      model::Range code = codes.data[inputOf(f)];
      sums[f / (window * perGroup)].addTap(weights->values[f], {code.min - zero, code.max - zero}, padded);
    }
    Type acc = accumulatorFor(sums);
    if (!acc)
      return nullptr;

    // O I kh kw in the file; O kh kw I for dense, kh kw C for depthwise kernels.
    std::vector<int64_t> packed(weights->values.size());
    for (int64_t o = 0; o < outputs; ++o)
      for (int64_t i = 0; i < perGroup; ++i)
        for (int64_t k = 0; k < window; ++k)
          packed[depthwise ? k * outputs + o : (o * window + k) * perGroup + i] =
              weights->values[(o * perGroup + i) * window + k];
    Value wv = weightConstant(*weights,
                              depthwise ? Shape{w.kernel[0], w.kernel[1], outputs}
                                        : Shape{outputs, w.kernel[0], w.kernel[1], perGroup},
                              packed);
    auto type = tensorType(
        rank == 3 ? Shape{out[0], 1, out[2], outputs} : Shape{out[0], out[2], out[3], outputs}, acc);
    auto impl = qint::ImplAttr::get(b.getContext(), qint::Impl::Mac);
    Value y;
    if (depthwise)
      y = qint::DepthwiseConv2DOp::create(
          b, op.getLoc(), type, asNhwc(in), wv, b.getDenseI64ArrayAttr(w.strides),
          b.getDenseI64ArrayAttr(w.pads), b.getDenseI64ArrayAttr(w.dilations),
          b.getIntegerAttr(b.getIntegerType(64, true), zero), impl, b.getStringAttr(nodeName(op)));
    else
      y = qint::Conv2DOp::create(
          b, op.getLoc(), type, asNhwc(in), wv, b.getDenseI64ArrayAttr(w.strides),
          b.getDenseI64ArrayAttr(w.pads), b.getDenseI64ArrayAttr(w.dilations), b.getI64IntegerAttr(group),
          b.getIntegerAttr(b.getIntegerType(64, true), zero), impl, b.getStringAttr(nodeName(op)));
    Ranges range{Shape(rank, 1), {}};
    range.shape[1] = outputs;
    for (const model::AccumulatorRange &s : sums)
      range.data.push_back(s.range);
    r.terms.push_back({fromNhwc(y, out, range), alongAxis(rank, 1, outUnit)});
  }

  if (hasBeta)
    r.beta = r.beta + convolveOffset(beta, constantView(constant)->beta, x->shape, out, w, group);
  if (op.getBias()) {
    ViewPtr bias = viewOf(op.getBias());
    if (!bias->isConstant())
      return fail("has a bias that depends on the input; supported is a constant bias");
    r.beta = r.beta + alongAxis(rank, 1, bias->beta.expand({outputs}).data);
  }
  return share(std::move(r));
}

Coeffs Lowering::convolveOffset(const Coeffs &beta, const Coeffs &weights, ArrayRef<int64_t> in,
                                ArrayRef<int64_t> out, const Window &w, int64_t group) {
  size_t rank = in.size();
  int64_t rows = rank == 3 ? 1 : in[2], columns = in[rank - 1], outRows = rank == 3 ? 1 : out[2],
          outColumns = out[rank - 1];
  int64_t outputs = out[1], perGroup = in[1] / group, window = w.kernel[0] * w.kernel[1];
  Shape perChannel(rank, 1), full{outputs, perGroup};
  perChannel[1] = in[1];
  std::vector<Rational> offset = beta.expand(perChannel).data;
  full.append(rank == 3 ? Shape{w.kernel[1]} : Shape{w.kernel[0], w.kernel[1]});
  std::vector<Rational> taps = weights.expand(full).data;
  // What a complete window adds, per output and tap; borders sum fewer taps.
  std::vector<Rational> perTap(outputs * window);
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t i = 0; i < perGroup; ++i)
      for (int64_t k = 0; k < window; ++k)
        perTap[o * window + k] +=
            taps[(o * perGroup + i) * window + k] * offset[o / (outputs / group) * perGroup + i];
  Coeffs r{rank == 3 ? Shape{1, outputs, outColumns} : Shape{1, outputs, outRows, outColumns}, {}};
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t y = 0; y < outRows; ++y)
      for (int64_t x = 0; x < outColumns; ++x) {
        Rational sum;
        for (int64_t ky = 0; ky < w.kernel[0]; ++ky)
          for (int64_t kx = 0; kx < w.kernel[1]; ++kx) {
            int64_t iy = y * w.strides[0] + ky * w.dilations[0] - w.pads[0],
                    ix = x * w.strides[1] + kx * w.dilations[1] - w.pads[1];
            if (iy >= 0 && iy < rows && ix >= 0 && ix < columns)
              sum += perTap[o * window + ky * w.kernel[1] + kx];
          }
        r.data.push_back(sum);
      }
  return r.compress();
}

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
  x = force(x);
  if (!x)
    return nullptr;
  Shape ws(cast<RankedTensorType>(constant->getResult(0).getType()).getShape());
  size_t rank = x->shape.size(), wr = ws.size();
  if (wr > 2 && countOf(ArrayRef<int64_t>(ws).drop_back(2)) != 1)
    return fail("multiplies by a constant of " + Twine(countOf(ArrayRef<int64_t>(ws).drop_back(2))) +
                " matrices; supported is one matrix for all rows. Split the product in the exporter");
  int64_t depth = wr == 1 ? ws[0] : ws[wr - (transposed ? 1 : 2)],
          outputs = wr == 1 ? 1 : ws[wr - (transposed ? 2 : 1)], rows = countOf(x->shape) / depth;
  Shape out = x->shape;
  out[rank - 1] = outputs;
  if (llvm::any_of(x->terms, [&](const Term &t) { return !onlyAlong(t.alpha, rank - 1); }))
    if (!(x = materialise(x, /*uniform=*/true)))
      return nullptr;
  // An offset that changes from row to row makes one of the products; very many such are cheaper as integers.
  constexpr int64_t mostProducts = 1 << 22;
  int64_t offsetRows = countOf(x->beta.shape) / x->beta.shape[rank - 1];
  if (offsetRows > 1 && offsetRows * depth * outputs > mostProducts)
    if (!(x = materialiseOffset(x)))
      return nullptr;
  View r;
  r.shape = Shape(out);
  r.beta = Coeffs::scalar(rank, 0);
  auto inputOf = [&](int64_t flat) { return transposed ? flat % depth : flat / outputs; };
  auto outputOf = [&](int64_t flat) { return transposed ? flat / depth : flat % outputs; };

  for (const Term &t : x->terms) {
    std::optional<IntWeights> weights =
        weightsOf(constant, static_cast<unsigned>(wr == 1 ? 1 : wr - (transposed ? 2 : 1)));
    if (!weights)
      return nullptr;
    std::vector<Rational> outUnit = weights->unit;
    Rational inputUnit = t.alpha.data[0];
    Shape along(rank, 1);
    along[rank - 1] = depth;
    if (!t.alpha.uniform() && !foldFactors(*weights, t.alpha.expand(along).data, inputUnit, inputOf))
      return fail("reads inputs whose scales have no common unit within 64 bits. Give them one scale in the "
                  "exporter");
    for (Rational &u : outUnit)
      u *= inputUnit;

    auto [in, order] = rowsOf(t.ints, rows, depth);
    Ranges codes = reduceRanges(t.ints.range, along);
    std::vector<model::AccumulatorRange> sums(outputs);
    for (int64_t f = 0, n = static_cast<int64_t>(weights->values.size()); f < n; ++f)
      sums[outputOf(f)].addTap(weights->values[f], codes.data[inputOf(f)], false);
    Type acc = accumulatorFor(sums);
    if (!acc)
      return nullptr;
    std::vector<int64_t> packed(weights->values.size());
    for (int64_t o = 0; o < outputs; ++o)
      for (int64_t k = 0; k < depth; ++k)
        packed[o * depth + k] = weights->values[transposed ? o * depth + order[k] : order[k] * outputs + o];
    Value wv = weightConstant(*weights, {outputs, depth}, packed);
    Value y = qint::MatMulOp::create(b, current->getLoc(), tensorType({rows, outputs}, acc), in, wv,
                                     b.getIntegerAttr(b.getIntegerType(64, true), 0),
                                     qint::ImplAttr::get(b.getContext(), qint::Impl::Mac),
                                     b.getStringAttr(nodeName(current)));
    IntTensor result{y, Shape(out), {}, Shape(out), {Shape(rank, 1), {}}};
    for (size_t i = 0; i < rank; ++i)
      result.perm.push_back(static_cast<int64_t>(i));
    result.range.shape[rank - 1] = outputs;
    for (const model::AccumulatorRange &s : sums)
      result.range.data.push_back(s.range);
    if (rank != 2)
      result.value = qint::ReshapeOp::create(b, current->getLoc(), tensorType(out, acc), y);
    r.terms.push_back({result, alongAxis(rank, rank - 1, outUnit)});
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
