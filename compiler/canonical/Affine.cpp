// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums of terms with integer factors, and the arithmetic that every file here writes with.
#include "compiler/canonical/Translate.h"
#include "dialects/qint/StepArrays.h"

using namespace mlir;
namespace dyadic::canonical {

Tensor Translate::elementwise(StringRef type, const Tensor &a, const std::string &b, model::Range range,
                              StringRef wish) {
  std::string name = graph.freshTensor(wish);
  graph.node(type, name, {a.name, b}, name, a.layout.shape);
  return {name, a.layout, range};
}

std::string Translate::perChannel(const Layout &layout, const Spread &spread, ArrayRef<int64_t> values,
                                  StringRef wish) {
  if (llvm::all_equal(values))
    return graph.scalar(values[0]);
  Shape shape(layout.shape.size(), 1);
  for (size_t axis = spread.first; axis <= spread.last; ++axis)
    shape[axis] = layout.shape[axis];
  return graph.constant(wish, shape, values);
}

void Translate::affine(qint::AffineOp op) {
  sum(op, {op.getMult(), op.getBias(), static_cast<int64_t>(op.getChannels()),
           static_cast<int64_t>(op.getPeriod()), op.getLo(), op.getHi()});
}

bool Translate::line(qint::RescaleOp op) {
  qint::StepAttr step = op.getStep();
  Shape mult = step.getMult().asArrayRef().vec(), bias = step.getBias().asArrayRef().vec();
  std::optional<int64_t> floor;
  for (int64_t c = 0; c < step.getChannels(); ++c) {
    auto form = static_cast<qint::StepForm>(step.getForms()[c]);
    if (step.getShift()[c] != 0)
      return false;
    if (form == qint::StepForm::dyadic32 || form == qint::StepForm::dyadic64)
      continue;
    if (form != qint::StepForm::twoSegment || mult[c] != 0)
      return false;
    // A constant, then a line from where it passes that constant: the larger of the two.
    ArrayRef<int64_t> aux = qint::auxOf(step, c);
    int64_t split = aux[0], m = aux[1], b = aux[2];
    bool meets = aux[3] == 0 && m > 0 && m < exactBelow && std::abs(split) < exactBelow &&
                 std::abs(b) < exactBelow && m * (split - 1) + b <= bias[c] && m * split + b >= bias[c];
    if (!meets || floor.value_or(bias[c]) != bias[c])
      return false;
    floor = bias[c];
    mult[c] = m;
    bias[c] = b;
  }
  // A floor holds for every channel, and those without one of their own never pass the clamp.
  if (floor &&
      (*floor < step.getClampMin() ||
       (*floor > step.getClampMin() &&
        llvm::any_of(
            step.getForms().asArrayRef(),
            [](int8_t form) { return static_cast<qint::StepForm>(form) != qint::StepForm::twoSegment; }))))
    return false;
  sum(op, {mult, bias, step.getChannels(), step.getPeriod(), floor.value_or(step.getClampMin()),
           step.getClampMax()});
  return true;
}

void Translate::sum(Operation *op, const Line &line) {
  OperandRange operands = op->getOperands();
  size_t terms = operands.size();
  Tensor y = of(operands[0]);
  Layout layout = y.layout;
  Spread spread = spreadOf(layout, line.channels, line.period);
  // Of all channels together: the sums, and what no partial sum exceeds.
  model::Range range{INT64_MAX, INT64_MIN};
  int64_t reach = 0;
  for (size_t c = 0; c < line.bias.size(); ++c) {
    model::AccumulatorRange own;
    for (size_t t = 0; t < terms; ++t)
      own.addTap(line.mult[c * terms + t], of(operands[t]).range, false);
    own.addBias(line.bias[c]);
    reach = std::max(reach, own.overflow ? INT64_MAX : own.anyOrder);
    range = {std::min(range.min, own.range.min), std::max(range.max, own.range.max)};
  }
  if (!sumsFit(op, reach, "the sums that put it on an integer lattice"))
    return;
  std::string node = nodeName(op);
  auto ofChannels = [&](llvm::function_ref<int64_t(size_t)> number) {
    Shape values;
    for (int64_t c : spread.channel)
      values.push_back(number(static_cast<size_t>(c)));
    return values;
  };
  for (size_t t = 0; t < terms; ++t) {
    Tensor x = inLayout(of(operands[t]), layout);
    Shape factors = ofChannels([&](size_t c) { return line.mult[c * terms + t]; });
    if (!llvm::all_of(factors, [](int64_t f) { return f == 1; }))
      x = elementwise("Mul", x, perChannel(layout, spread, factors, node + "_factors"), range,
                      node + "_scaled");
    y = t == 0 ? x : elementwise("Add", y, x.name, range, node + "_sum");
  }
  Shape biases = ofChannels([&](size_t c) { return line.bias[c]; });
  if (!llvm::all_of(biases, [](int64_t b) { return b == 0; }))
    y = elementwise("Add", y, perChannel(layout, spread, biases, node + "_bias"), range, node + "_biased");
  int64_t lo = std::max(range.min, line.lo), hi = std::min(range.max, line.hi);
  if (lo > range.min || hi < range.max) {
    std::string name = graph.freshTensor(node + "_clipped");
    if (lo == 0 && hi == range.max)
      graph.node("Relu", name, {y.name}, name, layout.shape);
    else
      graph.node("Clip", name, {y.name, graph.scalar(lo), graph.scalar(hi)}, name, layout.shape);
    y = {name, layout, {}};
  }
  y.range = {std::min(lo, hi), hi};
  define(op->getResult(0), y);
}

} // namespace dyadic::canonical
