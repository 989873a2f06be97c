// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Assembles step attributes channel by channel.
#include "passes/lower-to-qint/StepBuilder.h"

using namespace mlir;
namespace dyadic::lower {

Shape classShape(const View &v) {
  Shape s = v.beta.shape;
  for (const Term &t : v.terms)
    s = unionShape(s, t.alpha.shape);
  for (const Unary &u : v.unary)
    for (const Coeffs *c : {&u.a, &u.b})
      if (!c->data.empty())
        s = unionShape(s, c->shape);
  return s;
}

model::PiecewiseLinear functionOf(const View &v, ArrayRef<int64_t> i, model::Range range) {
  auto f = model::PiecewiseLinear::affine(range.min, range.max, v.terms[0].alpha.at(i), v.beta.at(i));
  for (const Unary &u : v.unary)
    switch (u.kind) {
    case Unary::Kind::affine:
      f.mulAdd(u.a.at(i), u.b.at(i));
      break;
    case Unary::Kind::relu:
      f.relu();
      break;
    case Unary::Kind::leaky:
      f.leakyRelu(u.a.at(i));
      break;
    case Unary::Kind::clip:
      f.clip(u.low, u.high);
      break;
    case Unary::Kind::abs:
      f.abs();
      break;
    }
  return f;
}

model::Result<StepChannel> exactStep(const model::PiecewiseLinear &f, const Rational &unit) {
  constexpr int64_t mostTableEntries = 4096;
  using R = model::Result<StepChannel>;
  StepChannel s;
  s.ranges = {{f.lo(), f.hi()}};
  auto whole = [&](const Rational &r) { return model::toInt64(Rational(r / unit).get_num()); };
  auto line = [&](const model::PiecewiseLinear::Segment &seg) -> std::optional<std::pair<int64_t, int64_t>> {
    auto m = whole(seg.alpha), k = whole(seg.beta);
    // The product and the sum must stay inside 62 bits over the whole range.
    model::Integer reach = model::Integer(std::max(std::abs(f.lo()), std::abs(f.hi())));
    if (!m || !k || abs(model::Integer(*m)) * reach + abs(model::Integer(*k)) >= model::Integer(1) << 62)
      return std::nullopt;
    return std::pair{*m, *k};
  };
  const auto &segments = f.segments();
  if (segments.size() <= 2) {
    auto first = line(segments.front()), second = line(segments.back());
    if (!first || !second)
      return R::failure("need more than 64 bits");
    s.mult = {first->first};
    s.bias = first->second;
    s.form = segments.size() == 1 ? qint::StepForm::dyadic64 : qint::StepForm::twoSegment;
    if (segments.size() == 2)
      s.aux = {segments[1].start, second->first, second->second, 0};
    return s;
  }
  if (f.hi() - f.lo() >= mostTableEntries)
    return R::failure("have more than two slopes over too wide a range for a table");
  s.form = qint::StepForm::table;
  s.mult = {0};
  s.aux = {f.lo()};
  for (int64_t a = f.lo(); a <= f.hi(); ++a) {
    auto y = whole(f.eval(a));
    if (!y)
      return R::failure("need more than 64 bits");
    s.aux.push_back(*y);
  }
  return s;
}

/// Limbs, tie rule and numbers, as form 7 has them.
static void appendWide(std::vector<int64_t> &aux, const model::WideStep &w) {
  aux.insert(aux.end(), {static_cast<int64_t>(w.limbs), static_cast<int64_t>(w.tie)});
  auto limbs = [&](const model::Integer &v) {
    for (uint32_t limb : model::toLimbs(v, w.limbs))
      aux.push_back(limb);
  };
  for (const model::Integer &a : w.A)
    limbs(a);
  for (const model::Integer *v : {&w.B, &w.P, &w.Q, &w.Q2})
    limbs(*v);
}

StepChannel channelOf(const model::Form &form, ArrayRef<model::Range> ranges) {
  StepChannel s;
  s.form = static_cast<qint::StepForm>(form.kind);
  s.ranges.assign(ranges.begin(), ranges.end());
  s.mult.assign(form.m.begin(), form.m.end());
  s.mult.resize(ranges.size(), 0);
  s.bias = form.b;
  s.shift = static_cast<int8_t>(form.n);
  switch (form.kind) {
  case model::FormKind::TwoSegment:
    s.aux = {form.split, form.upperM, form.upperB, static_cast<int64_t>(form.upperN)};
    break;
  case model::FormKind::Thresholds:
    s.aux = {form.descending};
    s.aux.insert(s.aux.end(), form.thresholds.begin(), form.thresholds.end());
    break;
  case model::FormKind::Table:
    s.aux = {form.aLow};
    s.aux.insert(s.aux.end(), form.table.begin(), form.table.end());
    break;
  case model::FormKind::Wide:
    appendWide(s.aux, form.wide);
    break;
  case model::FormKind::Pieces:
    for (const auto &[start, own] : form.pieces) {
      if (!s.aux.empty())
        s.aux.push_back(start);
      s.aux.push_back(static_cast<int64_t>(own.kind));
      if (own.kind == model::FormKind::Wide)
        appendWide(s.aux, own.wide);
      else
        s.aux.insert(s.aux.end(), {own.m.empty() ? 0 : own.m[0], own.b, static_cast<int64_t>(own.n)});
    }
    break;
  default:
    break;
  }
  return s;
}

Value emitStep(OpBuilder &b, Location loc, ArrayRef<IntTensor> terms, const Spread &spread,
               ArrayRef<StepChannel> steps, int64_t clampMin, int64_t clampMax, Type element,
               StringRef node) {
  std::vector<int8_t> forms, shift;
  std::vector<int64_t> mult, bias, auxBegin{0}, aux, rangeMin, rangeMax;
  for (int64_t c : spread.source) {
    const StepChannel &s = steps[c];
    forms.push_back(static_cast<int8_t>(s.form));
    shift.push_back(s.shift);
    bias.push_back(s.bias);
    mult.insert(mult.end(), s.mult.begin(), s.mult.end());
    aux.insert(aux.end(), s.aux.begin(), s.aux.end());
    auxBegin.push_back(static_cast<int64_t>(aux.size()));
    for (const model::Range &r : s.ranges) {
      rangeMin.push_back(r.min);
      rangeMax.push_back(r.max);
    }
  }
  if (aux.empty())
    auxBegin.clear();
  auto ints = [&](ArrayRef<int64_t> v) { return b.getDenseI64ArrayAttr(v); };
  auto step = qint::StepAttr::get(
      b.getContext(), spread.channels, spread.period, static_cast<int64_t>(terms.size()), clampMin, clampMax,
      b.getDenseI8ArrayAttr(forms), ints(mult), ints(bias), b.getDenseI8ArrayAttr(shift), ints(auxBegin),
      ints(aux), ints(rangeMin), ints(rangeMax));
  SmallVector<Value> operands;
  for (const IntTensor &t : terms)
    operands.push_back(t.value);
  auto shape = cast<RankedTensorType>(terms[0].value.getType()).getShape();
  return qint::RescaleOp::create(b, loc, RankedTensorType::get(shape, element), operands, step, node);
}

} // namespace dyadic::lower
