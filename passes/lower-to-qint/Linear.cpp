// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights and the scales they meet as integers whose sums fit: one set, or several digits of it.
#include "passes/lower-to-qint/Linear.h"
#include "passes/model/Lattice.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

/// The narrowest width, of those that kernels have, for what the weights hold.
void setWidth(IntWeights &w) {
  int64_t lo = 0, hi = 0;
  for (int64_t v : w.values) {
    lo = std::min(lo, v);
    hi = std::max(hi, v);
  }
  w.isSigned = true;
  for (w.bits = 2; w.bits < 64 && (lo < -(int64_t{1} << (w.bits - 1)) || hi >= int64_t{1} << (w.bits - 1));)
    ++w.bits;
  w.bits = w.bits <= 8 ? w.bits : w.bits <= 16 ? 16 : w.bits <= 32 ? 32 : 64;
}

/// Multiplies the weights by the scales of their inputs, on an exact common unit. False when 64 bits do not
/// hold them.
bool foldFactors(IntWeights &w, const Products &p) {
  model::CommonUnit common = model::commonUnit(p.factors);
  for (size_t i = 0; i < w.values.size(); ++i) {
    auto v =
        model::toInt64(model::Integer(common.multiples[p.inputOf(static_cast<int64_t>(i))] * w.values[i]));
    if (!v)
      return false;
    w.values[i] = *v;
  }
  for (Rational &u : w.unit)
    u *= common.unit;
  setWidth(w);
  return true;
}

std::vector<model::AccumulatorRange> rangesOf(const IntWeights &w, const Products &p) {
  std::vector<model::AccumulatorRange> sums(w.unit.size());
  for (int64_t f = 0, n = static_cast<int64_t>(w.values.size()); f < n; ++f)
    sums[p.outputOf(f)].addTap(w.values[f], p.codes[p.inputOf(f)], p.padded);
  return sums;
}

} // namespace

Operation *constantOf(Value v) {
  Operation *op = v.getDefiningOp();
  return op && isa<qonnx::ConstantOp, qonnx::QuantConstantOp>(op) ? op : nullptr;
}

Coeffs alongAxis(size_t rank, size_t axis, std::vector<Rational> values) {
  Coeffs c{Shape(rank, 1), std::move(values)};
  c.shape[axis] = static_cast<int64_t>(c.data.size());
  return c.compress();
}

ViewPtr Lowering::sumOver(ViewPtr v, llvm::function_ref<ViewPtr(ViewPtr)> sum) {
  ViewPtr x = force(v);
  if (!x)
    return nullptr;
  if (v->unary.empty())
    return sum(x);
  if (ViewPtr one = attempt([&] { return sum(x); }))
    return one;
  std::string why = whyNot;
  ViewPtr parts = attempt([&] {
    ViewPtr several = force(splitAtBends(v));
    return several ? sum(several) : nullptr;
  });
  return parts ? parts : fail(why);
}

std::optional<Sums> Lowering::sumOf(const Products &p) {
  std::optional<IntWeights> w = weightsOf(p.constant, p.outAxis);
  if (!w)
    return std::nullopt;
  // A scale that is one for all inputs of an output leaves its sum.
  std::vector<const Rational *> factor(w->unit.size());
  bool leaves = true;
  for (int64_t f = 0, n = static_cast<int64_t>(w->values.size()); f < n; ++f) {
    const Rational *&own = factor[p.outputOf(f)], &met = p.factors[p.inputOf(f)];
    leaves &= !own || *own == met;
    own = &met;
  }
  if (leaves) {
    for (size_t o = 0; o < factor.size(); ++o)
      w->unit[o] *= factor[o] ? *factor[o] : Rational(1);
  } else if (!foldFactors(*w, p)) {
    fail("reads inputs whose scales have no common unit within 64 bits");
    return std::nullopt;
  }
  std::vector<model::AccumulatorRange> ranges = rangesOf(*w, p);
  Type type = accumulatorFor(ranges);
  return type ? std::optional(Sums{std::move(*w), std::move(ranges), type}) : std::nullopt;
}

std::vector<Sums> Lowering::sumsOf(const Products &p) {
  ++attempts;
  std::optional<Sums> one = sumOf(p);
  --attempts;
  if (one)
    return {std::move(*one)};

  // Each weight with its scale as digits of the unit of its output, a set of weights for each digit.
  IntWeights whole;
  whole.shape = Shape(cast<RankedTensorType>(p.constant->getResult(0).getType()).getShape());
  std::vector<Rational> exact = constantView(p.constant)->beta.expand(whole.shape).data;
  int64_t outputs = 0;
  for (size_t f = 0; f < exact.size(); ++f) {
    exact[f] *= p.factors[p.inputOf(static_cast<int64_t>(f))];
    outputs = std::max(outputs, p.outputOf(static_cast<int64_t>(f)) + 1);
  }
  whole.unit.resize(outputs);
  std::vector<model::Integer> reach(outputs, 1);
  for (size_t f = 0; f < exact.size(); ++f) {
    auto flat = static_cast<int64_t>(f);
    model::Range code = p.codes[p.inputOf(flat)];
    whole.unit[p.outputOf(flat)] = model::gcdOf(whole.unit[p.outputOf(flat)], exact[f]);
    reach[p.outputOf(flat)] += std::max(abs(model::Integer(code.min)), abs(model::Integer(code.max)));
  }
  size_t taken = 0;
  for (const model::Integer &r : reach)
    taken = std::max(taken, mpz_sizeinbase(r.get_mpz_t(), 2));
  constexpr unsigned mostBits = 61, fewestBits = 4;
  if (taken + fewestBits > mostBits) {
    fail("sums integers of " + Twine(taken) +
         " bits with weights and scales that have no common unit within 64 bits. Put a quantiser before this "
         "node in the exporter");
    return {};
  }
  const auto bits = static_cast<unsigned>(mostBits - taken);
  std::vector<std::vector<int64_t>> digits;
  size_t count = 1;
  for (size_t f = 0; f < exact.size(); ++f) {
    Rational &unit = whole.unit[p.outputOf(static_cast<int64_t>(f))];
    if (unit == 0)
      unit = 1;
    digits.push_back(model::digitsOf(Rational(exact[f] / unit).get_num(), bits));
    count = std::max(count, digits.back().size());
  }
  std::vector<Sums> all;
  for (size_t k = 0; k < count; ++k) {
    Sums s{whole, {}, {}};
    for (const auto &d : digits)
      s.weights.values.push_back(k < d.size() ? d[k] : 0);
    if (count > 1 && llvm::all_of(s.weights.values, [](int64_t v) { return v == 0; }))
      continue;
    for (Rational &u : s.weights.unit)
      u *= model::powerOfTwo(static_cast<int64_t>(k) * bits);
    setWidth(s.weights);
    s.ranges = rangesOf(s.weights, p);
    if (!(s.type = accumulatorFor(s.ranges)))
      return {};
    all.push_back(std::move(s));
  }
  return all;
}

} // namespace dyadic::lower
