// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reals that no integer of 64 bits is a multiple of: exact sums of several integers, each with its own scale.
#include "passes/lower-to-qint/Lowering.h"
#include "passes/lower-to-qint/StepBuilder.h"
#include "passes/model/Bends.h"
#include "passes/model/Lattice.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

/// Whether jump k is passed, as 0 or 1; 0 where there is none.
StepChannel jumpOf(const model::Bends &f, size_t k, model::Range range) {
  StepChannel s;
  s.ranges = {range};
  s.mult = {0};
  if (k >= f.jumps.size())
    return s;
  s.form = qint::StepForm::thresholds;
  s.aux = {f.mirrored, f.mirrored ? 1 - f.jumps[k].at : f.jumps[k].at};
  return s;
}

} // namespace

ViewPtr Lowering::splitAtBends(ViewPtr v) {
  auto &known = split[v.get()];
  if (!known.second)
    known = {v, v->terms.size() == 1 ? splitOne(*v) : splitSum(*v)};
  return known.second;
}

std::optional<IntTensor> Lowering::mapInts(const IntTensor &in, ArrayRef<int64_t> classes,
                                           ArrayRef<model::PiecewiseLinear> functions) {
  std::vector<StepChannel> steps;
  Ranges range{Shape(classes), {}};
  model::Range all;
  for (const model::PiecewiseLinear &f : functions) {
    auto step = exactStep(f, 1);
    if (!step)
      return std::nullopt;
    steps.push_back(*step);
    auto [low, high] = f.valueRange();
    model::Range reach{*model::floorInt64(low), *model::ceilInt64(high)};
    range.data.push_back(reach);
    all = {std::min(all.min, reach.min), std::max(all.max, reach.max)};
  }
  IntTensor out = in;
  Type element = typeFor(all.min, all.max);
  out.value = emitStep(b, current->getLoc(), {in}, spreadOf(in, classes), steps, qint::minCode(element),
                       qint::maxCode(element), element, nodeName(current));
  out.range = range.compress();
  return out;
}

ViewPtr Lowering::splitOne(const View &v) {
  const Term &term = v.terms[0];
  Shape classes = classShape(v);
  Ranges ranges = reduceRanges(term.ints.range, classes);
  std::vector<model::Bends> bends;
  size_t runs = 0, jumps = 0, n = 0;
  forEachIndex(classes, [&](ArrayRef<int64_t> i) {
    bends.push_back(model::bendsOf(functionOf(v, i, ranges.data[n++])));
    runs = std::max(runs, bends.back().runs.size());
    jumps = std::max(jumps, bends.back().jumps.size());
  });
  View r;
  r.shape = v.shape;
  auto coeffs = [&](auto of) {
    Coeffs c{classes, {}};
    for (const model::Bends &f : bends)
      c.data.push_back(of(f));
    return c.compress();
  };
  r.beta = coeffs([](const model::Bends &f) { return f.offset; });
  if (llvm::any_of(bends, [](const model::Bends &f) { return f.slope != 0; }))
    r.terms.push_back(
        {term.ints, coeffs([](const model::Bends &f) { return f.mirrored ? Rational(-f.slope) : f.slope; })});
  for (size_t k = 0; k < runs; ++k) {
    // clamp(a - from, 0, to - from); where both ends bind in two steps, unless a small table does.
    constexpr int64_t mostEntries = 256;
    std::vector<model::PiecewiseLinear> whole, lower, upper;
    bool oneStep = true;
    for (size_t c = 0; c < bends.size(); ++c) {
      bool has = k < bends[c].runs.size();
      model::Range a = ranges.data[c], x = bends[c].mirrored ? model::Range{-a.max, -a.min} : a;
      int64_t from = has ? bends[c].runs[k].from : x.max, to = has ? bends[c].runs[k].to : x.max;
      auto f = model::PiecewiseLinear::affine(a.min, a.max, bends[c].mirrored ? -1 : 1, -Rational(from)),
           rest = model::PiecewiseLinear::affine(0, x.max - from, 1, 0);
      if (from > x.min)
        f.clip(Rational(0), std::nullopt);
      lower.push_back(f);
      if (to < x.max)
        for (auto *g : {&f, &rest})
          g->clip(std::nullopt, Rational(to - from));
      oneStep &= f.segments().size() <= 2 || a.max - a.min < mostEntries;
      whole.push_back(std::move(f));
      upper.push_back(std::move(rest));
    }
    std::optional<IntTensor> ints = mapInts(term.ints, classes, oneStep ? whole : lower);
    if (ints && !oneStep)
      ints = mapInts(*ints, classes, upper);
    if (!ints)
      return fail("bends integers of more than 62 bits. Put a quantiser before this node in the exporter");
    r.terms.push_back({*ints, coeffs([&](const model::Bends &f) {
                         return k < f.runs.size() ? f.runs[k].factor : Rational(0);
                       })});
  }
  for (size_t k = 0; k < jumps; ++k) {
    std::vector<StepChannel> steps;
    for (size_t c = 0; c < bends.size(); ++c)
      steps.push_back(jumpOf(bends[c], k, ranges.data[c]));
    IntTensor out = term.ints;
    out.value = emitStep(b, current->getLoc(), {out}, spreadOf(out, classes), steps, 0, 1, intType(1, false),
                         nodeName(current));
    out.range = Ranges::scalar(v.shape.size(), {0, 1});
    r.terms.push_back({out, coeffs([&](const model::Bends &f) {
                         return k < f.jumps.size() ? f.jumps[k].height : Rational(0);
                       })});
  }
  return share(std::move(r));
}

ViewPtr Lowering::splitSum(const View &v) {
  size_t rank = v.shape.size();
  auto plus = [&](const ViewPtr &x, const ViewPtr &y) { return x && y ? addViews(x, y) : nullptr; };
  auto constant = [&](const Rational &r) { return Coeffs::scalar(rank, r); };
  View sum = v;
  sum.unary.clear();
  ViewPtr s = share(std::move(sum));
  for (const Unary &u : v.unary) {
    if (!s)
      return nullptr;
    if (u.kind == Unary::Kind::affine) {
      s = affineMap(s, u.a, u.b);
      continue;
    }
    if (u.kind == Unary::Kind::clip) {
      if (u.low)
        s = affineMap(above(*s, *u.low), constant(1), constant(*u.low));
      if (s && u.high)
        s = plus(s, affineMap(above(*s, *u.high), constant(-1), constant(0)));
      continue;
    }
    ViewPtr positive = above(*s, 0);
    if (u.kind == Unary::Kind::relu)
      s = positive;
    else if (u.kind == Unary::Kind::abs)
      s = plus(affineMap(positive, constant(2), constant(0)), affineMap(s, constant(-1), constant(0)));
    else
      s = plus(
          affineMap(s, u.a, constant(0)),
          affineMap(positive, mapEach(u.a, [](const Rational &a) { return Rational(1 - a); }), constant(0)));
  }
  return s;
}

ViewPtr Lowering::indicatorOf(const View &sum, const Rational &level) {
  QuantiserGrid grid;
  grid.index = Broadcast<int64_t>::scalar(sum.shape.size(), 0);
  grid.quantisers.push_back(model::makeMultiThreshold({level}, 1, 0));
  grid.key = nodeName(current);
  return quantise(share(sum), grid);
}

ViewPtr Lowering::above(const View &sum, const Rational &level) {
  if (sum.terms.empty()) {
    View constant = sum;
    constant.beta =
        mapEach(sum.beta, [&](const Rational &x) { return x > level ? Rational(x - level) : Rational(0); });
    return share(std::move(constant));
  }
  ViewPtr reached = indicatorOf(sum, level);
  if (!reached)
    return nullptr;
  View r = sum;
  r.terms.push_back(reached->terms[0]);
  alignLayouts(r.terms);
  Term &is = r.terms.back();
  is.alpha = r.beta + Coeffs::scalar(sum.shape.size(), -level);
  for (size_t t = 0; t + 1 < r.terms.size(); ++t) {
    // (a - lo) * [S >= level] is what a - lo - (hi - lo) * (1 - [S >= level]) is above 0.
    IntTensor &a = r.terms[t].ints;
    model::Range all = a.range.data[0];
    for (const model::Range &x : a.range.data)
      all = {std::min(all.min, x.min), std::max(all.max, x.max)};
    constexpr int64_t most = int64_t{1} << 60;
    if (all.min < -most || all.max > most)
      return fail("bends integers of more than 61 bits. Put a quantiser before this node in the exporter");
    is.alpha = is.alpha + mapEach(r.terms[t].alpha, [&](const Rational &x) { return Rational(x * all.min); });
    StepChannel step;
    step.form = qint::StepForm::dyadic64;
    step.mult = {1, all.max - all.min};
    step.bias = -all.max;
    step.ranges = {all, {0, 1}};
    Type element = typeFor(0, all.max - all.min);
    a.value = emitStep(b, current->getLoc(), {a, is.ints}, Spread(), {step}, 0, all.max - all.min, element,
                       nodeName(current));
    a.range = mapEach(a.range, [&](const model::Range &x) { return model::Range{0, x.max - all.min}; });
  }
  r.beta = Coeffs::scalar(sum.shape.size(), 0);
  return share(std::move(r));
}

ViewPtr Lowering::splitScales(ViewPtr v, ArrayRef<int64_t> kept) {
  View r = *v;
  r.terms.clear();
  for (const Term &t : v->terms) {
    if (onlyAlong(t.alpha, kept)) {
      r.terms.push_back(t);
      continue;
    }
    // Each scale as digits of a common unit, and a term of each digit's weight.
    model::CommonUnit unit = model::commonUnit(t.alpha.data);
    model::Integer most = 1;
    model::Range all = t.ints.range.data[0];
    for (const model::Range &x : t.ints.range.data)
      all = {std::min(all.min, x.min), std::max(all.max, x.max)};
    for (int64_t x : {all.min, all.max})
      most = std::max(most, model::Integer(abs(model::Integer(x))));
    auto taken = static_cast<unsigned>(mpz_sizeinbase(most.get_mpz_t(), 2));
    unsigned bits = taken <= 24 ? 46 - taken : taken <= 54 ? 62 - taken : 0; // room for sums over windows
    if (bits == 0)
      return fail("reads integers of more than 54 bits with scales that have no common unit within 64 bits. "
                  "Put a quantiser before this node in the exporter");
    std::vector<std::vector<int64_t>> digits;
    size_t count = 0;
    for (const model::Integer &m : unit.multiples) {
      digits.push_back(model::digitsOf(m, bits));
      count = std::max(count, digits.back().size());
    }
    Broadcast<int64_t> index{t.alpha.shape, {}};
    for (size_t c = 0; c < digits.size(); ++c)
      index.data.push_back(static_cast<int64_t>(c));
    Spread spread = spreadOf(t.ints, t.alpha.shape);
    for (size_t k = 0; k < count; ++k) {
      auto digit = [&](int64_t c) { return k < digits[c].size() ? digits[c][k] : 0; };
      IntTensor out = t.ints;
      out.range = combine(t.ints.range, index, [&](const model::Range &x, int64_t c) {
        int64_t u = x.min * digit(c), w = x.max * digit(c);
        return model::Range{std::min(u, w), std::max(u, w)};
      });
      model::Range reach;
      for (const model::Range &x : out.range.data)
        reach = {std::min(reach.min, x.min), std::max(reach.max, x.max)};
      out.range = out.range.compress();
      Type element = typeFor(reach.min, reach.max);
      std::vector<int64_t> mult;
      for (int64_t c : spread.source)
        mult.push_back(digit(c));
      out.value = qint::AffineOp::create(
          b, current->getLoc(), tensorType(cast<RankedTensorType>(out.value.getType()).getShape(), element),
          ValueRange{t.ints.value}, spread.channels, spread.period, mult,
          std::vector<int64_t>(spread.channels, 0), qint::minCode(element), qint::maxCode(element),
          nodeName(current));
      r.terms.push_back(
          {out, Coeffs::scalar(v->shape.size(),
                               Rational(unit.unit * model::powerOfTwo(static_cast<int64_t>(k) *
                                                                      static_cast<int64_t>(bits))))});
    }
  }
  return share(std::move(r));
}

} // namespace dyadic::lower
