// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Residual adds: several integers, each with its own scale, quantised in one proven step.
#include "passes/lower-to-qint/Lowering.h"
#include "passes/lower-to-qint/StepBuilder.h"
#include "passes/model/MultiTerm.h"

using namespace mlir;
namespace dyadic::lower {

ViewPtr Lowering::fewerTerms(ViewPtr v, size_t most) {
  View r = *v;
  for (size_t i = 0; i < r.terms.size() && r.terms.size() > most; ++i)
    for (size_t j = i + 1; j < r.terms.size() && r.terms.size() > most;) {
      View pair = r;
      pair.terms = {r.terms[i], r.terms[j]};
      pair.unary.clear();
      ViewPtr one = attempt([&] { return materialise(share(pair), /*uniform=*/false); });
      if (!one) {
        ++j;
        continue;
      }
      r.terms[i] = one->terms[0];
      r.terms.erase(r.terms.begin() + static_cast<std::ptrdiff_t>(j));
    }
  return share(std::move(r));
}

/// What no step of several terms computes at once is two: the sum rounded such that the quantiser gives the
/// same of it, and the quantiser of that integer.
ViewPtr Lowering::roundFirst(ViewPtr v, const QuantiserGrid &grid) {
  QuantiserGrid first = grid;
  first.storage = nullptr;
  first.key = nodeName(current);
  for (model::Quantiser &q : first.quantisers) {
    auto coarse = roundsFirst ? std::nullopt : model::roundingBefore(q, isa<qonnx::TruncOp>(current));
    if (!coarse)
      return fail("cannot be computed exactly: " + whyNot);
    q = *coarse;
  }
  roundsFirst = true;
  ViewPtr rounded = quantiseSum(v, first);
  roundsFirst = false;
  return rounded;
}

ViewPtr Lowering::quantiseSum(ViewPtr v, const QuantiserGrid &grid) {
  if (v->terms.size() > mostTerms) {
    v = fewerTerms(v, mostTerms);
    if (v->terms.size() > mostTerms)
      return fail("quantises a sum of " + Twine(v->terms.size()) +
                  " integers whose scales have no common unit "
                  "within 64 bits; supported are " +
                  Twine(mostTerms) + ". Put a quantiser before one of the additions in the exporter");
  }
  auto asOneInteger = [&]() -> ViewPtr {
    View sum = *v;
    sum.unary.clear();
    ViewPtr one = attempt([&] { return force(share(std::move(sum)), /*singleTerm=*/true); });
    if (!one && !v->unary.empty())
      return quantise(splitAtBends(v), grid);
    if (!one)
      one = roundFirst(v, grid);
    if (!one)
      return nullptr;
    View again = *one;
    again.unary = v->unary;
    return quantiseAffine(share(std::move(again)), grid);
  };
  // Functions with a bend other than a clip need the sum as one integer first.
  for (const Unary &u : v->unary)
    if (u.kind == Unary::Kind::leaky || u.kind == Unary::Kind::abs)
      return asOneInteger();

  View aligned = *v;
  alignLayouts(aligned.terms);
  Shape classes = unionShape(classShape(aligned), grid.index.shape);
  std::vector<Ranges> ranges;
  for (const Term &t : aligned.terms)
    ranges.push_back(reduceRanges(t.ints.range, classes));
  std::vector<model::SumStep> functions;
  size_t n = 0;
  forEachIndex(classes, [&](ArrayRef<int64_t> i) {
    std::vector<model::SumTerm> terms;
    for (size_t t = 0; t < aligned.terms.size(); ++t)
      terms.push_back({aligned.terms[t].alpha.at(i), ranges[t].data[n].min, ranges[t].data[n].max});
    ++n;
    model::SumFunction f(std::move(terms), aligned.beta.at(i));
    for (const Unary &u : aligned.unary)
      if (u.kind == Unary::Kind::affine)
        f.mulAdd(u.a.at(i), u.b.at(i));
      else if (u.kind == Unary::Kind::relu)
        f.relu();
      else
        f.clip(u.low, u.high);
    functions.push_back({std::move(f), grid.quantisers[grid.index.at(i)]});
  });

  model::SumLimits limits;
  limits.clamp = {INT64_MAX, INT64_MIN};
  Ranges reached{classes, {}};
  for (const model::SumStep &f : functions) {
    model::Clamp codes = f.codes();
    limits.clamp = {std::min(limits.clamp.min, codes.min), std::max(limits.clamp.max, codes.max)};
    reached.data.push_back({codes.min, codes.max});
  }
  std::vector<StepChannel> steps;
  for (const model::SumStep &f : functions) {
    model::Result<model::Form> form = model::chooseSumForm(f, limits);
    if (!form) { // uneven thresholds, or a clip of one channel that the others' clamp does not make
      whyNot = form.error;
      return asOneInteger();
    }
    if (auto wrong = model::judgeSumForm(*form, f, limits.clamp))
      return fail("was given an integer form that its proof rejects (" + *wrong +
                  "). This is a fault of the compiler");
    SmallVector<model::Range> own;
    for (const model::SumTerm &t : f.f.terms())
      own.push_back({t.lo, t.hi});
    steps.push_back(channelOf(*form, own));
  }

  std::vector<IntTensor> operands;
  for (const Term &t : aligned.terms)
    operands.push_back(t.ints);
  IntTensor out = operands[0];
  Type element = grid.storage ? grid.storage : typeFor(limits.clamp.min, limits.clamp.max);
  out.value = emitStep(b, current->getLoc(), operands, spreadOf(out, classes), steps, limits.clamp.min,
                       limits.clamp.max, element, grid.key);
  out.range = grid.quantisers[0].bipolar() ? Ranges::scalar(v->shape.size(), {-1, 1}) : reached.compress();
  return codesView(std::move(out), grid);
}

} // namespace dyadic::lower
