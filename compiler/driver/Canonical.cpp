// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic canonical`: the integers of the C as a QONNX file that the Python executor runs without rounding.
#include "compiler/canonical/Canonical.h"
#include "compiler/driver/Load.h"
#include "compiler/output/OutputSet.h"

namespace dyadic {
namespace {

void summarise(const canonical::Canonical &made, const std::string &path, Session &session) {
  int64_t thresholds = 0;
  llvm::json::Array steps, inputs;
  for (const canonical::Input &input : made.inputs)
    inputs.push_back(llvm::json::Object{{"name", input.name}, {"key", input.key}});
  for (const canonical::Step &step : made.steps) {
    thresholds += step.rows * step.thresholds;
    steps.push_back(llvm::json::Object{{"key", step.key},
                                       {"node", step.node},
                                       {"rows", step.rows},
                                       {"thresholds", step.thresholds},
                                       {"out_scale", step.scale},
                                       {"out_bias", step.bias}});
  }
  session.out() << path << ": " << made.nodes << " nodes, " << made.steps.size()
                << " of them MultiThreshold with " << thresholds << " thresholds; sums reach "
                << made.largestSum << " of 16777215\n";
  session.object()["nodes"] = made.nodes;
  session.object()["thresholds"] = thresholds;
  session.object()["largest_sum"] = made.largestSum;
  session.object()["inputs"] = std::move(inputs);
  session.object()["steps"] = std::move(steps);
}

} // namespace

llvm::Error runCanonical(const CanonicalCommand &command, Session &session) {
  llvm::Expected<LoadedModel> loaded = loadModel(command.model, session);
  if (!loaded)
    return loaded.takeError();
  if (loaded->level != Level::Qonnx)
    return failure(ExitCode::Usage, "'" + command.model.path + "' is of level " + toString(loaded->level) +
                                        ": canonical needs the ONNX file or a module of level qonnx");
  PipelineOptions options;
  options.asWritten = true;
  if (llvm::Error error = lowerModel(*loaded, Level::Qint, options, session))
    return error;
  session.phase("canonical");
  llvm::Expected<canonical::Canonical> made = canonical::makeCanonical(*loaded->module, {DYADIC_VERSION});
  if (!made) {
    llvm::Error error = made.takeError();
    if (session.diagnostics().verdict() != Verdict::DoesNotFit)
      return error;
    llvm::consumeError(std::move(error));
    return failure(ExitCode::DoesNotFit, command.model.path + ": the canonical form does not fit float32");
  }
  if (llvm::Error error = writeFile(command.output, made->bytes))
    return error;
  session.endPhase();
  if (command.output == "-")
    return llvm::Error::success();
  summarise(*made, command.output, session);
  return llvm::Error::success();
}

} // namespace dyadic
