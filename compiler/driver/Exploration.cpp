// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One lowered network for all points; a machine and a key for each.
#include "compiler/driver/Exploration.h"
#include "compiler/driver/Remedies.h"
#include "compiler/driver/Settled.h"
#include "compiler/output/OutputSet.h"
#include "compiler/report/Report.h"
#include "compiler/targets/Fields.h"
#include "compiler/targets/Units.h"
#include "dialects/plat/Plat.h"
#include "passes/tile/Searches.h"

namespace dyadic {
namespace {

using llvm::StringRef;

constexpr StringRef sourcesDigest =
#include "Sources.inc"
    ;

/// Everything that a description says, as text: what changes a point changes this.
class Describe : public targets::Fields {
public:
  std::string all;
  void section(StringRef key, bool, bool &present, llvm::function_ref<void()> body) override {
    if (!present)
      return;
    all += key.str() + "{";
    body();
    all += "}";
  }
  void text(StringRef key, bool, std::string &value) override { add(key, value); }
  void flag(StringRef key, bool &value) override { add(key, value ? "1" : "0"); }
  void number(StringRef key, int64_t, int64_t, bool, int64_t &value) override {
    add(key, std::to_string(value));
  }
  void figure(const targets::FigureField &field, std::optional<model::Real> &value) override {
    if (value)
      add(field.key, targets::exactText(value->value) + " " + toString(value->kind) + " " + value->source);
  }

private:
  void add(StringRef key, const std::string &value) { all += key.str() + "=" + value + "\n"; }
};

std::string printed(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os);
  return text;
}

std::string implementationOf(const explore::Plan &plan, size_t point) {
  std::vector<std::string> values = plan.grid.at(point);
  for (size_t i = 0; i < values.size(); ++i)
    if (plan.grid.axes()[i].path == explore::implAxis)
      return values[i];
  return "";
}

} // namespace

Exploration::Machine Exploration::machineOf(size_t point) const {
  TargetOptions options = command.options.target;
  std::vector<std::string> values = thePlan.grid.at(point);
  for (size_t i = 0; i < values.size(); ++i)
    if (thePlan.grid.axes()[i].path != explore::implAxis)
      options.overrides.push_back(thePlan.grid.axes()[i].path + "=" + values[i]);
  llvm::Expected<Target> target = loadTarget(options);
  if (!target)
    return {std::nullopt, llvm::toString(target.takeError()), ""};
  std::string multiplies =
      implementationOf(thePlan, point) + " " + std::to_string(target->machine.multiplyCycles());
  return {std::move(*target), "", std::move(multiplies)};
}

llvm::Error Exploration::lower(LoadedModel &model, const std::string &implementation, const Target &base,
                               const Target &target, Lowered &lowered) {
  CompileOptions options = command.options;
  if (!implementation.empty()) {
    llvm::Expected<ImplementationRule> rule = parseImplementationRule(implementation);
    if (!rule)
      return rule.takeError();
    options.implementations.insert(options.implementations.begin(), *rule); // the last match wins
  }
  LoadedModel copy;
  copy.module = model.module->clone();
  copy.level = model.level;
  if (llvm::Error error = settleCompile(copy, options, &base))
    return error;
  // A way to multiply that does not fit is a point like others; what keeps the model itself from it is none.
  mlir::ScopedDiagnosticHandler handler(&session.context(), [&](mlir::Diagnostic &diagnostic) {
    Report report = makeReport(diagnostic);
    if (implementation.empty() || report.severity != mlir::DiagnosticSeverity::Error ||
        report.verdict != Verdict::DoesNotFit)
      return mlir::failure();
    lowered.reports.push_back(std::move(report));
    return mlir::success();
  });
  if (llvm::Error error = lowerModel(copy, Level::Qint, pipelineFor(options, target), session)) {
    if (lowered.reports.empty())
      return error;
    llvm::consumeError(std::move(error));
  }
  lowered.tiles = options.tiles;
  lowered.digest = sha256(printed(*copy.module));
  lowered.module = std::move(copy.module);
  return llvm::Error::success();
}

std::string Exploration::keyOf(const Machine &machine, size_t point) {
  std::string text = "dyadic explore 2\n" DYADIC_VERSION "\n" + std::string(sourcesDigest) + "\n" +
                     thePlan.grid.name(point) + "\n";
  if (machine.target) {
    Describe description;
    Target copy = *machine.target;
    targets::describe(copy, description);
    text += lowered[machine.multiplies].digest + "\n" + description.all;
  } else {
    text += machine.why;
  }
  return sha256(text);
}

llvm::Error Exploration::prepare(explore::Grid grid) {
  thePlan.grid = std::move(grid);
  llvm::Expected<Target> base = loadTarget(command.options.target);
  if (!base)
    return base.takeError();
  thePlan.version = DYADIC_VERSION;
  thePlan.target = base->machine.name;
  thePlan.overrides = base->overrides;
  llvm::Expected<LoadedModel> model = loadModel(command.model, session);
  if (!model)
    return model.takeError();
  if (model->level == Level::Plat)
    return failure(ExitCode::Usage, "'" + command.model.path +
                                        "' is placed for one machine already; begin with the ONNX file, or "
                                        "with a module of compile --stop-after qint");
  for (size_t i = 0; i < thePlan.grid.size(); ++i) {
    machines.push_back(machineOf(i));
    const Machine &machine = machines.back();
    auto [it, fresh] = lowered.try_emplace(machine.multiplies);
    if (fresh && machine.target)
      if (llvm::Error error = lower(*model, implementationOf(thePlan, i), *base, *machine.target, it->second))
        return error;
  }
  session.phase("keys");
  for (size_t i = 0; i < thePlan.grid.size(); ++i)
    thePlan.keys.push_back(keyOf(machines[i], i));
  return llvm::Error::success();
}

explore::Point Exploration::infeasible(size_t point, const std::vector<Report> &reports,
                                       const std::string &why) const {
  explore::Point result{thePlan.keys[point], thePlan.grid.at(point), {}, {}, {}};
  for (const Report &report : reports) {
    if (report.severity != mlir::DiagnosticSeverity::Error)
      continue;
    StringRef message = report.message; // the op of the IR says nothing to people, the ONNX node does
    if (auto [op, rest] = message.split("' op "); op.starts_with("'plat.") && !rest.empty())
      message = rest;
    bool named = report.node.empty() || message.contains(report.node);
    explore::Obstacle obstacle{(named ? "" : "'" + report.node + "' ") + message.str(), {}};
    for (const Report &note : report.notes)
      if (StringRef fix = note.message; fix.consume_front("would fit with "))
        obstacle.fixes.push_back(fix.str());
    result.obstacles.push_back(std::move(obstacle));
  }
  if (auto [obstacle, fix] = StringRef(why).split("; would fit with "); !obstacle.empty()) {
    result.obstacles.push_back({obstacle.str(), {}});
    if (!fix.empty())
      result.fixes.push_back(fix.str());
  }
  return result;
}

llvm::Expected<explore::Point> Exploration::compute(size_t point) {
  const Machine &machine = machines[point];
  if (!machine.target)
    return infeasible(point, {}, machine.why);
  Lowered &network = lowered[machine.multiplies];
  if (!network.reports.empty())
    return infeasible(point, network.reports, "");
  std::vector<Report> reports;
  Verdict verdict = Verdict::DoesNotFit;
  mlir::ScopedDiagnosticHandler handler(&session.context(), [&](mlir::Diagnostic &diagnostic) {
    reports.push_back(makeReport(diagnostic));
    if (reports.back().severity == mlir::DiagnosticSeverity::Error &&
        reports.back().verdict != Verdict::DoesNotFit)
      verdict = reports.back().verdict;
    return mlir::success();
  });
  mlir::ModuleOp whole = *network.module;
  mlir::OwningOpRef<mlir::ModuleOp> module = whole.clone();
  CompileOptions options = command.options;
  options.tiles = network.tiles; // with what the module had on record
  PipelineOptions pipeline = pipelineFor(options, machine.target);
  pipeline.searches = std::make_shared<tile::Searches>(); // for what would fit
  if (mlir::failed(lowerTo(*module, Level::Plat, pipeline))) {
    if (verdict == Verdict::DoesNotFit) {
      explore::Point result = infeasible(point, reports, reports.empty() ? "no plan was found" : "");
      for (const Remedy &remedy : findRemedies(whole, pipeline))
        result.fixes.push_back(remedy.text());
      return result;
    }
    return failure(ExitCode::Rejected, thePlan.grid.name(point) + ": " + reports.front().message);
  }
  mlir::FailureOr<predict::Prediction> prediction =
      predict::predict(plat::networkOf(*module), machine.target->machine);
  if (mlir::failed(prediction))
    return failure(ExitCode::Rejected, thePlan.grid.name(point) + ": the plan does not run");
  if (llvm::Error error = checkFit(prediction->l2Bytes, machine.target->machine))
    return infeasible(point, {}, llvm::toString(std::move(error)));
  report::Report report = report::makeReport(*prediction, machine.target->machine);
  llvm::json::Object all = report::toJson(report);
  explore::Point result{thePlan.keys[point], thePlan.grid.at(point), {}, {}, {}};
  for (const char *part : {"layers", "totals", "latency"})
    result.prediction[part] = std::move(all[part]);
  return result;
}

} // namespace dyadic
