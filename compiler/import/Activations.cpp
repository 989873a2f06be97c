// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise functions of one tensor, and operators that only pass it on.
#include "compiler/import/Fold.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Materialise.h"
#include "compiler/import/Text.h"
#include <cfloat>
#include <cmath>

using namespace mlir;
namespace dyadic::import_ {
namespace {

template <Unary Kind> LogicalResult foldOne(Node &n) {
  auto result = fold(n, Kind, *n.constant(0));
  return failed(result) ? failure() : n.give(std::move(*result));
}
template <typename Op> LogicalResult emitOne(Node &n) {
  return n.give(n.make<Op>(n.shape(0), n.entries[0].value));
}

LogicalResult pass(Node &n) { return n.passOn(); }

LogicalResult leakyRelu(Node &n) {
  float alpha = 0.01f;
  if (failed(n.get("alpha", alpha)))
    return failure();
  return n.give(n.make<qonnx::LeakyReluOp>(n.shape(0), n.entries[0].value, llvm::APFloat(alpha)));
}

LogicalResult prelu(Node &n) {
  auto slope = n.parameter(1, "slope");
  if (failed(slope))
    return failure();
  auto shape = broadcast(n.shape(0), (*slope)->shape);
  if (!shape || DimsRef(*shape) != n.shape(0))
    return n.broken("its slope of shape " + shown((*slope)->shape) + " does not broadcast to its input " +
                        shown(n.shape(0)),
                    "numpy's rule must hold");
  return n.give(
      n.make<qonnx::PReluOp>(n.shape(0), n.entries[0].value, floats(n.builder().getContext(), **slope)));
}

/// The bounds of Clip; one that cannot bind is left out.
LogicalResult clipBounds(Node &n, std::optional<float> &low, std::optional<float> &high) {
  for (auto [k, name, bound] :
       {std::tuple<size_t, const char *, std::optional<float> *>{1, "min", &low}, {2, "max", &high}}) {
    if (n.has(k)) {
      const Constant *c = n.constant(k);
      if (!c)
        return n.refuse(std::string(name) + " depends on a graph input", "constant bounds",
                        "make it a constant in the exported network");
      if (c->type != import_::Type::f32 || c->count() != 1 || std::isnan(c->f[0]))
        return n.broken(std::string(name) + " is " + toString(c->type) + shown(c->shape),
                        "one float32 number is needed");
      *bound = c->f[0];
    } else if (n.hasAttribute(name)) {
      const onnx::AttributeProto *a = n.find(name);
      float value = a->f(); // may be infinite, which the checked access refuses
      if (!std::isinf(value) && failed(n.get(name, value)))
        return failure();
      *bound = value;
    }
  }
  if (low && *low <= -FLT_MAX)
    low.reset();
  if (high && *high >= FLT_MAX)
    high.reset();
  if ((low && std::isinf(*low)) || (high && std::isinf(*high)))
    return n.refuse("an infinite bound that makes the result infinite", "finite bounds",
                    "look for a broken export");
  return success();
}

LogicalResult emitClip(Node &n) {
  std::optional<float> low, high;
  if (failed(clipBounds(n, low, high)))
    return failure();
  if (!low && !high)
    return n.passOn();
  auto attribute = [&](const std::optional<float> &v) {
    return v ? n.builder().getF32FloatAttr(*v) : FloatAttr();
  };
  return n.give(n.make<qonnx::ClipOp>(n.shape(0), n.entries[0].value, attribute(low), attribute(high)));
}

LogicalResult foldClip(Node &n) {
  Constant c = *n.constant(0);
  c.quantised.reset();
  if (c.type != import_::Type::f32) {
    for (auto [k, op] : {std::pair{1, Binary::max}, {2, Binary::min}})
      if (n.has(k)) {
        auto next = fold(n, op, c, *n.constant(k));
        if (failed(next))
          return failure();
        c = std::move(*next);
      }
    return n.give(std::move(c));
  }
  std::optional<float> low, high;
  if (failed(clipBounds(n, low, high)) || failed(n.reserve(c.count())))
    return failure();
  for (float &v : c.f) {
    v = low && v < *low ? *low : v;
    v = high && v > *high ? *high : v;
  }
  return n.give(std::move(c));
}

/// clip(alpha * x + beta, 0, 1), with its float32 attributes taken exactly.
LogicalResult hardSigmoid(Node &n) {
  float alpha = 0.2f, beta = 0.5f;
  if (failed(n.get("alpha", alpha)) || failed(n.get("beta", beta)))
    return failure();
  auto scalar = [&](float v) {
    return n.make<qonnx::ConstantOp>(Dims{}, floats(n.builder().getContext(), {}, {v}));
  };
  auto a = scalar(alpha), b = scalar(beta);
  if (failed(a) || failed(b))
    return failure();
  auto scaled = n.make<qonnx::MulOp>(n.shape(0), n.entries[0].value, *a);
  auto moved = failed(scaled) ? scaled : n.make<qonnx::AddOp>(n.shape(0), *scaled, *b);
  if (failed(moved))
    return failure();
  return n.give(n.make<qonnx::ClipOp>(n.shape(0), *moved, n.builder().getF32FloatAttr(0),
                                      n.builder().getF32FloatAttr(1)));
}

LogicalResult castTarget(Node &n, import_::Type &type) {
  int64_t to = 0;
  if (failed(n.get("to", to)))
    return failure();
  auto known = typeOf(to > INT32_MAX || to < 0 ? 0 : int32_t(to));
  if (!known) {
    llvm::consumeError(known.takeError());
    return n.refuse("a cast to ONNX type " + llvm::Twine(to), "casts to float32, float64, integers and bool",
                    "export in float32");
  }
  type = *known;
  return success();
}

LogicalResult foldCast(Node &n) {
  import_::Type type;
  if (failed(castTarget(n, type)))
    return failure();
  if (type == n.constant(0)->type)
    return n.passOn();
  auto result = cast(n, *n.constant(0), type);
  return failed(result) ? failure() : n.give(std::move(*result));
}

LogicalResult emitCast(Node &n) {
  import_::Type type;
  if (failed(castTarget(n, type)))
    return failure();
  if (type == import_::Type::f32)
    return n.give(n.entries[0].value);
  if (type == n.entries[0].type)
    return n.passOn();
  return n.refuse(std::string("an activation cast to ") + toString(type), "casts of activations to float32",
                  "leave the cast out of the exported network");
}

LogicalResult castLike(Node &n) {
  auto type = n.input(1).constant ? n.input(1).constant->type : n.input(1).type;
  if (const Constant *c = n.constant(0)) {
    auto result = cast(n, *c, type);
    return failed(result) ? failure() : n.give(std::move(*result));
  }
  if (type == import_::Type::f32)
    return n.give(n.entries[0].value);
  return n.refuse(std::string("an activation cast to ") + toString(type), "casts of activations to float32",
                  "leave the cast out of the exported network");
}

LogicalResult dropout(Node &n) {
  if (const Constant *training = n.constant(2);
      training && training->count() == 1 && training->number(0) != 0)
    return n.refuse("training_mode 1", "inference", "call eval() before export");
  return n.passOn();
}

} // namespace

void addActivations(Operators &ops) {
  ops["Relu"] = {foldOne<Unary::relu>, emitOne<qonnx::ReluOp>, 1, 1};
  ops["Neg"] = {foldOne<Unary::neg>, emitOne<qonnx::NegOp>, 1, 1};
  ops["Abs"] = {foldOne<Unary::abs>, emitOne<qonnx::AbsOp>, 1, 1};
  ops["LeakyRelu"] = {nullptr, leakyRelu, 1, 1};
  ops["PRelu"] = {nullptr, prelu, 2, 2};
  ops["Clip"] = {foldClip, emitClip, 1, 3};
  ops["HardSigmoid"] = {nullptr, hardSigmoid, 1, 1};
  ops["Cast"] = {foldCast, emitCast, 1, 1, true};
  ops["CastLike"] = {castLike, castLike, 2, 2, true};
  ops["Identity"] = {pass, pass, 1, 1, true};
  ops["Dropout"] = {dropout, dropout, 1, 3, true};
}

} // namespace dyadic::import_
