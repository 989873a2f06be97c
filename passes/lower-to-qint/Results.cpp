// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Graph outputs: codes where a quantiser gave them, accumulators with scale and offset elsewhere.
#include "passes/lower-to-qint/Lowering.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

/// The quantiser whose codes `v` holds, through movement; null when it is none's.
Operation *quantiserOf(Value v) {
  Operation *op = v.getDefiningOp();
  while (op && isa<qonnx::ReshapeOp, qonnx::TransposeOp>(op))
    op = op->getOperand(0).getDefiningOp();
  return op && isa<qonnx::QuantOp, qonnx::BipolarQuantOp, qonnx::TruncOp, qonnx::MultiThresholdOp>(op)
             ? op
             : nullptr;
}

/// The last axis along which scale or offset changes; 1 where none does.
int64_t lastAxis(const Coeffs &alpha, const Coeffs &beta) {
  for (size_t d = alpha.shape.size(); d-- > 0;)
    if (alpha.shape[d] != 1 || beta.shape[d] != 1)
      return static_cast<int64_t>(d);
  return 1;
}

/// Scale and offset spread over all axes from the first to the last along which one changes.
ViewPtr listed(const View &v) {
  View r = v;
  Coeffs &alpha = r.terms[0].alpha;
  Shape changes = unionShape(alpha.shape, r.beta.shape);
  size_t first = 0, last = changes.size();
  while (changes[first] == 1)
    ++first;
  while (changes[last - 1] == 1)
    --last;
  for (size_t d = first; d < last; ++d)
    changes[d] = v.shape[d];
  for (Coeffs *c : {&alpha, &r.beta})
    if (!c->isScalar())
      *c = c->expand(changes);
  return share(std::move(r));
}

} // namespace

std::optional<int64_t> portAxis(const Coeffs &alpha, const Coeffs &beta) {
  std::optional<int64_t> axis;
  for (size_t d = 0; d < alpha.shape.size(); ++d)
    if (alpha.shape[d] != 1 || beta.shape[d] != 1) {
      if (axis)
        return std::nullopt;
      axis = static_cast<int64_t>(d);
    }
  return axis.value_or(1);
}

qint::PortAttr Lowering::resultPort(ViewPtr v, StringRef name, Value onnx) {
  const Term &t = v->terms[0];
  auto text = [&](const Rational &r) -> Attribute { return b.getStringAttr(model::toString(r)); };
  StringRef head, key;
  int64_t headAxis = 0;
  if (auto s = onnx.getDefiningOp<qonnx::SoftmaxOp>()) {
    head = "softmax";
    headAxis = static_cast<int64_t>(s.getAxis());
    onnx = s.getInput();
  } else if (auto a = onnx.getDefiningOp<qonnx::ArgMaxOp>()) {
    head = "argmax";
    headAxis = static_cast<int64_t>(a.getAxis());
    onnx = a.getInput();
  }
  int64_t codeMul = 1, codeAdd = 0;
  Rational zero = 0;
  Coeffs alpha = t.alpha, beta = v->beta;
  if (Operation *q = quantiserOf(onnx)) {
    key = cast<StringAttr>(q->getAttr("key")).getValue();
    Coeffs zeros =
        combine(beta, alpha, [](const Rational &x, const Rational &a) { return Rational(-x / a); });
    if (zeros.uniform()) {
      zero = zeros.data[0];
      beta = Coeffs::scalar(beta.shape.size(), 0);
    }
  }
  SmallVector<Attribute> scale, offset;
  for (const Rational &a : alpha.data)
    scale.push_back(text(a));
  for (const Rational &x : beta.data)
    offset.push_back(text(x));
  auto none = DenseElementsAttr::get(RankedTensorType::get({0, 0}, b.getF32Type()), ArrayRef<float>());
  return qint::PortAttr::get(b.getContext(), b.getStringAttr(name), b.getDenseI64ArrayAttr(t.ints.shape),
                             b.getDenseI64ArrayAttr(t.ints.view), b.getDenseI64ArrayAttr(t.ints.perm),
                             b.getArrayAttr(scale), b.getArrayAttr(offset), cast<StringAttr>(text(zero)),
                             codeMul, codeAdd, b.getStringAttr(key), b.getStringAttr(head), headAxis, none, 1,
                             b.getDenseI8ArrayAttr({}), lastAxis(alpha, beta));
}

LogicalResult Lowering::makeResults(func::FuncOp old, func::ReturnOp ret) {
  if (!ret || ret.getNumOperands() == 0)
    return old.emitError("the network has no outputs");
  SmallVector<Value> values;
  SmallVector<qint::PortAttr> ports;
  bool ok = true;
  for (auto [i, onnx] : llvm::enumerate(ret.getOperands())) {
    auto nameAttr = old.getResultAttrOfType<StringAttr>(i, "qonnx.name");
    std::string name = nameAttr ? nameAttr.str() : "output" + std::to_string(i);
    current = onnx.getDefiningOp() ? onnx.getDefiningOp() : old.getOperation();
    ViewPtr given = viewOf(onnx), v = attempt([&] { return force(given, /*singleTerm=*/true); });
    if (given && !v) {
      std::string why = whyNot;
      if (attempt([&] { return force(given); }))
        fail("gives a graph output that no quantiser rounds and no integer of 64 bits holds exactly: it " +
             why);
      else
        force(given);
    }
    if (v && llvm::any_of(v->terms[0].alpha.data, [](const Rational &a) { return a == 0; }))
      v = materialise(v, /*uniform=*/true);
    if (v) { // a list of equal numbers is one number
      View r = *v;
      r.terms[0].alpha = r.terms[0].alpha.compress();
      r.beta = r.beta.compress();
      v = share(std::move(r));
    }
    if (v && !portAxis(v->terms[0].alpha, v->beta)) {
      ViewPtr one = attempt([&] { return materialiseOffset(v); });
      v = one ? one : listed(*v);
    }
    if (v) {
      View r = *v;
      IntTensor &t = r.terms[0].ints;
      auto element = cast<RankedTensorType>(t.value.getType()).getElementType();
      bool wide = element.getIntOrFloatBitWidth() > 32 ||
                  (element.isUnsignedInteger() && element.getIntOrFloatBitWidth() > 31);
      if (wide && llvm::all_of(t.range.data, [](const model::Range &x) {
            return x.min >= INT32_MIN && x.max <= INT32_MAX;
          }))
        t = convert(t, intType(32, true));
      else if (wide)
        t = convert(t, intType(64, true));
      v = share(std::move(r));
    }
    if (!v) {
      ok = false;
      continue;
    }
    values.push_back(v->terms[0].ints.value);
    ports.push_back(resultPort(v, name, onnx));
    if (ports.back().getKey().empty())
      tap(v->terms[0].ints, name, 1, 0);
  }
  if (!ok)
    return failure();
  func::ReturnOp::create(b, ret.getLoc(), values);
  SmallVector<Type> in(body->getArgumentTypes()), out;
  for (Value v : values)
    out.push_back(v.getType());
  main.setType(b.getFunctionType(in, out));
  for (unsigned i = 0; i < in.size(); ++i) {
    main.setArgAttr(i, qint::portAttrName, inputPort(old, i));
    const model::Range &range = inputs[i].ints.range.data.front();
    main.setArgAttr(i, qint::codeRangeAttrName, b.getDenseI64ArrayAttr({range.min, range.max}));
  }
  for (unsigned i = 0; i < out.size(); ++i)
    main.setResultAttr(i, qint::portAttrName, ports[i]);
  for (auto [i, onnx] : llvm::enumerate(ret.getOperands()))
    if (onnx.getDefiningOp<qonnx::ArgMaxOp>())
      main.setResultAttr(i, qint::headShapeAttrName,
                         b.getDenseI64ArrayAttr(cast<RankedTensorType>(onnx.getType()).getShape()));
  return success();
}

} // namespace dyadic::lower
