// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Graph outputs: codes where a quantiser gave them, accumulators with scale and offset elsewhere.
#include "passes/lower-to-qint/Lowering.h"

using namespace mlir;
namespace dyadic::lower {
namespace {

/// "Scale and offset are one value, or a list over axis 1."
bool describable(const Coeffs &c) {
  for (size_t d = 0; d < c.shape.size(); ++d)
    if (d != 1 && c.shape[d] != 1)
      return false;
  return true;
}

/// The quantiser whose codes `v` holds, through movement; null when it is none's.
Operation *quantiserOf(Value v) {
  Operation *op = v.getDefiningOp();
  while (op && isa<qonnx::ReshapeOp, qonnx::TransposeOp>(op))
    op = op->getOperand(0).getDefiningOp();
  return op && isa<qonnx::QuantOp, qonnx::BipolarQuantOp, qonnx::TruncOp, qonnx::MultiThresholdOp>(op) ? op : nullptr;
}

} // namespace

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
    Coeffs zeros = combine(beta, alpha, [](const Rational &x, const Rational &a) { return Rational(-x / a); });
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
                             b.getDenseI64ArrayAttr(t.ints.view), b.getDenseI64ArrayAttr(t.ints.perm), b.getArrayAttr(scale),
                             b.getArrayAttr(offset), cast<StringAttr>(text(zero)), codeMul, codeAdd, b.getStringAttr(key),
                             b.getStringAttr(head), headAxis, none, 1, false);
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
    ViewPtr v = force(viewOf(onnx), /*singleTerm=*/true);
    if (v && (!describable(v->terms[0].alpha) || llvm::any_of(v->terms[0].alpha.data, [](const Rational &a) { return a == 0; })))
      v = materialise(v, /*uniform=*/true);
    if (v && !describable(v->beta))
      v = fail("gives graph output '" + name + "' an offset that changes with the position. Put a quantiser before the output");
    if (v) {
      View r = *v;
      IntTensor &t = r.terms[0].ints;
      auto element = cast<RankedTensorType>(t.value.getType()).getElementType();
      if (element.getIntOrFloatBitWidth() > 32 || (element.isUnsignedInteger() && element.getIntOrFloatBitWidth() > 31)) {
        for (const model::Range &range : t.range.data)
          if (v && (range.min < INT32_MIN || range.max > INT32_MAX))
            v = fail("gives graph output '" + name + "' integers that need more than 32 bits. Put a quantiser before the output");
        if (v)
          t = convert(t, intType(32, true));
      }
      // An output that is also an input, or is given twice, still is a tensor of its own.
      if (v)
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
  for (unsigned i = 0; i < in.size(); ++i)
    main.setArgAttr(i, qint::portAttrName, inputPort(old, i));
  for (unsigned i = 0; i < out.size(); ++i)
    main.setResultAttr(i, qint::portAttrName, ports[i]);
  return success();
}

} // namespace dyadic::lower
