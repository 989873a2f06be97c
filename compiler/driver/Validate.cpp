// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic validate`: the emitted C, built and run on machines, against the exact evaluator.
#include "codegen/Emit.h"
#include "compiler/driver/Place.h"
#include "compiler/driver/Settled.h"
#include "compiler/driver/UserMemory.h"
#include "compiler/driver/Validation.h"
#include "compiler/eval/qint/QintEvaluator.h"
#include "dialects/plat/Plat.h"

namespace dyadic {
namespace {

/// What one start of the programs may write, about.
constexpr int64_t chunkBytes = 32 << 20;

} // namespace

using validate::Chunk;
using validate::Integers;

llvm::Expected<validate::Network> Validation::emitFor(const validate::Machine &machine) {
  LoadedModel copy;
  copy.module = model.module->clone();
  copy.level = model.level;
  CompileOptions compile;
  compile.target = command.target;
  compile.target.name = machine.target.machine.name;
  compile.implementations = command.implementations;
  compile.tiles = command.tiles;
  if (llvm::Error error = settleCompile(copy, compile, &machine.target))
    return error;
  PipelineOptions pipeline = pipelineFor(compile, machine.target);
  if (llvm::Error error = lowerModel(copy, Level::Qint, pipeline, session))
    return error;
  bool first = feeds.empty();
  if (first)
    options.accumulators = eval::accumulatorLattices(*copy.module);
  pipeline.checked = true;
  if (llvm::Error error = settleUserMemory(*copy.module, command.io))
    return error;
  if (llvm::Error error = lowerModel(copy, Level::Plat, pipeline, session))
    return error;
  session.phase("write C");
  codegen::Figures figures = codegen::figuresOf(*copy.module);
  if (llvm::Error error =
          checkFit(figures.tiled ? figures.l2Bytes : figures.arenaBytes, machine.target.machine))
    return error;
  plat::NetworkOp network = plat::networkOf(*copy.module);
  std::vector<mlir::Type> containers;
  std::vector<bool> quantisers;
  for (auto input : network.getBody().getOps<plat::InputOp>()) {
    containers.resize(std::max<size_t>(containers.size(), input.getIndex() + 1));
    quantisers.resize(containers.size());
    containers[input.getIndex()] = input.getContainer();
    quantisers[input.getIndex()] =
        mlir::cast<mlir::ShapedType>(input.getPort().getThresholds().getType()).getNumElements() != 0;
  }
  if (first) {
    if (llvm::Error error = makeFeeds(containers, quantisers))
      return error;
    std::map<uint64_t, plat::OutputOp> byNumber;
    for (auto output : network.getBody().getOps<plat::OutputOp>())
      byNumber.emplace(output.getIndex(), output);
    for (auto &[number, output] : byNumber) {
      outputs.emplace_back(output.getPort(), batch);
      auto type = mlir::cast<mlir::IntegerType>(output.getContainer());
      outputBytes.push_back(type.getWidth() / 8);
      outputSigned.push_back(!type.isUnsigned());
      options.outputLattices[outputs.back().name()] = outputs.back().lattice();
    }
  }
  copy.module->walk([&](plat::TapOp tap) {
    if (tap->hasAttr(plat::untappedAttrName))
      untapped.insert(tap.getKey().str());
  });
  codegen::EmitOptions emit;
  emit.target = machine.target.machine.name;
  emit.port = machine.runner.machine.port;
  emit.version = DYADIC_VERSION;
  emit.options = settledOptions(*copy.module);
  llvm::Expected<std::map<std::string, std::string>> files = codegen::emit(*copy.module, emit);
  if (!files)
    return failure(ExitCode::Internal, llvm::toString(files.takeError()));
  validate::Network result{std::move(*files), {}};
  for (const Feed &feed : feeds)
    result.ports.inputIsReal.push_back(!feed.reals.empty());
  result.ports.outputs = outputs.size();
  for (const std::string &port : userMemoryOf(*copy.module))
    result.ports.user.push_back(llvm::StringRef(port).split('=').first.str());
  return result;
}

void Validation::showProgress(uint64_t bytes) {
  auto all = static_cast<double>(samples) * static_cast<double>(bytesPerSample) *
             static_cast<double>(report.machines.size());
  session.progress(static_cast<double>(bytes) / std::max(1.0, all));
}

/// The right codes of a chunk, while the programs run.
llvm::Error Validation::evaluate(validate::Bench &bench, Chunk &chunk, uint64_t before) {
  std::vector<eval::Input> inputs = evaluatorInputs();
  chunk.expected.resize(report.tensors.size());
  for (int64_t run = 0; run < chunk.samples; run += batch) {
    llvm::Expected<eval::RunResult> result = evaluator->run(
        validate::slice(inputs, chunk.first + run, std::min(batch, chunk.samples - run)), options);
    if (!result)
      return result.takeError();
    int64_t used = std::min(batch, chunk.samples - run);
    if (!wanted.outputs.empty() && !validate::agrees(*result, chunk.first + run, used, wanted))
      for (int64_t s = 0; s < used; ++s)
        doubtful.push_back(chunk.first + run + s);
    size_t output = 0;
    for (size_t t = 0; t < report.tensors.size(); ++t) {
      const validate::Tensor &tensor = report.tensors[t];
      const Integers &codes =
          tensor.output ? result->outputs[output++].codes : result->codes[tensor.name].values;
      chunk.expected[t].insert(chunk.expected[t].end(), codes.begin(), codes.end());
    }
    for (const eval::NearTie &tie : result->nearTies)
      for (size_t t = 0; t < report.tensors.size(); ++t)
        if (!report.tensors[t].output && report.tensors[t].name == tie.key)
          ++(tie.exactTie ? report.ties[t].exact : report.ties[t].near);
    llvm::Expected<uint64_t> bytes = bench.poll();
    if (!bytes)
      return bytes.takeError();
    showProgress(before + *bytes);
  }
  return llvm::Error::success();
}

llvm::Error Validation::compareAll(validate::Bench &bench) {
  session.phase("run and compare");
  for (size_t m = 0; m < bench.machines().size(); ++m)
    comparisons.emplace_back(report.tensors);
  for (size_t m = 0; m < bench.machines().size(); ++m)
    report.machines.push_back({bench.machines()[m].name,
                               bench.machines()[m].runner.machine.name,
                               &comparisons[m],
                               std::nullopt,
                               {}});
  report.samples = samples;
  int64_t runs = std::max<int64_t>(1, chunkBytes / std::max<int64_t>(1, bytesPerSample * batch));
  uint64_t before = 0;
  for (int64_t first = 0; first < samples; first += runs * batch) {
    Chunk chunk{first, std::min(runs * batch, samples - first), batch, {}};
    std::string inputs = inputsOf(first, chunk.samples);
    if (llvm::Error error = bench.start(std::vector<std::string>(bench.machines().size(), inputs)))
      return error;
    if (llvm::Error error = evaluate(bench, chunk, before))
      return error;
    llvm::Expected<std::vector<std::string>> results =
        bench.finish([&](uint64_t bytes) { showProgress(before + bytes); });
    if (!results)
      return results.takeError();
    for (size_t m = 0; m < results->size(); ++m) {
      before += (*results)[m].size();
      if (llvm::Error error = comparisons[m].add(chunk, (*results)[m]))
        return error;
    }
  }
  return llvm::Error::success();
}

llvm::Error Validation::score() {
  for (MachineReport &machine : report.machines) {
    const std::vector<Integers> &codes = machine.comparison->outputs();
    if (!labels.empty()) {
      auto classes = outputs[0].classes(codes[0], samples);
      if (!classes)
        return failure(ExitCode::Rejected,
                       "--labels: output '" + outputs[0].name() + "' gives several classes for a sample");
      machine.right = 0;
      for (auto [found, label] : llvm::zip(*classes, labels))
        *machine.right += found == label;
    }
    for (size_t i = 0; i < wanted.outputs.size(); ++i)
      if (!wanted.outputs[i].empty())
        machine.expect.push_back(
            {outputs[i].name(),
             validate::likenessOf(outputs[i].values(codes[i], samples), wanted.outputs[i])});
  }
  if (wanted.outputs.empty())
    return llvm::Error::success();
  session.phase("explain differences");
  llvm::Expected<std::vector<validate::Deviation>> found =
      validate::explainDeviations(*evaluator, evaluatorInputs(), doubtful, wanted, [&](size_t done) {
        session.progress(static_cast<double>(done) / static_cast<double>(doubtful.size()));
      });
  if (!found)
    return found.takeError();
  report.deviations = std::move(*found);
  return llvm::Error::success();
}

llvm::Error Validation::verdict() {
  for (const MachineReport &machine : report.machines)
    if (int64_t wrong = machine.comparison->mismatches(); wrong != 0)
      return failure(ExitCode::Mismatch,
                     machine.name + ": " + llvm::Twine(wrong) + " of " +
                         llvm::Twine(machine.comparison->compared()) +
                         " elements differ from the exact meaning; the first layer that does is " +
                         describeFirst(report, machine));
  int64_t unexplained = 0;
  for (const validate::Deviation &d : report.deviations.value_or(std::vector<validate::Deviation>()))
    unexplained += !d.because;
  if (unexplained != 0)
    return failure(ExitCode::Mismatch, "--expect: the outputs of " + llvm::Twine(unexplained) +
                                           (unexplained == 1 ? " sample differ" : " samples differ") +
                                           " and no near-tie explains it");
  return llvm::Error::success();
}

llvm::Error Validation::run() {
  std::vector<std::string> names = command.machines;
  if (names.empty())
    names.emplace_back(command.target.file.empty() ? "host" : "");
  llvm::Expected<std::vector<validate::Machine>> machines = validate::findMachines(names, command.target);
  if (!machines)
    return machines.takeError();
  llvm::Expected<LoadedModel> loaded = loadModel(command.model, session);
  if (!loaded)
    return loaded.takeError();
  model = std::move(*loaded);
  if (model.level != Level::Qonnx)
    return failure(ExitCode::Usage,
                   "'" + command.model.path + "' is of level " + toString(model.level) +
                       ": only the ONNX file, or a module of level qonnx, has an exact meaning to "
                       "validate against");
  if (auto attribute = (*model.module)->getAttrOfType<mlir::IntegerAttr>("qonnx.batch"))
    batch = std::max<int64_t>(1, attribute.getInt());
  if (llvm::Error error = readSamples())
    return error;
  std::vector<validate::Network> networks;
  for (const validate::Machine &machine : *machines) {
    llvm::Expected<validate::Network> network = emitFor(machine);
    if (!network)
      return network.takeError();
    networks.push_back(std::move(*network));
  }
  options.wantCodes = options.wantNearTies = true;
  if (llvm::Error error = readExpected())
    return error;
  options.wantBounds = !wanted.outputs.empty();
  session.phase("evaluate");
  if (llvm::Error error = makeTensors())
    return error;
  session.phase("build");
  llvm::Expected<validate::Bench> bench = validate::Bench::build(
      std::move(*machines), std::move(networks), std::chrono::seconds(command.timeoutSeconds),
      [&](double share) { session.progress(share); });
  if (!bench)
    return bench.takeError();
  if (llvm::Error error = compareAll(*bench))
    return error;
  if (llvm::Error error = score())
    return error;
  session.endPhase();
  print(report, session.out());
  addTo(session.object(), report);
  return verdict();
}

llvm::Error runValidate(const ValidateCommand &command, Session &session) {
  if (command.nearTies) {
    if (!command.inputs.empty() || !command.machines.empty() || !command.expect.empty() ||
        !command.labels.empty() || !command.io.empty() || !command.tiles.empty())
      return failure(ExitCode::Usage, "--near-ties runs nothing: leave --inputs, --on, --expect, --labels, "
                                      "--io and --tile out; run --near-ties lists those of samples");
    return listRobustness(command.model, session);
  }
  if (command.inputs.empty())
    return failure(ExitCode::Usage, "--inputs is required: the samples to run, or --near-ties without any");
  return Validation(command, session).run();
}

} // namespace dyadic
