// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line as interface.md has it; every mistake in it ends with exit code 2.
#include "compiler/driver/CommandLine.h"
#include "compiler/driver/Commands.h"
#include "compiler/driver/Terminal.h"
#include <CLI/CLI.hpp>
#include <functional>

namespace dyadic {
namespace {

/// The options of every command while they are parsed, and the command that was chosen.
struct Line {
  Session::Settings settings;
  std::function<llvm::Error(Session &)> chosen;
  TargetsCommand targets;
};

void addJson(CLI::App &command, Line &line) {
  command.add_flag("--json", line.settings.json, "print one JSON object on standard output instead of text");
}

void addTargets(CLI::App &app, Line &line) {
  CLI::App *command =
      app.add_subcommand("targets", "list the machines that code can be made for, or explain one");
  command->add_option("TARGET", line.targets.target, "the target to explain");
  addJson(*command, line);
  command->footer("Examples:\n  dyadic targets\n  dyadic targets cortex-m4 --json");
  command->callback(
      [&line] { line.chosen = [&line](Session &session) { return runTargets(line.targets, session); }; });
}

} // namespace

ExitCode runCommandLine(int argc, const char *const *argv) {
  Line line;
  CLI::App app("dyadic: from quantised neural networks (QONNX) to exact C99 for microcontrollers", "dyadic");
  app.set_version_flag("--version", "dyadic " DYADIC_VERSION);
  app.require_subcommand(1);
  app.footer("dyadic COMMAND --help tells more, with examples.\n"
             "Exit codes: 0 ok, 1 model rejected, 2 usage, 3 does not fit, 4 mismatch, 5 disk or permission, "
             "70 internal\n"
             "error, 130 interrupted.");
  addTargets(app, line);
  if (argc > 1 && argv[1][0] != '-' && argv[1][0] != '\0' &&
      app.get_subcommands([&](CLI::App *command) { return command->check_name(argv[1]); }).empty()) {
    llvm::errs() << "dyadic: " << tinted(Tint::Error, "error") << ": there is no command '" << argv[1]
                 << "'\ntry: dyadic --help\n";
    return ExitCode::Usage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    // CLI11 tells help and version through the same exception, with exit code 0.
    if (error.get_exit_code() == 0)
      return app.exit(error) == 0 ? ExitCode::Ok : ExitCode::Internal;
    const CLI::App *at = &app;
    for (const CLI::App *command : app.get_subcommands())
      at = command;
    llvm::errs() << "dyadic: " << tinted(Tint::Error, "error") << ": " << error.what() << "\ntry: dyadic "
                 << (at == &app ? "" : at->get_name() + " ") << "--help\n";
    return ExitCode::Usage;
  }
  Session session(line.settings);
  return session.finish(line.chosen(session));
}

} // namespace dyadic
