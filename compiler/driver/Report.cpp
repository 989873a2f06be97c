// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic report`: what a network will take on a machine, from the placed module.
#include "compiler/report/Report.h"
#include "compiler/driver/Place.h"
#include "compiler/driver/Settled.h"
#include "compiler/output/OutputSet.h"
#include "compiler/report/Amounts.h"
#include "dialects/plat/Plat.h"

namespace dyadic {
namespace {

llvm::Expected<std::optional<model::Rational>> readDeadline(const std::string &text) {
  if (text.empty())
    return std::nullopt;
  llvm::Expected<model::Rational> seconds = report::parseDuration(text);
  if (!seconds)
    return failure(ExitCode::Usage, "--deadline " + llvm::toString(seconds.takeError()));
  return std::optional(std::move(*seconds));
}

llvm::Error needClock(const std::optional<model::Rational> &deadline, const std::optional<Target> &target) {
  if (!deadline || !target || target->machine.clockHz)
    return llvm::Error::success();
  return failure(ExitCode::Usage, "--deadline: the clock of " + target->machine.name +
                                      " is not stated, and without it cycles are no time; add --set "
                                      "clock_hz=100MHz with the clock of your machine");
}

llvm::Error writeFiles(const ReportCommand &command, const report::Report &report) {
  if (!command.csv.empty())
    if (llvm::Error error = writeFile(command.csv, report::toCsv(report)))
      return error;
  return command.svg.empty() ? llvm::Error::success() : writeFile(command.svg, report::toSvg(report));
}

} // namespace

llvm::Error runReport(ReportCommand command, Session &session) {
  CompileOptions &options = command.options;
  llvm::Expected<std::optional<model::Rational>> deadline = readDeadline(command.deadline);
  if (!deadline)
    return deadline.takeError();
  std::optional<Target> target;
  if (llvm::Error error = findTarget(options.target, target))
    return error;
  if (llvm::Error error = needClock(*deadline, target))
    return error;
  llvm::Expected<LoadedModel> loaded = loadModel(command.model, session);
  if (!loaded)
    return loaded.takeError();
  if (llvm::Error error = settleCompile(*loaded, options, target ? &*target : nullptr))
    return error;
  if (llvm::Error error = needTarget(options, loaded->level, Level::Plat))
    return error;
  if (llvm::Error error = findTarget(options.target, target)) // with what the module had on record
    return error;
  if (llvm::Error error = needClock(*deadline, target))
    return error;
  if (llvm::Error error = lowerModel(*loaded, Level::Plat, pipelineFor(options, target), session))
    return error;

  session.phase("predict");
  plat::NetworkOp network = plat::networkOf(*loaded->module);
  mlir::FailureOr<predict::Prediction> prediction = predict::predict(network, target->machine);
  if (mlir::failed(prediction))
    return failure(ExitCode::Rejected, "the plan does not run on " + target->machine.name);
  if (llvm::Error error = checkFit(prediction->l2Bytes, target->machine))
    return error;
  report::Report report = report::makeReport(*prediction, target->machine);
  report.overrides = target->overrides;
  if (*deadline)
    report::judge(report, **deadline);
  if (llvm::Error error = writeFiles(command, report))
    return error;
  session.endPhase();
  session.object() = report::toJson(report);
  if (command.csv != "-" && command.svg != "-")
    report::printText(report, session.out());
  if (report.deadline && !report.deadline->met)
    return failure(
        ExitCode::DoesNotFit,
        "misses the deadline: " + report::shownDuration(report.seconds(report.steady.total()).value_or(0)) +
            " (estimate), allowed are " +
            report::shownDuration(model::nearestDouble(report.deadline->seconds)));
  return llvm::Error::success();
}

} // namespace dyadic
