// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integers for values that no quantiser has rounded: exact lattices, as narrow as they can be.
#include "passes/lower-to-qint/Lowering.h"
#include "passes/model/Lattice.h"

using namespace mlir;
namespace dyadic::lower {
ViewPtr Lowering::force(ViewPtr v, bool singleTerm, bool uniform) {
  if (!v)
    return nullptr;
  if (v->kind == View::Kind::pool)
    return force(forcePool(v), singleTerm, uniform);
  if (v->kind == View::Kind::concat)
    return force(forceConcat(v), singleTerm, uniform);
  if (v->kind == View::Kind::pad)
    return force(padReals(v->inner[0], v->pads, v->beta, v->shape), singleTerm, uniform);
  if (v->free)
    return fail("reads a graph input that carries no quantiser, so its integers are not known; declare the "
                "lattice the input lies on, for example " +
                latticeOption(v->argument) + ", or quantise it in the exporter");
  if (!v->unary.empty()) {
    if (ViewPtr one = attempt([&] { return materialiseUnary(v, uniform); }))
      return force(one, singleTerm, uniform);
    return singleTerm ? fail(whyNot) : force(splitAtBends(v), singleTerm, uniform);
  }
  bool spread = uniform && !v->terms.empty() && !v->terms[0].alpha.uniform();
  if (v->terms.empty() || (singleTerm && v->terms.size() > 1) || spread)
    return materialise(v, uniform);
  return v;
}

ViewPtr Lowering::materialise(ViewPtr v, bool uniform) {
  View r = *v;
  size_t rank = v->shape.size();
  if (v->terms.empty()) { // a constant: its own integers
    Coeffs values = v->beta.expand(v->shape);
    model::CommonUnit unit = model::commonUnit(values.data);
    std::vector<int64_t> ints;
    model::Range all;
    for (const model::Integer &m : unit.multiples) {
      auto i = model::toInt64(m);
      if (!i)
        return fail("reads a constant whose values have no common unit within 64 bits");
      all = {std::min(all.min, *i), std::max(all.max, *i)};
      ints.push_back(*i);
    }
    auto type = tensorType(v->shape, typeFor(all.min, all.max));
    auto attr =
        DenseIntElementsAttr::get(RankedTensorType::get(v->shape, b.getI64Type()), ArrayRef<int64_t>(ints));
    IntTensor t{qint::ConstantOp::create(b, current->getLoc(), type, attr),
                v->shape,
                {},
                v->shape,
                Ranges::scalar(rank, all)};
    for (size_t i = 0; i < rank; ++i)
      t.perm.push_back(static_cast<int64_t>(i));
    r.terms.push_back({t, Coeffs::scalar(rank, unit.unit)});
    r.beta = Coeffs::scalar(rank, 0);
    return share(std::move(r));
  }

  alignLayouts(r.terms);
  Shape classes(rank, 1);
  for (const Term &t : r.terms)
    classes = unionShape(classes, t.alpha.shape);
  int64_t count = countOf(classes);
  size_t terms = r.terms.size();
  std::vector<Coeffs> alpha;
  for (const Term &t : r.terms)
    alpha.push_back(t.alpha.expand(classes));
  Coeffs unit{classes, std::vector<Rational>(count)};
  for (int64_t c = 0; c < count; ++c)
    for (size_t t = 0; t < terms; ++t)
      unit.data[c] = model::gcdOf(unit.data[c], alpha[t].data[c]);
  if (uniform)
    unit = Coeffs::scalar(rank, model::gcdOf(unit.data));
  for (Rational &u : unit.data)
    if (u == 0)
      u = 1;

  std::vector<int64_t> mult(count * terms);
  Coeffs unitOf = unit.expand(classes);
  for (int64_t c = 0; c < count; ++c)
    for (size_t t = 0; t < terms; ++t) {
      auto m = model::toInt64(Rational(alpha[t].data[c] / unitOf.data[c]).get_num());
      if (!m || std::abs(*m) >= (int64_t{1} << 61))
        return fail(
            "adds values whose scales have no common unit within 64 bits, and the sum is needed as one "
            "integer before a quantiser rounds it. Quantise the sum where it is added, or give its "
            "values one scale, in the exporter");
      mult[c * terms + t] = *m;
    }
  // Reachable range of the sum, and of every partial sum.
  Shape joint = classes;
  for (const Term &t : r.terms)
    joint = unionShape(joint, t.ints.range.shape);
  Broadcast<int64_t> index{classes, {}};
  for (int64_t c = 0; c < count; ++c)
    index.data.push_back(c);
  bool overflow = false;
  Ranges range{joint, {}};
  model::Range all;
  forEachIndex(joint, [&](ArrayRef<int64_t> i) {
    model::AccumulatorRange sum;
    for (size_t t = 0; t < terms; ++t)
      sum.addTap(mult[index.at(i) * terms + t], r.terms[t].ints.range.at(i), false);
    overflow |= !sum.fits(64);
    range.data.push_back(sum.range);
    all = {std::min(all.min, sum.range.min), std::max(all.max, sum.range.max)};
  });
  if (overflow)
    return fail(
        "needs more than 64 bits to hold a sum that no quantiser rounds. Quantise the sum in the exporter");

  IntTensor out = r.terms[0].ints;
  Spread spread = spreadOf(out, classes);
  std::vector<int64_t> physical;
  for (int64_t c : spread.source)
    for (size_t t = 0; t < terms; ++t)
      physical.push_back(mult[c * terms + t]);
  SmallVector<Value> operands;
  for (const Term &t : r.terms)
    operands.push_back(t.ints.value);
  Type element = typeFor(all.min, all.max);
  out.value = qint::AffineOp::create(
      b, current->getLoc(), tensorType(cast<RankedTensorType>(out.value.getType()).getShape(), element),
      operands, spread.channels, spread.period, physical, std::vector<int64_t>(spread.channels, 0),
      qint::minCode(element), qint::maxCode(element), nodeName(current));
  out.range = range.compress();
  r.terms = {{out, unit}};
  return share(std::move(r));
}

/// For offsets that change where a single number or list is needed: outputs, borders, windows.
ViewPtr Lowering::materialiseOffset(ViewPtr v, ArrayRef<Rational> also) {
  v = force(v, /*singleTerm=*/true);
  if (!v)
    return nullptr;
  const Term &t = v->terms[0];
  std::vector<Rational> all = t.alpha.data;
  all.insert(all.end(), v->beta.data.begin(), v->beta.data.end());
  all.insert(all.end(), also.begin(), also.end());
  Rational unit = model::gcdOf(all);
  if (unit == 0)
    unit = 1;
  Shape classes = unionShape(t.alpha.shape, v->beta.shape), joint = unionShape(classes, t.ints.range.shape);
  std::vector<int64_t> mult, bias;
  bool fits = true;
  forEachIndex(classes, [&](ArrayRef<int64_t> i) {
    auto m = model::toInt64(Rational(t.alpha.at(i) / unit).get_num()),
         k = model::toInt64(Rational(v->beta.at(i) / unit).get_num());
    fits &= m && k;
    mult.push_back(m.value_or(0));
    bias.push_back(k.value_or(0));
  });
  Broadcast<int64_t> index{classes, {}};
  for (size_t c = 0; c < mult.size(); ++c)
    index.data.push_back(static_cast<int64_t>(c));
  Ranges range{joint, {}};
  model::Range all64;
  forEachIndex(joint, [&](ArrayRef<int64_t> i) {
    model::AccumulatorRange sum;
    sum.addTap(mult[index.at(i)], t.ints.range.at(i), false);
    sum.addBias(bias[index.at(i)]);
    fits &= sum.fits(64);
    range.data.push_back(sum.range);
    all64 = {std::min(all64.min, sum.range.min), std::max(all64.max, sum.range.max)};
  });
  if (!fits)
    return fail(
        "reads values whose offset changes from position to position and whose scale and offset have no "
        "common unit within 64 bits. Put a quantiser before this node in the exporter");
  Spread spread = spreadOf(t.ints, classes);
  std::vector<int64_t> m, k;
  for (int64_t c : spread.source) {
    m.push_back(mult[c]);
    k.push_back(bias[c]);
  }
  IntTensor out = t.ints;
  Type element = typeFor(all64.min, all64.max);
  out.value = qint::AffineOp::create(
      b, current->getLoc(), tensorType(cast<RankedTensorType>(out.value.getType()).getShape(), element),
      ValueRange{t.ints.value}, spread.channels, spread.period, m, k, qint::minCode(element),
      qint::maxCode(element), nodeName(current));
  out.range = range.compress();
  View r;
  r.shape = v->shape;
  r.terms = {{out, Coeffs::scalar(v->shape.size(), unit)}};
  r.beta = Coeffs::scalar(v->shape.size(), 0);
  return share(std::move(r));
}

IntTensor Lowering::convert(const IntTensor &t, Type element) {
  auto type = cast<RankedTensorType>(t.value.getType());
  if (type.getElementType() == element)
    return t;
  IntTensor r = t;
  r.value = qint::AffineOp::create(b, current->getLoc(), tensorType(type.getShape(), element),
                                   ValueRange{t.value}, 1, 1, ArrayRef<int64_t>{1}, ArrayRef<int64_t>{0},
                                   qint::minCode(element), qint::maxCode(element), nodeName(current));
  return r;
}

} // namespace dyadic::lower
