// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Integers of activations that no quantiser rounds, or that rise and fall in front of one.
#include "passes/lower-to-qint/Lowering.h"
#include "passes/lower-to-qint/StepBuilder.h"
#include "passes/model/Lattice.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

/// The functions one after the other, the two sides of a clip too: each bends once at most.
std::vector<Unary> oneBendEach(const View &v) {
  std::vector<Unary> r;
  for (const Unary &u : v.unary) {
    r.push_back(u);
    if (u.kind == Unary::Kind::clip && u.low && u.high) { // the upper bound wins where they cross
      r.back().high.reset();
      r.push_back(u);
      r.back().low.reset();
    }
  }
  return r;
}

bool canPart(const View &v) { return oneBendEach(v).size() > 1; }

} // namespace

ViewPtr Lowering::materialiseInParts(ViewPtr v, bool uniform) {
  std::vector<Unary> all = oneBendEach(*v);
  Unary last = all.back();
  all.pop_back();
  View first = *v;
  first.unary.assign(all.begin(), all.end());
  bool bends = llvm::any_of(all, [](const Unary &u) { return u.kind != Unary::Kind::affine; });
  ViewPtr part = bends ? materialiseUnary(share(std::move(first)), uniform) : share(std::move(first));
  if (!part)
    return nullptr;
  if (last.kind == Unary::Kind::affine) // changes factor and offset only
    return affineMap(part, last.a, last.b);
  View rest = *part;
  rest.unary.push_back(last);
  return materialiseUnary(share(std::move(rest)), uniform);
}

ViewPtr Lowering::materialiseUnary(ViewPtr v, bool uniform) {
  if (v->terms.size() != 1) { // first the sum, then the function of it
    View sum = *v;
    sum.unary.clear();
    ViewPtr one = force(share(std::move(sum)), /*singleTerm=*/true);
    if (!one)
      return nullptr;
    View again = *one;
    again.unary = v->unary;
    return materialiseUnary(share(std::move(again)), uniform);
  }
  Shape classes = classShape(*v);
  Ranges ranges = reduceRanges(v->terms[0].ints.range, classes);
  std::vector<model::PiecewiseLinear> functions;
  Coeffs unit{classes, {}};
  int64_t k = 0;
  forEachIndex(classes, [&](ArrayRef<int64_t> i) {
    functions.push_back(functionOf(*v, i, ranges.data[k++]));
    Rational g;
    for (const auto &s : functions.back().segments())
      g = model::gcdOf(g, model::gcdOf(s.alpha, s.beta));
    unit.data.push_back(g == 0 ? Rational(1) : g);
  });
  size_t rank = v->shape.size();
  if (uniform)
    unit = Coeffs::scalar(rank, model::gcdOf(unit.data));
  Coeffs unitOf = unit.expand(classes);

  std::vector<StepChannel> steps;
  Ranges range{classes, {}};
  model::Range all;
  for (size_t c = 0; c < functions.size(); ++c) {
    auto step = exactStep(functions[c], unitOf.data[c]);
    if (!step && canPart(*v))
      return materialiseInParts(v, uniform);
    if (!step)
      return fail("applies an activation whose result no quantiser rounds, and its integers " +
                  StringRef(step.error) + ". Put a quantiser after the activation in the exporter");
    steps.push_back(*step);
    auto [low, high] = functions[c].valueRange();
    model::Range reach{*model::floorInt64(Rational(low / unitOf.data[c])),
                       *model::ceilInt64(Rational(high / unitOf.data[c]))};
    range.data.push_back(reach);
    all = {std::min(all.min, reach.min), std::max(all.max, reach.max)};
  }
  IntTensor out = v->terms[0].ints;
  Type element = typeFor(all.min, all.max);
  out.value = emitStep(b, current->getLoc(), {out}, spreadOf(out, classes), steps, qint::minCode(element),
                       qint::maxCode(element), element, nodeName(current));
  out.range = range.compress();
  View r;
  r.shape = v->shape;
  r.terms = {{out, unit}};
  r.beta = Coeffs::scalar(rank, 0);
  return share(std::move(r));
}

} // namespace dyadic::lower
