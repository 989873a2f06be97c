// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Padding: with the integer that stands for the value, where there is one.
#include "passes/lower-to-qint/Lowering.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

/// Entries of a padded tensor: those of `c` inside, those of `border` around it.
Coeffs padCoeffs(const Coeffs &c, ArrayRef<int64_t> pads, const Coeffs &border, ArrayRef<int64_t> from,
                 ArrayRef<int64_t> to) {
  Shape shape = unionShape(c.shape, border.shape);
  for (size_t d = 0; d < to.size(); ++d)
    if (pads[d] != 0 || pads[to.size() + d] != 0)
      shape[d] = to[d];
  Coeffs r{shape, {}};
  forEachIndex(shape, [&](ArrayRef<int64_t> i) {
    Shape inner(i);
    bool inside = true;
    for (size_t d = 0; d < to.size(); ++d) {
      inner[d] -= shape[d] == to[d] ? pads[d] : 0;
      inside &= inner[d] >= 0 && inner[d] < from[d];
    }
    r.data.push_back(inside ? c.at(inner) : border.at(i));
  });
  return r;
}

} // namespace

ViewPtr Lowering::pad(qonnx::PadOp op) {
  ViewPtr v = viewOf(op.getInput());
  Shape shape(cast<RankedTensorType>(op.getResult().getType()).getShape());
  Coeffs value = Coeffs::scalar(shape.size(), *model::fromFloat32(op.getValue().convertToFloat()));
  if (v && (v->free || v->kind == View::Kind::pad)) {
    View r;
    r.kind = View::Kind::pad;
    r.shape = shape;
    r.inner = {v};
    r.beta = value;
    r.pads = Shape(op.getPads());
    return share(std::move(r));
  }
  return v ? padReals(v, op.getPads(), value, shape) : nullptr;
}

ViewPtr Lowering::padReals(ViewPtr v, ArrayRef<int64_t> pads, const Coeffs &values, ArrayRef<int64_t> shape) {
  if (ViewPtr one = attempt(
          [&] { return padCodes(force(v, /*singleTerm=*/true, /*uniform=*/true), pads, values, shape); }))
    return one;
  if (!(v = force(v)))
    return nullptr;
  View r = *v;
  r.shape = Shape(shape);
  Coeffs border = values;
  for (Term &t : r.terms) {
    // Whatever the borders hold, the offset there makes the padding's value of it.
    auto element = cast<RankedTensorType>(t.ints.value.getType()).getElementType();
    int64_t code = element.isSignedInteger(1) ? 1 : 0;
    t.ints = padInts(t.ints, pads, code, shape);
    if (changesAlongPads(t.alpha, pads))
      t.alpha = padCoeffs(t.alpha, pads, Coeffs::scalar(shape.size(), 0), v->shape, shape);
    else
      border = border + mapEach(t.alpha, [&](const Rational &a) { return Rational(-a * code); });
  }
  r.beta = padCoeffs(v->beta, pads, border, v->shape, shape).compress();
  return share(std::move(r));
}

/// Where the pad value is no point of the integers' lattice, they go to a finer one first.
ViewPtr Lowering::padCodes(ViewPtr v, ArrayRef<int64_t> onnxPads, const Coeffs &values,
                           ArrayRef<int64_t> shape) {
  if (!v)
    return nullptr;
  if (!values.uniform())
    return fail(
        "pads different channels with different values. Pad before the quantiser that makes them differ");
  Rational value = values.data[0];
  auto stepsOf = [&](const View &view) {
    auto distance = mapEach(view.beta, [&](const Rational &beta) { return Rational(value - beta); });
    return combine(distance, view.terms[0].alpha, [](const Rational &d, const Rational &a) {
      return a != 0 ? Rational(d / a) : Rational(d == 0 ? 0 : 1, d == 0 ? 1 : 2);
    });
  };
  View plain = *v;
  plain.terms[0].alpha = plain.terms[0].alpha.compress();
  plain.beta = plain.beta.compress();
  v = share(std::move(plain));
  Coeffs steps = stepsOf(*v);
  if (!steps.uniform() || steps.data[0].get_den() != 1 || changesAlongPads(v->terms[0].alpha, onnxPads) ||
      changesAlongPads(v->beta, onnxPads)) {
    v = materialiseOffset(v, {value});
    if (!v)
      return nullptr;
    steps = stepsOf(*v);
  }
  auto code = model::toInt64(steps.data[0].get_num());
  if (!code)
    return fail("pads with a value that is too far from its input's range for 64 bits");
  View result = *v;
  result.shape = Shape(shape);
  result.terms[0].ints = padInts(v->terms[0].ints, onnxPads, *code, shape);
  return share(std::move(result));
}

IntTensor Lowering::padInts(const IntTensor &t, ArrayRef<int64_t> onnxPads, int64_t code,
                            ArrayRef<int64_t> shape) {
  model::Range all = t.range.data[0];
  for (const model::Range &range : t.range.data)
    all = {std::min(all.min, range.min), std::max(all.max, range.max)};
  Type element = cast<RankedTensorType>(t.value.getType()).getElementType();
  bool fits = code >= qint::minCode(element) && code <= qint::maxCode(element) &&
              !(element.isSignedInteger(1) && code == 0);
  IntTensor r = fits ? t : convert(t, typeFor(std::min(all.min, code), std::max(all.max, code)));
  if (r.view != r.shape)
    r = toPlain(r);
  Shape pads, physical;
  size_t rank = shape.size();
  for (size_t side = 0; side < 2; ++side)
    for (int64_t p : r.perm)
      pads.push_back(onnxPads[side * rank + p]);
  for (int64_t p : r.perm)
    physical.push_back(shape[p]);
  r.value = qint::PadOp::create(
      b, current->getLoc(), tensorType(physical, cast<RankedTensorType>(r.value.getType()).getElementType()),
      r.value, pads, code);
  r.view = r.shape = Shape(shape);
  // A padded axis no longer has one range per index; widen it to what all positions can hold.
  Shape kept = r.range.shape;
  for (size_t d = 0; d < rank; ++d)
    if (onnxPads[d] + onnxPads[rank + d] != 0)
      kept[d] = 1;
  r.range = mapEach(reduceRanges(r.range, kept), [&](const model::Range &range) {
    return model::Range{std::min(range.min, code), std::max(range.max, code)};
  });
  return r;
}

} // namespace dyadic::lower
