// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantisers: everything since the last integers becomes one proven step per channel.
#include "passes/lower-to-qint/Lowering.h"
#include "passes/lower-to-qint/StepBuilder.h"
#include "passes/model/Requantise.h"
#include "passes/model/RequantiseJudge.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

bool spatiallyConstant(ArrayRef<int64_t> shape) {
  return llvm::all_of(shape.drop_front(std::min<size_t>(2, shape.size())), [](int64_t d) { return d == 1; });
}

Coeffs gridCoeffs(const QuantiserGrid &g, llvm::function_ref<Rational(const model::Quantiser &)> f) {
  return mapEach(g.index, [&](int64_t i) { return f(g.quantisers[i]); }).compress();
}

} // namespace

ViewPtr Lowering::quantiseOp(Operation *op) {
  // Brevitas writes one activation quantiser once per use: equal nodes on one value share their codes.
  NamedAttrList attrs(op->getAttrDictionary());
  attrs.erase("key");
  std::vector<const void *> identity{op->getOperand(0).getAsOpaquePointer(),
                                     op->getName().getAsOpaquePointer(),
                                     attrs.getDictionary(op->getContext()).getAsOpaquePointer()};
  std::optional<QuantiserGrid> grid = gridOf(op);
  if (!grid)
    return nullptr;
  ViewPtr &known = quantised[identity];
  if (!known)
    known = quantise(viewOf(op->getOperand(0)), *grid);
  if (!known)
    return nullptr;
  ViewPtr codes = force(known);
  if (codes)
    tap(codes->terms[0].ints, grid->key, grid->quantisers[0].bipolar() ? 1 : grid->quantisers[0].codeMul,
        grid->quantisers[0].bipolar() ? 0 : grid->quantisers[0].codeAdd);
  return known = codes;
}

void Lowering::tap(const IntTensor &codes, StringRef key, int64_t codeMul, int64_t codeAdd) {
  auto si64 = b.getIntegerType(64, true);
  qint::TapOp::create(b, current->getLoc(), codes.value, b.getStringAttr(key),
                      b.getDenseI64ArrayAttr(codes.shape), b.getDenseI64ArrayAttr(codes.view),
                      b.getDenseI64ArrayAttr(codes.perm), b.getIntegerAttr(si64, codeMul),
                      b.getIntegerAttr(si64, codeAdd), nullptr, nullptr, b.getIntegerAttr(si64, -1));
}

ViewPtr Lowering::codesView(IntTensor codes, const QuantiserGrid &grid) {
  View r;
  r.shape = codes.shape;
  // Index k stands for valueMul * k + valueAdd; a bipolar integer is 2 k - 1.
  r.beta = gridCoeffs(grid, [](const model::Quantiser &q) {
    return q.bipolar() ? Rational(q.valueAdd + q.valueMul / 2) : q.valueAdd;
  });
  Coeffs alpha = gridCoeffs(
      grid, [](const model::Quantiser &q) { return q.bipolar() ? Rational(q.valueMul / 2) : q.valueMul; });
  r.terms.push_back({std::move(codes), std::move(alpha)});
  return share(std::move(r));
}

ViewPtr Lowering::quantise(ViewPtr v, const QuantiserGrid &grid) {
  if (!v)
    return nullptr;
  switch (v->kind) {
  case View::Kind::affine:
    if (v->free)
      return bindFree(v, grid);
    if (v->terms.empty())
      return quantiseConstant(v, grid);
    return v->terms.size() == 1 ? quantiseAffine(v, grid) : quantiseSum(v, grid);
  case View::Kind::pool: {
    // A quantiser is monotone, so the code of the largest value is the largest code.
    bool up = llvm::all_of(grid.quantisers, [](const model::Quantiser &q) { return q.preMul > 0; });
    bool down = llvm::all_of(grid.quantisers, [](const model::Quantiser &q) { return q.preMul < 0; });
    if (!(up || down) || !spatiallyConstant(grid.index.shape))
      return quantise(force(v), grid);
    ViewPtr codes = quantise(v->inner[0], grid);
    if (!codes)
      return nullptr;
    return codesView(poolInts(codes->terms[0].ints, v->window,
                              down != v->smallest ? qint::PoolKind::Min : qint::PoolKind::Max, v->shape),
                     grid);
  }
  case View::Kind::pad: {
    if (changesAlongPads(grid.index, v->pads))
      return quantise(force(v), grid);
    ViewPtr codes = quantise(v->inner[0], grid);
    Coeffs value = combine(v->beta, grid.index, [&](const Rational &x, int64_t q) {
      return grid.quantisers[q].value(grid.quantisers[q].index(x));
    });
    return codes ? padCodes(codes, v->pads, value.compress(), v->shape) : nullptr;
  }
  case View::Kind::concat: {
    View parts = *v;
    int64_t start = 0;
    for (ViewPtr &p : parts.inner) {
      QuantiserGrid slice = grid;
      if (grid.index.shape[v->axis] != 1) {
        SmallVector<Shape> maps(v->shape.size());
        for (int64_t k = 0; k < p->shape[v->axis]; ++k)
          maps[v->axis].push_back(start + k);
        slice.index = grid.index.gather(maps);
      }
      start += p->shape[v->axis];
      if (!(p = quantise(p, slice)))
        return nullptr;
    }
    return force(share(std::move(parts)));
  }
  }
  llvm_unreachable("every kind of view is handled");
}

ViewPtr Lowering::quantiseConstant(ViewPtr v, const QuantiserGrid &grid) {
  Coeffs values = v->beta.expand(v->shape);
  std::vector<int64_t> codes;
  model::Range all{INT64_MAX, INT64_MIN};
  int64_t flat = 0;
  forEachIndex(v->shape, [&](ArrayRef<int64_t> i) {
    const model::Quantiser &q = grid.quantisers[grid.index.at(i)];
    int64_t k = q.index(values.data[flat++]);
    codes.push_back(q.bipolar() ? 2 * k - 1 : k);
    all = {std::min(all.min, codes.back()), std::max(all.max, codes.back())};
  });
  auto attr =
      DenseIntElementsAttr::get(RankedTensorType::get(v->shape, b.getI64Type()), ArrayRef<int64_t>(codes));
  Type element = grid.storage ? grid.storage : typeFor(all.min, all.max);
  IntTensor t{qint::ConstantOp::create(b, current->getLoc(), tensorType(v->shape, element), attr),
              v->shape,
              {},
              v->shape,
              Ranges::scalar(v->shape.size(), all)};
  for (size_t i = 0; i < v->shape.size(); ++i)
    t.perm.push_back(static_cast<int64_t>(i));
  return codesView(std::move(t), grid);
}

ViewPtr Lowering::quantiseAffine(ViewPtr v, const QuantiserGrid &grid) {
  const IntTensor &in = v->terms[0].ints;
  Shape classes = unionShape(classShape(*v), grid.index.shape);
  Ranges ranges = reduceRanges(in.range, classes);
  std::vector<model::StepFunction> functions;
  functions.reserve(ranges.data.size());
  size_t n = 0;
  forEachIndex(classes, [&](ArrayRef<int64_t> i) {
    functions.push_back(
        model::StepFunction::compose(functionOf(*v, i, ranges.data[n++]), grid.quantisers[grid.index.at(i)]));
  });
  auto [low, high] = model::commonClamp(functions);
  bool bipolar = grid.quantisers[0].bipolar();
  Type element = grid.storage ? grid.storage : typeFor(low, high);
  model::FormLimits limits;
  limits.clamp = {low, high};
  limits.codeBytes = element.getIntOrFloatBitWidth() <= 8 ? 1 : element.getIntOrFloatBitWidth() <= 16 ? 2 : 4;
  std::vector<StepChannel> steps;
  auto storageIn = cast<RankedTensorType>(in.value.getType()).getElementType();
  bool same = storageIn == element;
  for (const model::StepFunction &f : functions) {
    model::Result<model::Form> form = model::chooseForm(f, limits);
    if (!form && f.direction() == model::PiecewiseLinear::Direction::Mixed && !v->unary.empty()) {
      // It rises and falls: what bends becomes an integer first, of which the quantiser is monotone.
      ViewPtr bent = attempt([&] { return materialiseUnary(v, /*uniform=*/false); });
      return bent ? quantiseAffine(bent, grid) : quantise(splitAtBends(v), grid);
    }
    if (!form)
      return fail("cannot be computed exactly: " + form.error);
    if (auto wrong = model::judgeForm(*form, f, limits.clamp))
      return fail("was given an integer form that its proof rejects (" + *wrong +
                  "). This is a fault of the compiler");
    steps.push_back(channelOf(*form, {{f.lo(), f.hi()}}));
    for (int64_t a : {f.lo(), f.hi()})
      same &= f.eval(a) == (bipolar ? (a + 1) / 2 : a);
    same &= bipolar || f.constant() ||
            (form->kind == model::FormKind::Dyadic32 && form->m[0] == 1 && form->b == 0 && form->n == 0);
  }

  IntTensor out = in;
  Broadcast<int64_t> index{classes, {}};
  for (size_t c = 0; c < functions.size(); ++c)
    index.data.push_back(static_cast<int64_t>(c));
  out.range = combine(in.range, index, [&](const model::Range &r, int64_t c) {
                const model::StepFunction &f = functions[c];
                if (bipolar)
                  return model::Range{-1, 1};
                if (f.direction() == model::PiecewiseLinear::Direction::Mixed)
                  return model::Range{f.minCode(), f.maxCode()};
                int64_t x = f.eval(r.min), y = f.eval(r.max);
                return model::Range{std::min(x, y), std::max(x, y)};
              }).compress();
  if (!same)
    out.value =
        emitStep(b, current->getLoc(), {in}, spreadOf(in, classes), steps, low, high, element, grid.key);
  return codesView(std::move(out), grid);
}

} // namespace dyadic::lower
