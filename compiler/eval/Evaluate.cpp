// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs samples through the interpreter, one baked-in batch at a time, and gathers outputs and codes.
#include "compiler/eval/Evaluate.h"
#include "compiler/eval/Arguments.h"
#include "compiler/eval/NearTie.h"
#include <cmath>

using namespace mlir;
namespace dyadic::eval {

llvm::Error failureAt(Operation *op, const llvm::Twine &what) {
  std::string where;
  if (isQuantiser(op))
    where = " '" + keyOf(op).str() + "'";
  return failure(ExitCode::Rejected, op->getName().getStringRef() + where + ": " + what);
}

namespace {

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

llvm::Expected<Rows> rowsOf(Shape shape, int64_t batch, int64_t samples, const llvm::Twine &what) {
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

std::vector<float> floatsOf(const Tensor &t) {
  std::vector<float> out(static_cast<size_t>(t.size()));
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = model::nearestFloat32(t.at(static_cast<int64_t>(i)));
  return out;
}
const std::vector<float> &floatsOf(const FloatTensor &t) { return t.values; }

Tensor argumentTensor(const Argument &a, const Gather &from, Shape shape, ExactArithmetic) {
  if (a.forced) // never looked at: its quantisers take codes
    return Tensor::makeLattice(shape, std::vector<int64_t>(from.size(), 0), -1, {1}, {0});
  return gather(a.reals, from, shape);
}
FloatTensor argumentTensor(const Argument &a, const Gather &from, Shape shape, Float32Arithmetic) {
  return {shape, floatsOf(argumentTensor(a, from, shape, ExactArithmetic()))};
}

/// One run over all samples in one arithmetic.
template <typename Arithmetic> class Session {
public:
  Session(Interpreter<Arithmetic> &interpreter, const Arguments &arguments, const Options &options,
          Operation *last = nullptr)
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
  llvm::Error observe(Operation *op, const typename Arithmetic::Quantiser &q, std::vector<int64_t> &codes);
  llvm::Error compare(Operation *op, const Quantiser &rule, std::vector<int64_t> &codes, const Rows &rows,
                      Magnitudes &magnitudes);
  llvm::Error collectOutputs();
  llvm::Error collectAccumulator(StringRef name, Value logits);
  std::vector<double> boundsOf(Value logits, bool soft);

  Interpreter<Arithmetic> &interpreter;
  const Arguments &arguments;
  const Options &options;
  Operation *last; ///< where to stop, before any output; none: run to the end
  Group group{};
  std::optional<Magnitudes> magnitudes;
  RunResult result;
};

template <typename Arithmetic> llvm::Error Session<Arithmetic>::runGroup() {
  std::vector<typename Arithmetic::Tensor> tensors;
  llvm::DenseMap<Operation *, std::vector<int64_t>> forced;
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
  auto observer = [&](Operation *op, const typename Arithmetic::Quantiser &q, std::vector<int64_t> &codes) {
    return this->observe(op, q, codes);
  };
  if (llvm::Error e = interpreter.run(std::move(tensors), forced, observer, last))
    return e;
  return last ? llvm::Error::success() : collectOutputs();
}

template <typename Arithmetic>
llvm::Error Session<Arithmetic>::observe(Operation *op, const typename Arithmetic::Quantiser &q,
                                         std::vector<int64_t> &codes) {
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
    if (options.wantNearTies)
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
llvm::Error Session<Arithmetic>::compare(Operation *op, const Quantiser &rule, std::vector<int64_t> &codes,
                                         const Rows &rows, Magnitudes &magnitudes) {
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
  func::FuncOp main = interpreter.function();
  Operation *end = main.getBody().front().getTerminator();
  result.outputs.resize(end->getNumOperands());
  for (unsigned i = 0; i < end->getNumOperands(); ++i) {
    Value v = end->getOperand(i);
    Output &out = result.outputs[i];
    auto name = main.getResultAttrOfType<StringAttr>(i, "qonnx.name");
    out.name = name ? name.getValue().str() : "output " + std::to_string(i);
    auto rows = rowsOf(shapeOf(v), group.batch, arguments.samples, "output '" + out.name + "'");
    if (!rows)
      return rows.takeError();
    out.shape = rows->shape;
    size_t used = static_cast<size_t>(group.used * rows->stride);
    Value logits = v;
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
    if (options.accumulators.count(out.name))
      if (llvm::Error e = collectAccumulator(out.name, logits))
        return e;
  }
  return llvm::Error::success();
}

/// A softmax moves by at most half of what its logits move, each way; its own float32 arithmetic adds a
/// little.
template <typename Arithmetic> std::vector<double> Session<Arithmetic>::boundsOf(Value logits, bool soft) {
  std::vector<double> bounds = magnitudes->of(logits);
  for (double &b : bounds)
    b *= nearness;
  if (soft)
    bounds.assign(bounds.size(), *std::max_element(bounds.begin(), bounds.end()) + nearness);
  return bounds;
}

template <typename Arithmetic>
llvm::Error Session<Arithmetic>::collectAccumulator(StringRef name, Value logits) {
  constexpr bool exactly = std::is_same_v<Arithmetic, ExactArithmetic>;
  const AccumulatorLattice &lattice = options.accumulators.at(name.str());
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
  size_t channels = hasAxis ? static_cast<size_t>(shape[lattice.axis]) : 1;
  size_t inner = hasAxis ? static_cast<size_t>(innerExtent(shape, lattice.axis)) : 1;
  if ((scale.size() != 1 && scale.size() != channels) || (offset.size() != 1 && offset.size() != channels))
    return failure(ExitCode::Internal,
                   "the scales of '" + name + "' do not match its " + std::to_string(channels) + " channels");
  Codes &all = result.codes[name.str()];
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

} // namespace

struct Evaluator::State {
  func::FuncOp main;
  std::optional<Interpreter<ExactArithmetic>> exact;
  std::optional<Interpreter<Float32Arithmetic>> float32;
};

Evaluator::Evaluator(std::unique_ptr<State> s) : state(std::move(s)) {}
Evaluator::Evaluator(Evaluator &&) noexcept = default;
Evaluator &Evaluator::operator=(Evaluator &&) noexcept = default;
Evaluator::~Evaluator() = default;

llvm::Expected<Evaluator> Evaluator::create(ModuleOp module, Arithmetics arithmetics) {
  auto state = std::make_unique<State>();
  state->main = module.lookupSymbol<func::FuncOp>("main");
  if (!state->main || !llvm::hasSingleElement(state->main.getBody()))
    return failure(ExitCode::Rejected, "the module has no func @main of one block");
  if (arithmetics == Arithmetics::Exact) {
    auto made = Interpreter<ExactArithmetic>::create(state->main);
    if (!made)
      return made.takeError();
    state->exact.emplace(std::move(*made));
  } else {
    auto made = Interpreter<Float32Arithmetic>::create(state->main);
    if (!made)
      return made.takeError();
    state->float32.emplace(std::move(*made));
  }
  return Evaluator(std::move(state));
}

llvm::Expected<RunResult> Evaluator::run(llvm::ArrayRef<Input> inputs, const Options &options) {
  auto arguments = bindArguments(state->main, inputs);
  if (!arguments)
    return arguments.takeError();
  if (state->exact)
    return Session(*state->exact, *arguments, options).run();
  return Session(*state->float32, *arguments, options).run();
}

llvm::Expected<RunResult> evaluate(ModuleOp module, llvm::ArrayRef<Input> inputs, const Options &options) {
  auto evaluator = Evaluator::create(module, options.arithmetics);
  if (!evaluator)
    return evaluator.takeError();
  return evaluator->run(inputs, options);
}

/// The quantiser's codes brought back to the argument's axes.
static Codes inArgumentAxes(const Argument &a, const std::vector<int64_t> &codes, int64_t batch,
                            int64_t samples) {
  int64_t perSample = elements(a.sampleShape);
  Codes out{a.sampleShape, std::vector<int64_t>(static_cast<size_t>(samples * perSample), 0)};
  out.shape.insert(out.shape.begin(), samples);
  size_t group = a.moves[0].size();
  for (size_t i = 0; i < codes.size(); ++i) {
    int64_t move = a.moves[0][i % group];
    size_t to = i / group * static_cast<size_t>(batch * perSample) + static_cast<size_t>(move);
    if (move >= 0 && to < out.values.size())
      out.values[to] = codes[i];
  }
  return out;
}

llvm::Expected<std::vector<Codes>> inputCodes(ModuleOp module, llvm::ArrayRef<Input> inputs) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || !llvm::hasSingleElement(main.getBody()))
    return failure(ExitCode::Rejected, "the module has no func @main of one block");
  auto arguments = bindArguments(main, inputs, true);
  if (!arguments)
    return arguments.takeError();
  Operation *last = nullptr;
  for (const Argument &a : arguments->list)
    for (Operation *op : a.forced ? llvm::ArrayRef<Operation *>() : llvm::ArrayRef(a.quantisers))
      last = !last || last->isBeforeInBlock(op) ? op : last;
  RunResult run;
  if (last) {
    auto interpreter = Interpreter<ExactArithmetic>::create(main);
    if (!interpreter)
      return interpreter.takeError();
    Options options;
    options.wantCodes = true;
    auto result = Session(*interpreter, *arguments, options, last).run();
    if (!result)
      return result.takeError();
    run = std::move(*result);
  }
  std::vector<Codes> all;
  for (const Argument &a : arguments->list) {
    if (a.codes.empty()) {
      const std::vector<int64_t> &codes = run.codes[keyOf(a.quantisers[0]).str()].values;
      all.push_back(inArgumentAxes(a, codes, arguments->batch, arguments->samples));
      continue;
    }
    Codes codes{a.sampleShape, a.codes};
    codes.shape.insert(codes.shape.begin(), arguments->samples);
    all.push_back(std::move(codes));
  }
  return all;
}

npy::Array toArray(const Output &output) {
  if (output.isIndex)
    return npy::Array::of<int64_t>(output.shape, output.indices);
  return npy::Array::of<float>(output.shape, output.reals);
}

npy::Array toArray(const Codes &codes) {
  std::vector<int32_t> narrow(codes.values.begin(), codes.values.end());
  for (size_t i = 0; i < narrow.size(); ++i)
    if (narrow[i] != codes.values[i])
      return npy::Array::of<int64_t>(codes.shape, codes.values);
  return npy::Array::of<int32_t>(codes.shape, narrow);
}

} // namespace dyadic::eval
