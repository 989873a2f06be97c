// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Phases, colour, and the last words of a run.
#include "compiler/driver/Session.h"
#include "compiler/driver/Crash.h"
#include "compiler/driver/Terminal.h"
#include "llvm/Support/Format.h"
#include <algorithm>
#include <cstdlib>
#include <unistd.h>

namespace dyadic {

bool errorsOnTerminal() {
  static const bool yes = [] {
    const char *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) && !getenv("NO_COLOR") && terminal && llvm::StringRef(terminal) != "dumb";
  }();
  return yes;
}

std::string tinted(Tint tint, llvm::StringRef text) {
  if (!errorsOnTerminal())
    return text.str();
  const char *code = "0";
  switch (tint) {
  case Tint::Error:
    code = "1;31";
    break;
  case Tint::Warning:
    code = "1;35";
    break;
  case Tint::Note:
    code = "1;36";
    break;
  case Tint::Name:
    code = "1";
    break;
  case Tint::Good:
    code = "1;32";
    break;
  case Tint::Faint:
    code = "2";
    break;
  }
  return "\x1b[" + std::string(code) + "m" + text.str() + "\x1b[0m";
}

Session::Session(Settings settings) : settings(settings) {
  // One thread: the order of diagnostics and the memory taken are the same on every machine.
  mlirContext = std::make_unique<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
  mlirContext->printOpOnDiagnostic(false); // the listing shows the place
  reports = std::make_unique<Diagnostics>(*mlirContext, settings.json);
}

Session::~Session() = default;

llvm::raw_ostream &Session::out() { return settings.json ? llvm::nulls() : llvm::outs(); }

void Session::clearLine() {
  if (lineShown)
    llvm::errs() << "\r\x1b[K";
  lineShown = false;
}

void Session::endPhase() {
  clearLine();
  if (running)
    laps.push_back(
        {running, std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count()});
  running = nullptr;
}

void Session::phase(const char *name) {
  endPhase();
  setPhase(name);
  running = name;
  shownPercent = -1;
  since = std::chrono::steady_clock::now();
  if (errorsOnTerminal() && !settings.json) {
    llvm::errs() << "\r\x1b[K" << tinted(Tint::Faint, std::string(name) + " ...");
    lineShown = true;
  }
}

void Session::progress(double share) {
  int percent = static_cast<int>(100 * std::clamp(share, 0.0, 1.0));
  if (!running || !errorsOnTerminal() || settings.json || percent == shownPercent)
    return;
  constexpr int width = 30;
  std::string bar(static_cast<size_t>(percent * width / 100), '#');
  bar.resize(width, '.');
  llvm::errs() << "\r\x1b[K" << tinted(Tint::Faint, std::string(running) + " [" + bar + "] ") << percent
               << " %";
  shownPercent = percent;
  lineShown = true;
}

ExitCode Session::finish(llvm::Error error) {
  endPhase();
  ExitCode code = ExitCode::Ok;
  std::string message;
  llvm::handleAllErrors(
      std::move(error),
      [&](const Failure &failure) {
        code = failure.code();
        message = failure.message();
      },
      [&](const llvm::ErrorInfoBase &other) {
        code = ExitCode::Internal;
        message = other.message();
      });
  if (!message.empty() && !settings.json)
    llvm::errs() << "dyadic: " << tinted(Tint::Error, code == ExitCode::Internal ? "internal error" : "error")
                 << ": " << message << '\n';
  if (code == ExitCode::Internal)
    printReproducer();
  if (settings.timing) {
    double total = 0;
    llvm::json::Object times;
    for (const Lap &lap : laps) {
      total += lap.seconds;
      times[lap.name] = lap.seconds;
      if (!settings.json)
        llvm::errs() << llvm::format("%8.3f s  ", lap.seconds) << lap.name << '\n';
    }
    if (!settings.json)
      llvm::errs() << llvm::format("%8.3f s  total\n", total);
    result["timing_seconds"] = std::move(times);
  }
  if (settings.json) {
    result["exit_code"] = int(code);
    result["ok"] = code == ExitCode::Ok;
    if (!message.empty())
      result["error"] = llvm::json::fixUTF8(message);
    result["diagnostics"] = reports->toJson();
    llvm::outs() << llvm::formatv("{0:2}", llvm::json::Value(std::move(result))) << '\n';
  }
  llvm::outs().flush();
  if (llvm::outs().has_error()) {
    std::string why = llvm::outs().error().message();
    llvm::outs().clear_error();
    llvm::errs() << "dyadic: error: cannot write to standard output: " << why << '\n';
    if (code == ExitCode::Ok)
      code = ExitCode::Disk;
  }
  return code;
}

} // namespace dyadic
