// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What every command shares: context, diagnostics, phases, and where results go.
#pragma once
#include "compiler/Failure.h"
#include "compiler/driver/Diagnostics.h"
#include <chrono>
#include <memory>
#include <optional>

namespace dyadic {

class Session {
public:
  struct Settings {
    bool json = false;   // one object on stdout instead of text
    bool timing = false; // phases and their times at the end
  };
  explicit Session(Settings settings);
  ~Session();

  bool json() const { return settings.json; }
  /// Results for people; goes nowhere with --json.
  llvm::raw_ostream &out();
  /// The object that --json prints; commands add their keys.
  llvm::json::Object &object() { return result; }

  mlir::MLIRContext &context() { return *mlirContext; }
  Diagnostics &diagnostics() { return *reports; }

  /// From now on this is being done: the progress line on a terminal, the time of --timing, the message of a
  /// crash. `name` is a literal.
  void phase(const char *name);
  /// How much of the phase is done, 0 to 1: a bar in the progress line.
  void progress(double share);
  /// Nothing is being done any more: the progress line goes, so that results can be printed.
  void endPhase();

  /// Prints the error or the object and flushes; returns what the program ends with.
  ExitCode finish(llvm::Error error);

private:
  void clearLine();

  Settings settings;
  llvm::json::Object result;
  std::unique_ptr<mlir::MLIRContext> mlirContext;
  std::unique_ptr<Diagnostics> reports;
  struct Lap {
    const char *name;
    double seconds;
  };
  std::vector<Lap> laps;
  const char *running = nullptr;
  std::chrono::steady_clock::time_point since;
  bool lineShown = false;
  int shownPercent = -1;
};

} // namespace dyadic
