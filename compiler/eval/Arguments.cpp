// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matches given arrays to arguments, checks shapes, and decides which code each float sample is (rule 4).
#include "compiler/eval/Arguments.h"
#include "compiler/eval/Attributes.h"
#include <cmath>
#include <cstdio>

using namespace mlir;
namespace dyadic::eval {

static llvm::Error rejected(const llvm::Twine &what) { return failure(ExitCode::Rejected, what); }

static std::string text(const Shape &shape) {
  std::string s = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    s += (i ? ", " : "") + std::to_string(shape[i]);
  return s + "]";
}

static std::string text(double x) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.9g", x);
  return buffer;
}

namespace {
/// The declared lattice with its numbers read.
struct Lattice {
  Rational scale, zero;
  std::vector<Rational> mean, std;
  int64_t low, high;
  bool bipolar;
};
} // namespace

static llvm::Expected<Lattice> readLattice(qonnx::LatticeAttr attr, StringRef name) {
  Lattice l;
  bool ok = true;
  auto number = [&](StringAttr s) {
    auto v = model::parseRational(s.getValue());
    ok = ok && v;
    return v.value_or(Rational(1));
  };
  l.scale = number(attr.getScale());
  l.zero = number(attr.getZero());
  for (Attribute a : attr.getMean())
    l.mean.push_back(number(cast<StringAttr>(a)));
  for (Attribute a : attr.getStd())
    l.std.push_back(number(cast<StringAttr>(a)));
  if (l.mean.empty())
    l.mean.push_back(0);
  if (l.std.empty())
    l.std.push_back(1);
  for (const Rational &s : l.std)
    ok = ok && s != 0;
  if (!ok || l.scale == 0 || attr.getBits() < 1 || attr.getBits() > 60)
    return rejected("the lattice of input '" + name + "' is malformed");
  int64_t half = int64_t(1) << (attr.getBits() - 1);
  l.bipolar = attr.getIsSigned() && attr.getBits() == 1;
  l.low = attr.getIsSigned() ? -half : 0;
  l.high = attr.getIsSigned() ? half - 1 : 2 * half - 1;
  if (l.bipolar)
    l.high = 1;
  return l;
}

static std::string position(size_t flat, const Shape &sampleShape) {
  Shape index;
  size_t perSample = static_cast<size_t>(elements(sampleShape)), rest = flat % perSample;
  for (int64_t s : stridesOf(sampleShape)) {
    index.push_back(static_cast<int64_t>(rest) / s);
    rest %= static_cast<size_t>(s);
  }
  return "sample " + std::to_string(flat / perSample) + ", index " + text(index);
}

/// A real is a code if it lies within 2^-22 of it, relative to the code's value (to the step, where that is
/// 0). Mean and std come later: they turn the real into what the graph sees.
static llvm::Expected<int64_t> codeOfReal(double given, const Lattice &l, StringRef name, size_t i,
                                          const Shape &shape) {
  Rational x(given), q = x / l.scale + l.zero;
  Integer code = model::floorOf(q + Rational(1, 2));
  Rational value = (code - l.zero) * l.scale, reference = value == 0 ? abs(l.scale) : abs(value);
  if (abs(x - value) * (1 << 22) > reference)
    return rejected("input '" + name + "', " + position(i, shape) + ": " + text(given) +
                    " is off the declared lattice; the nearest code is " + code.get_str() + ", which means " +
                    text(value.get_d()) + ". Round the samples to the lattice, or declare another one");
  if (code < l.low || code > l.high || (l.bipolar && code == 0))
    return rejected("input '" + name + "', " + position(i, shape) + ": " + text(given) + " is code " +
                    code.get_str() + ", outside the declared " + std::to_string(l.low) + " .. " +
                    std::to_string(l.high));
  return code.get_si();
}

static llvm::Expected<Tensor> onLattice(const Lattice &l, const npy::Array &array, StringRef name,
                                        const Shape &sampleShape) {
  size_t groups = std::max(l.mean.size(), l.std.size());
  if (groups > 1 && (sampleShape.empty() || sampleShape[0] != static_cast<int64_t>(groups)))
    return rejected("the lattice of input '" + name + "' has " + std::to_string(groups) +
                    " means or deviations, its axis 1 another extent");
  std::vector<int64_t> codes;
  if (npy::isFloating(array.type())) {
    for (auto [i, real] : llvm::enumerate(array.asDoubles())) {
      auto code = codeOfReal(real, l, name, i, sampleShape);
      if (!code)
        return code.takeError();
      codes.push_back(*code);
    }
  } else {
    codes = *array.asIntegers();
    for (size_t i = 0; i < codes.size(); ++i)
      if (codes[i] < l.low || codes[i] > l.high || (l.bipolar && codes[i] == 0))
        return rejected("input '" + name + "', " + position(i, sampleShape) + ": code " +
                        std::to_string(codes[i]) + " is outside the declared " + std::to_string(l.low) +
                        " .. " + std::to_string(l.high));
  }
  std::vector<Rational> scale, offset;
  for (size_t g = 0; g < groups; ++g) {
    const Rational &mean = l.mean[l.mean.size() == 1 ? 0 : g], &std = l.std[l.std.size() == 1 ? 0 : g];
    scale.push_back(l.scale / std);
    offset.push_back((-l.zero * l.scale - mean) / std);
  }
  return Tensor::makeLattice(array.shape(), std::move(codes), groups > 1 ? 1 : -1, std::move(scale),
                             std::move(offset));
}

/// Follows an argument through shape operators and element-wise operators with constants to its quantisers.
/// False where a path meets anything else.
static bool reachQuantisers(BlockArgument arg, Argument &found) {
  auto isConstant = [](Value v) {
    return v.getDefiningOp() && isa<qonnx::ConstantOp, qonnx::QuantConstantOp>(v.getDefiningOp());
  };
  Shape whole = shapeOf(arg);
  std::vector<std::pair<Value, Gather>> open{{arg, broadcastGather(whole, whole)}};
  while (!open.empty()) {
    auto [from, path] = std::move(open.back());
    open.pop_back();
    for (OpOperand &use : from.getUses()) {
      Operation *user = use.getOwner();
      if (isQuantiser(user)) {
        found.quantisers.push_back(user);
        found.moves.push_back(path);
        continue;
      }
      Gather next = path;
      if (auto moved = movementOf(user)) {
        next.clear();
        for (int64_t i : *moved)
          next.push_back(i < 0 ? -1 : path[static_cast<size_t>(i)]);
      } else if (isa<qonnx::AddOp, qonnx::SubOp, qonnx::MulOp, qonnx::DivOp>(user)) {
        Value other = user->getOperand(1 - use.getOperandNumber());
        if (!isConstant(other) || shapeOf(user->getResult(0)) != shapeOf(from))
          return false;
      } else if (!isa<qonnx::BatchNormOp, qonnx::ReluOp, qonnx::LeakyReluOp, qonnx::PReluOp, qonnx::ClipOp,
                      qonnx::NegOp, qonnx::AbsOp>(user)) {
        return false;
      }
      open.emplace_back(user->getResult(0), std::move(next));
    }
  }
  return !found.quantisers.empty();
}

static llvm::Error bindOne(BlockArgument arg, StringRef name, Attribute lattice, const npy::Array &array,
                           bool needCodes, Argument &out) {
  bool floating = npy::isFloating(array.type());
  if (!floating && (array.type() == npy::Type::Bool || !array.asIntegers()))
    return rejected("input '" + name + "' has dtype " + npy::nameOf(array.type()) +
                    "; give floats (real values) or integers (codes)");
  if (floating)
    for (auto [i, x] : llvm::enumerate(array.asDoubles()))
      if (!std::isfinite(x))
        return rejected("input '" + name + "', " + position(i, out.sampleShape) + " is not a finite number");
  if (lattice) {
    auto l = readLattice(cast<qonnx::LatticeAttr>(lattice), name);
    if (!l)
      return l.takeError();
    auto reals = onLattice(*l, array, name, out.sampleShape);
    if (!reals)
      return reals.takeError();
    out.codes = reals->codes;
    out.reals = std::move(*reals);
    return llvm::Error::success();
  }
  if ((needCodes || !floating) && !reachQuantisers(arg, out))
    return rejected("input '" + name +
                    "' does not reach a quantiser directly and has no declared lattice, so its " +
                    "codes are not known; add --input " + name + ":bits=...,scale=...");
  if (!floating) {
    out.forced = true;
    out.codes = *array.asIntegers();
    return llvm::Error::success();
  }
  std::vector<Rational> values;
  for (double x : array.asDoubles())
    values.emplace_back(x);
  out.reals = Tensor::makeDense(array.shape(), std::move(values));
  return llvm::Error::success();
}

llvm::Expected<Arguments> bindArguments(func::FuncOp main, llvm::ArrayRef<Input> inputs, bool needCodes) {
  Arguments all;
  auto nameOf = [&](unsigned i) {
    auto attr = main.getArgAttrOfType<StringAttr>(i, "qonnx.name");
    return attr ? attr.getValue().str() : "argument " + std::to_string(i);
  };
  std::string known;
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    known += (i ? ", '" : "'") + nameOf(i) + "'";
  for (const Input &in : inputs) {
    bool found = in.name.empty() && main.getNumArguments() == 1;
    for (unsigned i = 0; i < main.getNumArguments(); ++i)
      found = found || in.name == nameOf(i);
    if (!found)
      return failure(ExitCode::Usage,
                     (in.name.empty() ? "name each of the inputs: the graph has "
                                      : "no input is named '" + in.name + "'; the graph has ") +
                         known);
  }
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    const Input *given = nullptr;
    for (const Input &in : inputs)
      if (in.name == nameOf(i) || (in.name.empty() && main.getNumArguments() == 1))
        given = &in;
    if (!given)
      return failure(ExitCode::Usage, "input '" + nameOf(i) + "' is missing");
    Shape shape = shapeOf(main.getArgument(i)), found = given->array.shape();
    if (shape.empty())
      return rejected("input '" + nameOf(i) + "' has no batch axis");
    Argument arg;
    arg.sampleShape.assign(shape.begin() + 1, shape.end());
    if (found.empty() || Shape(found.begin() + 1, found.end()) != arg.sampleShape)
      return rejected("input '" + nameOf(i) + "' has shape " + text(found) +
                      "; expected samples first, then " + text(arg.sampleShape));
    if (found[0] == 0)
      return rejected("input '" + nameOf(i) + "' holds no sample");
    if (i > 0 && (found[0] != all.samples || shape[0] != all.batch))
      return rejected("input '" + nameOf(i) + "' holds " + std::to_string(found[0]) + " samples, '" +
                      nameOf(0) + "' " + std::to_string(all.samples));
    all.samples = found[0];
    all.batch = shape[0];
    if (llvm::Error e = bindOne(main.getArgument(i), nameOf(i), main.getArgAttr(i, "qonnx.lattice"),
                                given->array, needCodes, arg))
      return e;
    all.list.push_back(std::move(arg));
  }
  return all;
}

} // namespace dyadic::eval
