// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The evaluators' API: prepares modules, runs them, and turns results into arrays.
#include "compiler/eval/Evaluate.h"
#include "compiler/eval/Session.h"

using namespace mlir;
namespace dyadic::eval {

llvm::Error failureAt(Operation *op, const llvm::Twine &what) {
  std::string where;
  if (isQuantiser(op))
    where = " '" + keyOf(op).str() + "'";
  return failure(ExitCode::Rejected, op->getName().getStringRef() + where + ": " + what);
}

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
