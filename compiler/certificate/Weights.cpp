// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constant weights as integers times one rational per output.
#include "compiler/Failure.h"
#include "compiler/certificate/Derive.h"
#include <numeric>

using namespace mlir;
namespace dyadic::certificate {

llvm::Expected<Walker::Weights> Walker::weightsOf(Operation *constant, size_t outAxis) {
  Weights w;
  auto type = cast<RankedTensorType>(constant->getResult(0).getType());
  w.shape.assign(type.getShape().begin(), type.getShape().end());
  int64_t inner =
      std::accumulate(w.shape.begin() + outAxis + 1, w.shape.end(), int64_t{1}, std::multiplies<>());
  int64_t outputs = w.shape[outAxis];
  auto outputOf = [&](int64_t flat) { return flat / inner % outputs; };
  if (auto q = dyn_cast<qonnx::QuantConstantOp>(constant)) {
    // The file's own integers, where the scale changes with the output only.
    auto scaleShape = q.getScale().getShapedType().getShape();
    bool ours = true;
    for (size_t d = 0; d < scaleShape.size(); ++d)
      ours &= scaleShape[d] == 1 || d + w.shape.size() - scaleShape.size() == outAxis;
    std::vector<float> scale, zero;
    for (float f : q.getScale().getValues<float>())
      scale.push_back(f);
    for (float f : q.getZero().getValues<float>())
      zero.push_back(f);
    auto z = model::fromFloat32(zero[0]);
    ours &= llvm::all_of(zero, [&](float f) { return f == zero[0]; }) && z && z->get_den() == 1;
    if (ours) {
      int64_t zi = z->get_num().get_si();
      bool isUnsigned = q.getCodes().getElementType().isUnsignedInteger();
      for (const APInt &v : q.getCodes().getValues<APInt>())
        w.values.push_back((isUnsigned ? static_cast<int64_t>(v.getZExtValue()) : v.getSExtValue()) - zi);
      for (int64_t o = 0; o < outputs; ++o) {
        auto s = model::fromFloat32(scale.size() == 1 ? scale[0] : scale[o]);
        if (!s)
          return error("has a weight scale that is no number");
        w.unit.push_back(*s);
      }
      return w;
    }
  }
  auto field = fieldOf(constant->getResult(0));
  if (!field)
    return field.takeError();
  const Field &f = **field;
  w.unit.assign(outputs, 0);
  for (size_t i = 0; i < f.index.size(); ++i)
    w.unit[outputOf(static_cast<int64_t>(i))] =
        commonUnit(w.unit[outputOf(static_cast<int64_t>(i))], f.elements[f.index[i]].beta);
  for (Rational &u : w.unit)
    if (u == 0)
      u = 1;
  for (size_t i = 0; i < f.index.size(); ++i) {
    Rational v = f.elements[f.index[i]].beta / w.unit[outputOf(static_cast<int64_t>(i))];
    auto whole = model::toInt64(v.get_num());
    if (!whole)
      return error("has weights that span more than 64 bits");
    w.values.push_back(*whole);
  }
  return w;
}

} // namespace dyadic::certificate
