// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks @main and gives each qonnx op to the file that lowers it.
#include "passes/lower-to-qint/Lowering.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
namespace dyadic::lower {

namespace {

/// Whether every float32 of an op's attributes is a number. Quantisers say it of their own parameters; a
/// bound of Clip that is infinite does not bind.
bool allFinite(Operation *op) {
  if (op->use_empty() ||
      isa<qonnx::QuantOp, qonnx::BipolarQuantOp, qonnx::TruncOp, qonnx::MultiThresholdOp>(op))
    return true;
  for (NamedAttribute a : op->getAttrs()) {
    if (auto f = dyn_cast<FloatAttr>(a.getValue())) {
      APFloat v = f.getValue();
      bool unbound = isa<qonnx::ClipOp>(op) && v.isInfinity() && v.isNegative() == (a.getName() == "min");
      if (!v.isFinite() && !unbound)
        return false;
    } else if (auto d = dyn_cast<DenseElementsAttr>(a.getValue())) {
      if (d.getElementType().isF32() &&
          !llvm::all_of(d.getValues<float>(), [](float x) { return std::isfinite(x); }))
        return false;
    }
  }
  return true;
}

} // namespace

std::string nodeName(Operation *op) {
  Location loc = op->getLoc();
  if (auto name = loc->findInstanceOf<NameLoc>())
    return name.getName().str();
  return op->getName().stripDialect().str();
}

ViewPtr Lowering::fail(const Twine &message) {
  if (attempts > 0)
    whyNot = message.str();
  else
    current->emitError() << "node '" << nodeName(current) << "': " << message;
  return nullptr;
}

ViewPtr Lowering::attempt(function_ref<ViewPtr()> make) {
  ++attempts;
  ViewPtr r = make();
  --attempts;
  return r;
}

Type Lowering::typeFor(int64_t lo, int64_t hi) {
  bool isSigned = lo < 0;
  unsigned bits = isSigned ? 2 : 1;
  for (; bits < 64; ++bits) {
    Type t = intType(bits, isSigned);
    if (lo >= qint::minCode(t) && hi <= qint::maxCode(t))
      break;
  }
  // Kernels and the caller's types are int32_t beyond 16 bits.
  return intType(bits <= 8    ? bits
                 : bits <= 16 ? 16
                 : bits <= 32 ? 32
                              : 64,
                 isSigned || (bits > 16 && bits != 32));
}

LogicalResult Lowering::run() {
  auto old = module.lookupSymbol<func::FuncOp>("main");
  if (!old || old.isExternal() || !old.getBody().hasOneBlock())
    return module.emitError("has no function @main of one block to lower");
  current = old;
  b.setInsertionPointAfter(old);
  main = func::FuncOp::create(b, old.getLoc(), "main", b.getFunctionType({}, {}));
  body = main.addEntryBlock();
  b.setInsertionPointToStart(body);
  if (failed(makeArguments(old)))
    return failure();

  bool ok = true;
  func::ReturnOp ret;
  for (Operation &op : old.getBody().front()) {
    if ((ret = dyn_cast<func::ReturnOp>(op)))
      break;
    ok &= succeeded(lowerOp(&op));
  }
  if (!ok || failed(makeResults(old, ret)))
    return failure();
  old.erase();
  return success();
}

LogicalResult Lowering::lowerOp(Operation *op) {
  current = op;
  auto poison = [&] {
    for (Value r : op->getResults())
      poisoned[r] = true;
    return failure();
  };
  if (op->getNumResults() != 1 || op->getNumRegions() != 0) {
    fail("operator '" + op->getName().getStringRef() + "' has no integer form");
    return poison();
  }
  if (!allFinite(op)) {
    fail("holds a number that is NaN or infinite; quantised networks have finite ones only");
    return poison();
  }
  if (isa<qonnx::ConstantOp, qonnx::QuantConstantOp>(op))
    return success();
  for (Value v : op->getOperands())
    if (poisoned.contains(v)) {
      poisoned[op->getResult(0)] = true;
      return success(); // its cause has been reported
    }
  b.setInsertionPointToEnd(body);
  ViewPtr view = dispatch(op);
  if (!view)
    return poison();
  views[op->getResult(0)] = std::move(view);
  return success();
}

ViewPtr Lowering::dispatch(Operation *op) {
  auto shapeOf = [](Value v) { return cast<RankedTensorType>(v.getType()).getShape(); };
  auto rank = [&](Value v) { return shapeOf(v).size(); };
  return TypeSwitch<Operation *, ViewPtr>(op)
      .Case<qonnx::QuantOp, qonnx::BipolarQuantOp, qonnx::TruncOp, qonnx::MultiThresholdOp>(
          [&](auto) { return quantiseOp(op); })
      .Case([&](qonnx::ConvOp o) { return conv(o); })
      .Case([&](qonnx::MatMulOp o) { return matmul(o); })
      .Case([&](qonnx::BatchNormOp o) { return batchNorm(o); })
      .Case<qonnx::AddOp, qonnx::SubOp, qonnx::MulOp, qonnx::DivOp>([&](auto) { return binary(op); })
      .Case([&](qonnx::ReluOp o) {
        return unaryMap(viewOf(o.getInput()), {Unary::Kind::relu, {}, {}, {}, {}});
      })
      .Case([&](qonnx::LeakyReluOp o) {
        auto slope = Coeffs::scalar(rank(o.getInput()), *model::fromFloat32(o.getAlpha().convertToFloat()));
        return unaryMap(viewOf(o.getInput()), {Unary::Kind::leaky, slope, {}, {}, {}});
      })
      .Case([&](qonnx::PReluOp o) {
        auto constant = dyn_cast<DenseElementsAttr>(o.getSlope());
        Coeffs slope{Shape(rank(o.getInput()) - constant.getType().getRank(), 1), {}};
        slope.shape.append(constant.getType().getShape().begin(), constant.getType().getShape().end());
        for (float f : constant.getValues<float>())
          slope.data.push_back(*model::fromFloat32(f));
        if (countOf(slope.shape) != static_cast<int64_t>(slope.data.size()))
          slope.data.resize(countOf(slope.shape), slope.data[0]);
        return unaryMap(viewOf(o.getInput()), {Unary::Kind::leaky, slope, {}, {}, {}});
      })
      .Case([&](qonnx::ClipOp o) {
        Unary u{Unary::Kind::clip, {}, {}, {}, {}};
        if (auto lo = o.getMin())
          u.low = model::fromFloat32(lo->convertToFloat());
        if (auto hi = o.getMax())
          u.high = model::fromFloat32(hi->convertToFloat());
        return unaryMap(viewOf(o.getInput()), u);
      })
      .Case([&](qonnx::NegOp o) {
        size_t r = rank(o.getInput());
        return affineMap(viewOf(o.getInput()), Coeffs::scalar(r, -1), Coeffs::scalar(r, 0));
      })
      .Case(
          [&](qonnx::AbsOp o) { return unaryMap(viewOf(o.getInput()), {Unary::Kind::abs, {}, {}, {}, {}}); })
      .Case([&](qonnx::MaxPoolOp o) { return maxPool(o); })
      .Case([&](qonnx::AveragePoolOp o) { return averagePool(o); })
      .Case([&](qonnx::ReduceMeanOp o) { return reduceMean(o); })
      .Case([&](qonnx::TransposeOp o) { return transpose(viewOf(o.getInput()), o.getPerm()); })
      .Case([&](qonnx::ReshapeOp o) { return reshape(viewOf(o.getInput()), shapeOf(o.getResult())); })
      .Case([&](qonnx::PadOp o) { return pad(o); })
      .Case([&](qonnx::SliceOp o) {
        SmallVector<Shape> maps;
        for (auto [i, n] : llvm::enumerate(shapeOf(o.getResult()))) {
          Shape map;
          for (int64_t k = 0; k < n; ++k)
            map.push_back(o.getStarts()[i] + k * o.getSteps()[i]);
          maps.push_back(map);
        }
        return gather(viewOf(o.getInput()), maps, shapeOf(o.getResult()));
      })
      .Case([&](qonnx::ResizeOp o) {
        SmallVector<Shape> maps;
        for (Attribute m : o.getMaps())
          maps.emplace_back(cast<DenseI64ArrayAttr>(m).asArrayRef());
        return gather(viewOf(o.getInput()), maps, shapeOf(o.getResult()));
      })
      .Case([&](qonnx::ConcatOp o) {
        SmallVector<ViewPtr> inputs;
        for (Value v : o.getInputs())
          inputs.push_back(viewOf(v));
        return concat(inputs, o.getAxis(), shapeOf(o.getResult()));
      })
      // Heads: the C returns the integers they read; the port says what follows.
      .Case<qonnx::SoftmaxOp, qonnx::ArgMaxOp>([&](auto o) {
        if (!llvm::all_of(op->getUsers(), [](Operation *u) { return isa<func::ReturnOp>(u); }))
          return fail(
              "is supported only as the last node before a graph output; here other nodes read it. End the "
              "exported graph at this node, or before it");
        return viewOf(o.getInput());
      })
      .Default([&](Operation *o) {
        return fail("operator '" + o->getName().getStringRef() + "' has no integer form");
      });
}

ViewPtr Lowering::viewOf(Value v) {
  auto it = views.find(v);
  if (it != views.end())
    return it->second;
  ViewPtr view = constantView(v.getDefiningOp());
  views[v] = view;
  return view;
}

ViewPtr Lowering::constantView(Operation *op) {
  View view;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  view.shape = Shape(type.getShape());
  auto spread = [&](ElementsAttr attr) {
    ArrayRef<int64_t> s = attr.getShapedType().getShape();
    Coeffs c{Shape(view.shape.size() - s.size(), 1), {}};
    c.shape.append(s.begin(), s.end());
    for (float f : attr.getValues<float>())
      c.data.push_back(*model::fromFloat32(f));
    return c;
  };
  if (auto c = dyn_cast<qonnx::ConstantOp>(op)) {
    view.beta = spread(c.getValue()).compress();
  } else {
    auto q = cast<qonnx::QuantConstantOp>(op);
    Coeffs codes{view.shape, {}};
    for (const APInt &v : cast<DenseIntElementsAttr>(q.getCodes()))
      codes.data.emplace_back(q.getCodes().getElementType().isUnsignedInteger()
                                  ? static_cast<int64_t>(v.getZExtValue())
                                  : v.getSExtValue());
    auto minus = mapEach(spread(q.getZero()), [](const Rational &z) { return Rational(-z); });
    view.beta = ((codes + minus) * spread(q.getScale())).compress();
  }
  return share(std::move(view));
}

} // namespace dyadic::lower
