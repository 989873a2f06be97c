// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One run over all samples, one baked-in batch at a time: what goes in, and what is gathered of it.
#pragma once
#include "compiler/eval/Arguments.h"
#include "compiler/eval/NearTie.h"
#include <algorithm>

namespace dyadic::eval {

/// The samples [first, first + used) that one run of the module computes; the rest of the batch repeats the
/// last.
struct Group {
  int64_t first, used, batch;
  std::vector<int64_t> samples() const {
    std::vector<int64_t> s;
    for (int64_t i = 0; i < batch; ++i)
      s.push_back(first + std::min(i, used - 1));
    return s;
  }
};

/// How a tensor's leading axis holds the batch: `rows` of it belong to each sample.
struct Rows {
  int64_t rows;   ///< along axis 0, per sample
  int64_t stride; ///< elements per sample
  Shape shape;    ///< of `samples` samples
};

inline llvm::Expected<Rows> rowsOf(Shape shape, int64_t batch, int64_t samples, const llvm::Twine &what) {
  if (shape.empty() && batch == 1)
    shape.push_back(1);
  if (shape.empty() || shape[0] % batch != 0)
    return failure(ExitCode::Rejected,
                   what + " does not have the batch as its first axis; run with --batch 1");
  Rows r{shape[0] / batch, elements(shape) / batch, shape};
  r.shape[0] = r.rows * samples;
  return r;
}

template <typename T> void append(std::vector<T> &to, const std::vector<T> &from, size_t n) {
  to.insert(to.end(), from.begin(), from.begin() + static_cast<std::ptrdiff_t>(n));
}

inline std::vector<float> floatsOf(const Tensor &t) {
  std::vector<float> out(static_cast<size_t>(t.size()));
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = model::nearestFloat32(t.at(static_cast<int64_t>(i)));
  return out;
}
inline const std::vector<float> &floatsOf(const FloatTensor &t) { return t.values; }

inline Tensor argumentTensor(const Argument &a, const Gather &from, Shape shape, ExactArithmetic) {
  if (a.forced) // never looked at: its quantisers take codes
    return Tensor::makeLattice(shape, std::vector<int64_t>(from.size(), 0), -1, {1}, {0});
  return gather(a.reals, from, shape);
}
inline FloatTensor argumentTensor(const Argument &a, const Gather &from, Shape shape, Float32Arithmetic) {
  return {shape, floatsOf(argumentTensor(a, from, shape, ExactArithmetic()))};
}

/// One run over all samples in one arithmetic.
template <typename Arithmetic> class Session {
public:
  Session(Interpreter<Arithmetic> &interpreter, const Arguments &arguments, const Options &options,
          mlir::Operation *last = nullptr)
      : interpreter(interpreter), arguments(arguments), options(options), last(last) {}

  llvm::Expected<RunResult> run() {
    for (int64_t first = 0; first < arguments.samples; first += arguments.batch) {
      group = {first, std::min(arguments.batch, arguments.samples - first), arguments.batch};
      if (llvm::Error e = runGroup())
        return e;
    }
    return std::move(result);
  }

private:
  llvm::Error runGroup();
  /// `given`: the codes are the caller's, so there is no value that could be near a boundary.
  llvm::Error observe(mlir::Operation *op, const typename Arithmetic::Quantiser &q,
                      std::vector<int64_t> &codes, bool given);
  llvm::Error compare(mlir::Operation *op, const Quantiser &rule, std::vector<int64_t> &codes,
                      const Rows &rows, Magnitudes &magnitudes);
  llvm::Error collectOutputs();
  llvm::Error integersOf(llvm::StringRef name, const AccumulatorLattice &lattice, mlir::Value logits,
                         Codes &all);
  std::vector<double> boundsOf(mlir::Value logits, bool soft);

  Interpreter<Arithmetic> &interpreter;
  const Arguments &arguments;
  const Options &options;
  mlir::Operation *last; ///< where to stop, before any output; none: run to the end
  Group group{};
  std::optional<Magnitudes> magnitudes;
  RunResult result;
};

template <typename Arithmetic> llvm::Error Session<Arithmetic>::runGroup() {
  std::vector<typename Arithmetic::Tensor> tensors;
  llvm::DenseMap<mlir::Operation *, std::vector<int64_t>> forced;
  for (const Argument &a : arguments.list) {
    Shape shape = a.sampleShape;
    shape.insert(shape.begin(), group.batch);
    int64_t perSample = elements(a.sampleShape);
    Gather from;
    for (int64_t s : group.samples())
      for (int64_t i = 0; i < perSample; ++i)
        from.push_back(s * perSample + i);
    for (auto [op, move] : llvm::zip(a.quantisers, a.moves)) {
      if (!a.forced)
        continue;
      std::vector<int64_t> &codes = forced[op];
      codes.clear();
      for (int64_t i : move) {
        codes.push_back(i < 0 ? interpreter.noCode
                              : a.codes[static_cast<size_t>(from[static_cast<size_t>(i)])]);
        if (i >= 0 && !interpreter.quantiser(op).rule.reaches(codes.back()))
          return failureAt(op, "input code " + std::to_string(codes.back()) + " is not one of its codes");
      }
    }
    tensors.push_back(argumentTensor(a, from, shape, Arithmetic()));
  }
  if constexpr (std::is_same_v<Arithmetic, ExactArithmetic>)
    magnitudes.emplace(interpreter);
  auto observer = [&](mlir::Operation *op, const typename Arithmetic::Quantiser &q,
                      std::vector<int64_t> &codes) {
    return this->observe(op, q, codes, forced.contains(op));
  };
  if (llvm::Error e = interpreter.run(std::move(tensors), forced, observer, last))
    return e;
  return last ? llvm::Error::success() : collectOutputs();
}

template <typename Arithmetic>
llvm::Error Session<Arithmetic>::observe(mlir::Operation *op, const typename Arithmetic::Quantiser &q,
                                         std::vector<int64_t> &codes, bool given) {
  if (!options.wantCodes && !options.wantNearTies && !options.reference && options.changes.empty())
    return llvm::Error::success();
  std::string key = keyOf(op).str();
  auto rows = rowsOf(shapeOf(op->getResult(0)), group.batch, arguments.samples, "'" + key + "'");
  if (!rows)
    return rows.takeError();
  for (const CodeChange &c : options.changes)
    if (c.key == key && c.sample >= group.first && c.sample < group.first + group.used)
      codes[static_cast<size_t>((c.sample - group.first) * rows->stride + c.index)] = c.code;
  size_t used = static_cast<size_t>(group.used * rows->stride);
  if (options.wantCodes) {
    Codes &all = result.codes[key];
    all.shape = rows->shape;
    append(all.values, codes, used);
  }
  if constexpr (std::is_same_v<Arithmetic, ExactArithmetic>) {
    if (options.wantNearTies && !given)
      for (NearTie &tie :
           findNearTies(op, q.rule, interpreter.value(op->getOperand(0)), codes, *magnitudes)) {
        if (tie.index >= static_cast<int64_t>(used))
          break;
        tie.sample = group.first + tie.index / rows->stride;
        tie.index %= rows->stride;
        result.nearTies.push_back(std::move(tie));
      }
    if (options.reference)
      return compare(op, q.rule, codes, *rows, *magnitudes);
  }
  return llvm::Error::success();
}

template <typename Arithmetic>
llvm::Error Session<Arithmetic>::compare(mlir::Operation *op, const Quantiser &rule,
                                         std::vector<int64_t> &codes, const Rows &rows,
                                         Magnitudes &magnitudes) {
  auto found = options.reference->find(keyOf(op).str());
  if (found == options.reference->end())
    return llvm::Error::success();
  const Codes &reference = found->second;
  if (static_cast<int64_t>(reference.values.size()) != arguments.samples * rows.stride)
    return failureAt(op, "the reference holds " + std::to_string(reference.values.size()) +
                             " codes, expected " + std::to_string(arguments.samples * rows.stride));
  if constexpr (std::is_same_v<Arithmetic, ExactArithmetic>) {
    const Tensor &input = interpreter.value(op->getOperand(0));
    Gather slots = rule.slots(input.shape);
    int64_t start = group.first * rows.stride;
    for (int64_t i = 0; i < group.used * rows.stride; ++i) {
      int64_t &code = codes[static_cast<size_t>(i)], other = reference.values[static_cast<size_t>(start + i)];
      if (code == other)
        continue;
      Difference d{describe(op, rule, input, i, code, slots, magnitudes), other, false};
      d.at.sample = group.first + i / rows.stride;
      d.at.index = i % rows.stride;
      d.nearTie = d.at.distance <= d.at.bound && other == d.at.other;
      result.differences.push_back(std::move(d));
      code = other;
    }
  }
  return llvm::Error::success();
}

template <typename Arithmetic> llvm::Error Session<Arithmetic>::collectOutputs() {
  mlir::func::FuncOp main = interpreter.function();
  mlir::Operation *end = main.getBody().front().getTerminator();
  result.outputs.resize(end->getNumOperands());
  for (unsigned i = 0; i < end->getNumOperands(); ++i) {
    mlir::Value v = end->getOperand(i);
    Output &out = result.outputs[i];
    auto name = main.getResultAttrOfType<mlir::StringAttr>(i, "qonnx.name");
    out.name = name ? name.getValue().str() : "output " + std::to_string(i);
    auto rows = rowsOf(shapeOf(v), group.batch, arguments.samples, "output '" + out.name + "'");
    if (!rows)
      return rows.takeError();
    out.shape = rows->shape;
    size_t used = static_cast<size_t>(group.used * rows->stride);
    mlir::Value logits = v;
    auto argmax = v.getDefiningOp<qonnx::ArgMaxOp>();
    auto soft = v.getDefiningOp<qonnx::SoftmaxOp>();
    if (argmax || soft)
      logits = v.getDefiningOp()->getOperand(0);
    const auto &tensor = interpreter.value(logits);
    if (argmax) {
      out.isIndex = true;
      append(out.indices, argMax(tensor, argmax.getAxis()), used);
    } else if (soft) {
      append(out.reals, softmax(tensor, static_cast<size_t>(soft.getAxis())), used);
    } else {
      append(out.reals, floatsOf(tensor), used);
    }
    if constexpr (std::is_same_v<Arithmetic, ExactArithmetic>) {
      if (options.wantBounds && !argmax)
        append(out.float32Bounds, boundsOf(logits, soft != nullptr), used);
      for (size_t k = 0; options.wantExact && !argmax && !soft && k < used; ++k)
        out.exact.push_back(tensor.at(static_cast<int64_t>(k)));
    }
    if (auto asked = options.accumulators.find(out.name); asked != options.accumulators.end())
      if (llvm::Error e = integersOf(out.name, asked->second, logits, result.codes[out.name]))
        return e;
    if (auto asked = options.outputLattices.find(out.name); asked != options.outputLattices.end()) {
      Codes integers;
      if (llvm::Error e = integersOf(out.name, asked->second, logits, integers))
        return e;
      append(out.codes, integers.values, integers.values.size());
    }
  }
  return llvm::Error::success();
}

/// A softmax moves by at most half of what its logits move, each way; its own float32 arithmetic adds a
/// little.
template <typename Arithmetic>
std::vector<double> Session<Arithmetic>::boundsOf(mlir::Value logits, bool soft) {
  std::vector<double> bounds = magnitudes->of(logits);
  for (double &b : bounds)
    b *= nearness;
  if (soft)
    bounds.assign(bounds.size(), *std::max_element(bounds.begin(), bounds.end()) + nearness);
  return bounds;
}

template <typename Arithmetic>
llvm::Error Session<Arithmetic>::integersOf(llvm::StringRef name, const AccumulatorLattice &lattice,
                                            mlir::Value logits, Codes &all) {
  constexpr bool exactly = std::is_same_v<Arithmetic, ExactArithmetic>;
  std::vector<Rational> scale, offset;
  for (auto [texts, numbers] : {std::pair{&lattice.scale, &scale}, {&lattice.offset, &offset}})
    for (const std::string &s : *texts) {
      auto v = model::parseRational(s);
      if (!v)
        return failure(ExitCode::Internal, "the scale or offset of '" + name + "' is not a number: " + s);
      numbers->push_back(*v);
    }
  Shape shape = shapeOf(logits);
  auto rows = rowsOf(shape, group.batch, arguments.samples, "'" + name + "'");
  if (!rows)
    return rows.takeError();
  bool hasAxis = lattice.axis < shape.size();
  size_t channels = std::max(scale.size(), offset.size());
  size_t inner = hasAxis ? static_cast<size_t>(innerExtent(shape, lattice.axis)) : 1;
  size_t extent = hasAxis ? static_cast<size_t>(shape[lattice.axis]) : 1;
  if ((scale.size() != 1 && scale.size() != channels) || (offset.size() != 1 && offset.size() != channels) ||
      (channels != 1 && channels % extent != 0))
    return failure(ExitCode::Internal,
                   "the scales of '" + name + "' do not match its " + std::to_string(extent) + " channels");
  all.shape = rows->shape;
  const auto &t = interpreter.value(logits);
  for (size_t i = 0; i < static_cast<size_t>(group.used * rows->stride); ++i) {
    size_t c = i / inner % channels;
    const Rational &s = scale[scale.size() == 1 ? 0 : c], &o = offset[offset.size() == 1 ? 0 : c];
    Rational real;
    if constexpr (exactly) {
      real = t.at(static_cast<int64_t>(i));
    } else {
      if (!std::isfinite(t.values[i]))
        return failure(ExitCode::Rejected, "'" + name + "' is not finite in float32, so it has no integers");
      real = Rational(t.values[i]);
    }
    Rational acc = s == 0 ? Rational(0) : (real - o) / s;
    if (!exactly)
      acc = model::floorOf(acc + Rational(1, 2));
    auto code = model::toInt64(acc.get_num());
    if (acc.get_den() != 1 || !code)
      return failure(ExitCode::Mismatch, "element " + std::to_string(i) + " of '" + name +
                                             "' is not on its declared scale and offset");
    all.values.push_back(*code);
  }
  return llvm::Error::success();
}

} // namespace dyadic::eval
