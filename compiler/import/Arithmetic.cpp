// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Add, Mul and their kin: folded on constants, element-wise qonnx ops on activations.
#include "compiler/import/Fold.h"
#include "compiler/import/Text.h"
#include <cmath>

using namespace mlir;
namespace dyadic::import_ {
namespace {

template <Binary Kind> LogicalResult foldTwo(Node &n) {
  auto result = fold(n, Kind, *n.constant(0), *n.constant(1));
  return failed(result) ? failure() : n.give(std::move(*result));
}

template <Unary Kind> LogicalResult foldOne(Node &n) {
  auto result = fold(n, Kind, *n.constant(0));
  return failed(result) ? failure() : n.give(std::move(*result));
}

/// Sum, Min, Max of any number of constants, from left to right.
template <Binary Kind> LogicalResult foldMany(Node &n) {
  Constant result = *n.constant(0);
  result.quantised.reset();
  for (size_t k = 1; k < n.inputs(); ++k) {
    if (!n.constant(k))
      return n.broken("its input " + llvm::Twine(k) + " is left out", "it is needed");
    auto next = fold(n, Kind, result, *n.constant(k));
    if (failed(next))
      return failure();
    result = std::move(*next);
  }
  return n.give(std::move(result));
}

FailureOr<Dims> resultShape(Node &n, DimsRef a, DimsRef b) {
  auto shape = broadcast(a, b);
  if (!shape)
    return n.broken("its operands of shape " + shown(a) + " and " + shown(b) + " do not broadcast",
                    "numpy's rule must hold");
  return *shape;
}

template <typename Op> LogicalResult emitTwo(Node &n) {
  if constexpr (std::is_same_v<Op, qonnx::DivOp>) {
    const Constant *divisor = n.constant(1);
    if (!divisor)
      return n.refuse("a divisor that depends on a graph input", "division by constants",
                      "replace it in the network before export");
    for (int64_t k = 0; k < divisor->count(); ++k)
      if (divisor->number(k) == 0)
        return n.refuse("a divisor of 0", "divisors other than 0", "look for a broken export");
  }
  auto shape = resultShape(n, n.shape(0), n.shape(1));
  if (failed(shape))
    return failure();
  auto a = n.operand(0), b = n.operand(1);
  if (failed(a) || failed(b))
    return failure();
  return n.give(n.make<Op>(*shape, *a, *b));
}

LogicalResult emitSum(Node &n) {
  auto sum = n.operand(0);
  if (failed(sum))
    return failure();
  Dims shape(n.shape(0).begin(), n.shape(0).end());
  for (size_t k = 1; k < n.inputs(); ++k) {
    if (!n.has(k))
      return n.broken("its input " + llvm::Twine(k) + " is left out", "it is needed");
    auto next = resultShape(n, shape, n.shape(k));
    auto term = n.operand(k);
    if (failed(next) || failed(term))
      return failure();
    shape = *next;
    sum = n.make<qonnx::AddOp>(shape, *sum, *term);
    if (failed(sum))
      return failure();
  }
  return n.give(*sum);
}

/// Min and Max with one activation and scalar constants are clips.
template <bool IsMin> LogicalResult emitMinMax(Node &n) {
  int activation = -1;
  std::optional<float> bound;
  for (size_t k = 0; k < n.inputs(); ++k) {
    if (!n.has(k))
      return n.broken("its input " + llvm::Twine(k) + " is left out", "it is needed");
    const Constant *c = n.constant(k);
    if (!c) {
      if (activation >= 0)
        return n.refuse("two operands that depend on a graph input", "one such operand and constants",
                        "replace it in the network before export");
      activation = int(k);
      continue;
    }
    for (int64_t e = 0; e < c->count(); ++e) {
      auto v = float(c->number(e));
      if (c->type != import_::Type::f32 || std::isnan(v) || (e && v != c->f[0]))
        return n.refuse("a constant operand that is not one float32 number", "scalar bounds",
                        "use one bound for the whole tensor");
      bound = !bound ? v : IsMin ? std::min(*bound, v) : std::max(*bound, v);
    }
  }
  Dims shape(n.shape(activation).begin(), n.shape(activation).end());
  for (size_t k = 0; k < n.inputs(); ++k)
    if (auto wide = broadcast(shape, n.shape(k)); !wide || *wide != shape)
      return n.refuse("operands that widen the activation", "scalar bounds",
                      "use one bound for the whole tensor");
  Value x = n.entries[activation].value;
  if (!bound || std::isinf(*bound))
    return !bound || (*bound > 0) == IsMin
               ? n.give(x)
               : n.refuse("an infinite bound", "finite bounds", "look for a broken export");
  FloatAttr limit = n.builder().getF32FloatAttr(*bound);
  return n.give(n.make<qonnx::ClipOp>(shape, x, IsMin ? FloatAttr() : limit, IsMin ? limit : FloatAttr()));
}

LogicalResult foldWhere(Node &n) {
  const Constant &c = *n.constant(0), &a = *n.constant(1), &b = *n.constant(2);
  if (a.type != b.type)
    return n.broken(std::string("its values are ") + toString(a.type) + " and " + toString(b.type),
                    "one type is needed");
  auto values = resultShape(n, a.shape, b.shape);
  auto shape = failed(values) ? FailureOr<Dims>(failure()) : resultShape(n, *values, c.shape);
  if (failed(shape))
    return failure();
  int64_t count = product(*shape).value_or(0);
  if (failed(n.reserve(4 * count)))
    return failure();
  // Both sides spelled out, then picked from one after the other.
  Constant left = gathered(a, *shape, broadcastIndex(a.shape, *shape)),
           right = gathered(b, *shape, broadcastIndex(b.shape, *shape));
  left.quantised.reset(), right.quantised.reset();
  auto condition = broadcastIndex(c.shape, *shape);
  for (int64_t k = 0; k < count; ++k) {
    if (c.number(condition[k]) != 0)
      continue;
    if (!left.f.empty())
      left.f[k] = right.f[k];
    else if (!left.d.empty())
      left.d[k] = right.d[k];
    else
      left.i[k] = right.i[k];
  }
  left.live.clear();
  if (!a.live.empty() || !b.live.empty() || !c.live.empty())
    left.live.assign(count, 1);
  return n.give(std::move(left));
}

LogicalResult foldMod(Node &n) {
  bool fmod = false;
  if (failed(n.get("fmod", fmod)))
    return failure();
  if (fmod != isFloat(n.constant(0)->type))
    return n.refuse(std::string("fmod = ") + (fmod ? "1 on integers" : "0 on floats"),
                    "fmod = 1 on floats, 0 on integers", "simplify the model before export");
  return foldTwo<Binary::mod>(n);
}

} // namespace

void addArithmetic(Operators &ops) {
  ops["Add"] = {foldTwo<Binary::add>, emitTwo<qonnx::AddOp>, 2, 2};
  ops["Sub"] = {foldTwo<Binary::sub>, emitTwo<qonnx::SubOp>, 2, 2};
  ops["Mul"] = {foldTwo<Binary::mul>, emitTwo<qonnx::MulOp>, 2, 2};
  ops["Div"] = {foldTwo<Binary::div>, emitTwo<qonnx::DivOp>, 2, 2};
  ops["Sum"] = {foldMany<Binary::add>, emitSum, 1, 4096};
  ops["Min"] = {foldMany<Binary::min>, emitMinMax<true>, 1, 4096};
  ops["Max"] = {foldMany<Binary::max>, emitMinMax<false>, 1, 4096};
  ops["Pow"] = {foldTwo<Binary::pow>, nullptr, 2, 2};
  ops["Mod"] = {foldMod, nullptr, 2, 2};
  ops["Where"] = {foldWhere, nullptr, 3, 3};
  ops["Equal"] = {foldTwo<Binary::equal>, nullptr, 2, 2};
  ops["Less"] = {foldTwo<Binary::less>, nullptr, 2, 2};
  ops["LessOrEqual"] = {foldTwo<Binary::lessOrEqual>, nullptr, 2, 2};
  ops["Greater"] = {foldTwo<Binary::greater>, nullptr, 2, 2};
  ops["GreaterOrEqual"] = {foldTwo<Binary::greaterOrEqual>, nullptr, 2, 2};
  ops["And"] = {foldTwo<Binary::logicalAnd>, nullptr, 2, 2};
  ops["Or"] = {foldTwo<Binary::logicalOr>, nullptr, 2, 2};
  ops["Xor"] = {foldTwo<Binary::logicalXor>, nullptr, 2, 2};
  ops["Not"] = {foldOne<Unary::logicalNot>, nullptr, 1, 1};
  ops["Sqrt"] = {foldOne<Unary::sqrt>, nullptr, 1, 1};
  ops["Exp"] = {foldOne<Unary::exp>, nullptr, 1, 1};
  ops["Log"] = {foldOne<Unary::log>, nullptr, 1, 1};
  ops["Ceil"] = {foldOne<Unary::ceil>, nullptr, 1, 1};
  ops["Floor"] = {foldOne<Unary::floor>, nullptr, 1, 1};
  ops["Round"] = {foldOne<Unary::round>, nullptr, 1, 1};
  ops["Sign"] = {foldOne<Unary::sign>, nullptr, 1, 1};
  ops["Reciprocal"] = {foldOne<Unary::reciprocal>, nullptr, 1, 1};
}

} // namespace dyadic::import_
