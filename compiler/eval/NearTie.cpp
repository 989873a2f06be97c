// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Magnitudes of sums, and the codes that float32's rounding could decide otherwise.
#include "compiler/eval/NearTie.h"
#include "compiler/eval/exact/Kernels.h"
#include <cmath>
#include <cstdio>
#include <limits>

using namespace mlir;
namespace dyadic::eval {

static double sizeOf(const Rational &v) { return std::abs(v.get_d()); }

static std::vector<double> sizesOf(const Tensor &t) {
  std::vector<double> out(static_cast<size_t>(t.size()));
  if (t.isLattice) { // no rational per element: these are only sizes
    std::vector<double> scale, offset;
    for (size_t g = 0; g < t.scale.size(); ++g) {
      scale.push_back(t.scale[g].get_d());
      offset.push_back(t.offset[g].get_d());
    }
    for (size_t i = 0; i < out.size(); ++i) {
      size_t g = t.group(static_cast<int64_t>(i));
      out[i] = std::abs(static_cast<double>(t.codes[i]) * scale[g] + offset[g]);
    }
    return out;
  }
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = sizeOf(t.dense[i]);
  return out;
}

const std::vector<double> &Magnitudes::of(Value v) {
  auto found = known.find(v);
  if (found != known.end())
    return found->second;
  std::vector<double> computed = compute(v);
  return known[v] = std::move(computed);
}

std::vector<double> Magnitudes::compute(Value v) {
  Operation *op = v.getDefiningOp();
  if (!op || isQuantiser(op) || isa<qonnx::ConstantOp, qonnx::QuantConstantOp>(op))
    return sizesOf(interpreter.value(v));
  Shape out = shapeOf(v);
  size_t n = static_cast<size_t>(elements(out));
  std::vector<std::vector<double>> in;
  for (Value operand : op->getOperands())
    in.push_back(of(operand));
  auto each = [&](auto f) {
    std::vector<double> result(n);
    for (size_t i = 0; i < n; ++i)
      result[i] = f(i);
    return result;
  };
  auto channel = [&](size_t i) {
    return out.size() < 2 ? 0 : i / static_cast<size_t>(innerExtent(out, 1)) % static_cast<size_t>(out[1]);
  };
  auto window = [&](bool mean) {
    std::vector<double> result(n, 0.0), count(n, 0.0);
    forEachInside(windowsOf(op), out, [&](int64_t o, int64_t i) {
      double &r = result[static_cast<size_t>(o)], x = in[0][static_cast<size_t>(i)];
      r = mean ? r + x : std::max(r, x);
      count[static_cast<size_t>(o)] += 1;
    });
    for (size_t i = 0; mean && i < n; ++i)
      result[i] /= std::max(count[i], 1.0);
    return result;
  };
  if (auto moved = movementOf(op)) {
    double fill = isa<qonnx::PadOp>(op) ? std::abs(cast<qonnx::PadOp>(op).getValue().convertToDouble()) : 0;
    return each([&](size_t i) { return (*moved)[i] < 0 ? fill : in[0][static_cast<size_t>((*moved)[i])]; });
  }
  using Found = std::vector<double>;
  auto pairwise = [&](auto f) {
    Gather l = broadcastGather(shapeOf(op->getOperand(0)), out),
           r = broadcastGather(shapeOf(op->getOperand(1)), out);
    return each(
        [&](size_t i) { return f(in[0][static_cast<size_t>(l[i])], in[1][static_cast<size_t>(r[i])]); });
  };
  return llvm::TypeSwitch<Operation *, Found>(op)
      .Case([&](qonnx::ConvOp c) {
        Found sums(n, 0.0);
        convolve(windowsOf(op), out[0], shapeOf(c.getInput())[1], out[1], c.getGroup(), in[0].data(),
                 in[1].data(), sums.data());
        for (size_t i = 0; c.getBias() && i < n; ++i)
          sums[i] += in[2][channel(i)];
        return sums;
      })
      .Case([&](qonnx::MatMulOp m) {
        Found sums(n, 0.0);
        multiplyMatrices(makeMatMulShape(shapeOf(m.getLhs()), shapeOf(m.getRhs())), in[0].data(),
                         in[1].data(), sums.data());
        return sums;
      })
      .Case([&](qonnx::BatchNormOp b) {
        std::vector<float> scale = readFloats(b.getScale()), shift = readFloats(b.getShift());
        return each([&](size_t i) {
          return std::abs(static_cast<double>(scale[channel(i)])) * in[0][i] +
                 std::abs(static_cast<double>(shift[channel(i)]));
        });
      })
      .Case<qonnx::AddOp, qonnx::SubOp>(
          [&](auto) { return pairwise([](double a, double b) { return a + b; }); })
      .Case([&](qonnx::MulOp) { return pairwise([](double a, double b) { return a * b; }); })
      .Case([&](qonnx::DivOp) {
        // The divisor's own value counts, not the magnitude of the terms that made it.
        Found divisor = sizesOf(interpreter.value(op->getOperand(1)));
        in[1] = std::move(divisor);
        return pairwise([](double a, double b) { return a / b; });
      })
      .Case([&](qonnx::LeakyReluOp l) {
        double alpha = std::abs(l.getAlpha().convertToDouble());
        return each([&](size_t i) { return in[0][i] * std::max(alpha, 1.0); });
      })
      .Case([&](qonnx::PReluOp p) {
        double largest = 1;
        for (float s : readFloats(p.getSlope()))
          largest = std::max(largest, std::abs(static_cast<double>(s)));
        return each([&](size_t i) { return in[0][i] * largest; });
      })
      .Case([&](qonnx::MaxPoolOp) { return window(false); })
      .Case([&](qonnx::AveragePoolOp) { return window(true); })
      .Case([&](qonnx::ReduceMeanOp r) {
        Shape kept = shapeOf(r.getInput());
        double count = 1;
        for (int64_t axis : r.getAxes()) {
          count *= static_cast<double>(kept[static_cast<size_t>(axis)]);
          kept[static_cast<size_t>(axis)] = 1;
        }
        Gather to = broadcastGather(kept, shapeOf(r.getInput()));
        Found sums(n, 0.0);
        for (size_t i = 0; i < to.size(); ++i)
          sums[static_cast<size_t>(to[i])] += in[0][i] / count;
        return sums;
      })
      .Case([&](qonnx::ConcatOp c) {
        Found joined;
        size_t axis = static_cast<size_t>(c.getAxis());
        for (int64_t o = 0; o < outerExtent(out, axis); ++o)
          for (auto [part, value] : llvm::zip(in, c.getInputs())) {
            int64_t block = shapeOf(value)[axis] * innerExtent(out, axis);
            joined.insert(joined.end(), part.begin() + o * block, part.begin() + (o + 1) * block);
          }
        return joined;
      })
      .Default([&](Operation *) { return in[0]; }); // relu, clip, neg, abs: no larger than their input
}

NearTie describe(Operation *quantiser, const Quantiser &rule, const Tensor &input, int64_t index,
                 int64_t code, const Gather &slots, Magnitudes &magnitudes) {
  Quantiser::Boundary b = rule.boundary(input.at(index), index, slots);
  NearTie tie;
  tie.key = keyOf(quantiser).str();
  tie.index = index;
  tie.code = code;
  tie.other = b.below == code ? b.above : b.below;
  tie.value = b.value;
  tie.distance = b.distance ? b.distance->get_d() : std::numeric_limits<double>::infinity();
  tie.exactTie = b.distance && *b.distance == 0;
  tie.bound = nearness * magnitudes.of(quantiser->getOperand(0))[static_cast<size_t>(index)] / b.scale;
  return tie;
}

std::vector<NearTie> findNearTies(Operation *quantiser, const Quantiser &rule, const Tensor &input,
                                  const std::vector<int64_t> &codes, Magnitudes &magnitudes) {
  std::vector<NearTie> ties;
  Gather slots = rule.slots(input.shape);
  for (int64_t i = 0; i < input.size(); ++i) {
    NearTie tie = describe(quantiser, rule, input, i, codes[static_cast<size_t>(i)], slots, magnitudes);
    if (tie.distance <= tie.bound)
      ties.push_back(std::move(tie));
  }
  return ties;
}

static std::string columns(const NearTie &t) {
  char numbers[128];
  std::snprintf(numbers, sizeof numbers, "\t%.12g\t%.3g\t%.3g", t.value.get_d(), t.distance, t.bound);
  return t.key + "\t" + std::to_string(t.sample) + "\t" + std::to_string(t.index) + "\t" +
         std::to_string(t.code) + "\t" + std::to_string(t.other) + numbers;
}

static const char *const heading = "node\tsample\tindex\tcode\tother\tvalue\tdistance\tbound";

std::string listNearTies(const RunResult &result) {
  std::string text = std::string(heading) + "\n";
  size_t exact = 0;
  for (const NearTie &t : result.nearTies)
    if (t.exactTie)
      ++exact;
    else
      text += columns(t) + "\n";
  return text + std::to_string(result.nearTies.size() - exact) + " near-ties, " + std::to_string(exact) +
         " exact ties\n";
}

std::string listDifferences(const RunResult &result) {
  std::string text = std::string(heading) + "\treference\tverdict\n";
  size_t unexplained = 0;
  for (const Difference &d : result.differences) {
    unexplained += !d.nearTie;
    text += columns(d.at) + "\t" + std::to_string(d.reference) + "\t" +
            (d.nearTie ? "near-tie" : "UNEXPLAINED") + "\n";
  }
  return text + std::to_string(result.differences.size()) + " codes differ, " + std::to_string(unexplained) +
         " unexplained\n";
}

} // namespace dyadic::eval
