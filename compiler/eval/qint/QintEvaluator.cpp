// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Feeds samples through the interpreter batch by batch and gives outputs and taps in ONNX order.
#include "compiler/eval/qint/QintEvaluator.h"

#include "compiler/Failure.h"
#include "compiler/eval/qint/Interpret.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
namespace dyadic::eval {
namespace {

int64_t count(ArrayRef<int64_t> shape) {
  int64_t n = 1;
  for (int64_t d : shape)
    n *= d;
  return n;
}

/// Physical order to the ONNX order of `view`: axis perm[i] of the result is physical axis i.
Ints toOnnx(ArrayRef<int64_t> view, ArrayRef<int64_t> perm, const Ints &x) {
  std::vector<int64_t> physical, back(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) {
    physical.push_back(view[perm[i]]);
    back[perm[i]] = static_cast<int64_t>(i);
  }
  return qint::transposed(physical, back, x);
}

/// A tap's codes in ONNX order, removed channels put back.
Ints tapCodes(qint::TapOp tap, const Ints &x) {
  Ints codes;
  codes.reserve(x.size());
  for (int64_t v : x)
    codes.push_back(v * tap.getCodeMul() + tap.getCodeAdd());
  if (tap.getKept()) {
    int64_t inner = 1;
    auto shape = cast<RankedTensorType>(tap.getInput().getType()).getShape();
    for (int64_t d : shape.drop_front(tap.getKeptAxis() + 1))
      inner *= d;
    ArrayRef<int64_t> kept = *tap.getKept(), constants = *tap.getConstants();
    int64_t full = static_cast<int64_t>(constants.size()),
            outer = static_cast<int64_t>(x.size()) / (inner * shape[tap.getKeptAxis()]);
    Ints whole(outer * full * inner);
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t c = 0; c < full; ++c)
        for (int64_t i = 0; i < inner; ++i)
          whole[(o * full + c) * inner + i] = constants[c];
    for (int64_t o = 0; o < outer; ++o)
      for (size_t k = 0; k < kept.size(); ++k)
        for (int64_t i = 0; i < inner; ++i)
          whole[(o * full + kept[k]) * inner + i] =
              codes[(o * static_cast<int64_t>(kept.size()) + static_cast<int64_t>(k)) * inner + i];
    codes = std::move(whole);
  }
  return toOnnx(tap.getView(), tap.getPerm(), codes);
}

std::vector<Rational> fractions(ArrayAttr texts) {
  std::vector<Rational> r;
  for (Attribute a : texts)
    r.push_back(model::parseRational(cast<StringAttr>(a).getValue()).value_or(0));
  return r;
}

/// The reals of one batch of an output, and what the head makes of them.
void appendOutput(Output &out, qint::PortAttr port, const Ints &codes) {
  std::vector<Rational> scale = fractions(port.getScale()), offset = fractions(port.getOffset());
  Rational zero = model::parseRational(port.getZero().getValue()).value_or(0);
  ArrayRef<int64_t> shape = port.getShape().asArrayRef();
  int64_t inner = 1, extent = 1;
  if (port.getAxis() < static_cast<int64_t>(shape.size())) {
    inner = count(shape.drop_front(port.getAxis() + 1));
    extent = static_cast<int64_t>(std::max(scale.size(), offset.size()));
  }
  std::vector<Rational> reals;
  for (int64_t code : codes)
    out.codes.push_back(code * port.getCodeMul() + port.getCodeAdd());
  for (size_t i = 0; i < codes.size(); ++i) {
    size_t c = i / static_cast<size_t>(inner) % static_cast<size_t>(extent);
    reals.push_back((codes[i] * port.getCodeMul() + port.getCodeAdd() - zero) *
                        scale[scale.size() == 1 ? 0 : c] +
                    offset[offset.size() == 1 ? 0 : c]);
  }
  if (port.getHead().empty()) {
    for (const Rational &r : reals)
      out.reals.push_back(model::nearestFloat32(r));
    return;
  }
  Tensor logits = Tensor::makeDense({shape.begin(), shape.end()}, std::move(reals));
  auto axis = static_cast<size_t>(port.getHeadAxis());
  if (port.getHead() == "softmax") {
    std::vector<float> y = softmax(logits, axis);
    out.reals.insert(out.reals.end(), y.begin(), y.end());
  } else {
    std::vector<int64_t> y = argMax(logits, axis);
    out.indices.insert(out.indices.end(), y.begin(), y.end());
  }
}

} // namespace

llvm::Expected<RunResult> evaluateQint(ModuleOp module, ArrayRef<Codes> inputs, bool wantCodes) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  Block &body = main.getBody().front();
  auto ret = cast<func::ReturnOp>(body.getTerminator());
  auto batchAttr = module->getAttrOfType<IntegerAttr>("qonnx.batch");
  int64_t batch = batchAttr ? batchAttr.getInt() : 1;
  auto portOf = [&](Attribute a) { return cast<qint::PortAttr>(a); };
  if (inputs.size() != main.getNumArguments())
    return failure(ExitCode::Usage, "the network has " + llvm::Twine(main.getNumArguments()) +
                                        " inputs, codes were given for " + llvm::Twine(inputs.size()));
  int64_t samples = inputs.empty() ? 0 : inputs[0].shape[0];

  RunResult result;
  for (unsigned i = 0; i < main.getNumResults(); ++i) {
    qint::PortAttr port = portOf(main.getResultAttr(i, qint::portAttrName));
    result.outputs.emplace_back();
    result.outputs.back().name = port.getName().str();
    result.outputs.back().isIndex = port.getHead() == "argmax";
  }
  QintInterpreter interpreter(body);
  std::map<std::string, std::vector<int64_t>> shapes;
  for (int64_t first = 0; first < samples; first += batch) {
    int64_t used = std::min(batch, samples - first);
    std::vector<IntsPtr> arguments;
    for (unsigned i = 0; i < inputs.size(); ++i) {
      qint::PortAttr port = portOf(main.getArgAttr(i, qint::portAttrName));
      int64_t perSample = static_cast<int64_t>(inputs[i].values.size()) / samples;
      Ints onnx;
      for (int64_t s = 0; s < batch; ++s) { // the rest of a last batch repeats its last sample
        auto begin = inputs[i].values.begin() + (first + std::min(s, used - 1)) * perSample;
        onnx.insert(onnx.end(), begin, begin + perSample);
      }
      if (static_cast<int64_t>(onnx.size()) != count(port.getView().asArrayRef()))
        return failure(ExitCode::Rejected, "input '" + port.getName().getValue() + "' has " +
                                               llvm::Twine(perSample) +
                                               " elements a sample, the network takes " +
                                               llvm::Twine(count(port.getView().asArrayRef()) / batch));
      arguments.push_back(std::make_shared<const Ints>(
          qint::transposed(port.getView().asArrayRef(), port.getPerm().asArrayRef(), onnx)));
    }
    if (llvm::Error e = interpreter.run(arguments))
      return e;
    for (unsigned i = 0; i < result.outputs.size(); ++i) {
      qint::PortAttr port = portOf(main.getResultAttr(i, qint::portAttrName));
      Output &out = result.outputs[i];
      size_t before = out.reals.size() + out.indices.size(), codesBefore = out.codes.size();
      appendOutput(out, port,
                   toOnnx(port.getView().asArrayRef(), port.getPerm().asArrayRef(),
                          interpreter.at(ret.getOperand(i))));
      size_t kept = before + (out.reals.size() + out.indices.size() - before) / batch * used;
      (out.isIndex ? out.indices.resize(kept) : out.reals.resize(kept));
      out.codes.resize(codesBefore + (out.codes.size() - codesBefore) / batch * used);
    }
    if (wantCodes)
      for (qint::TapOp tap : body.getOps<qint::TapOp>()) {
        Ints codes = tapCodes(tap, interpreter.at(tap.getInput()));
        Codes &all = result.codes[tap.getKey().str()];
        all.values.insert(all.values.end(), codes.begin(),
                          codes.begin() + static_cast<int64_t>(codes.size()) / batch * used);
        shapes[tap.getKey().str()] = tap.getShape().vec();
      }
  }
  auto shapeFor = [&](ArrayRef<int64_t> onnx, size_t elements) {
    Shape s(onnx.begin(), onnx.end());
    if (s.empty())
      return Shape{samples};
    s[0] = s[0] / batch * samples;
    return count(ArrayRef<int64_t>(s.data(), s.size())) == static_cast<int64_t>(elements)
               ? s
               : Shape{static_cast<int64_t>(elements)};
  };
  for (auto &[key, codes] : result.codes)
    codes.shape = shapeFor(shapes[key], codes.values.size());
  for (unsigned i = 0; i < result.outputs.size(); ++i) {
    Output &out = result.outputs[i];
    qint::PortAttr port = portOf(main.getResultAttr(i, qint::portAttrName));
    std::vector<int64_t> shape = port.getShape().asArrayRef().vec();
    if (auto head = main.getResultAttrOfType<DenseI64ArrayAttr>(i, qint::headShapeAttrName))
      shape = head.asArrayRef().vec();
    out.shape = shapeFor(shape, out.reals.size() + out.indices.size());
  }
  return result;
}

} // namespace dyadic::eval
