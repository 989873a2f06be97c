// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line while it is parsed: where options go, and what several commands share.
#pragma once
#include "compiler/driver/Commands.h"
#include "compiler/driver/TargetArguments.h"
#include <functional>

namespace dyadic {

/// Texts whose small languages are parsed after CLI11 is through, so that their errors go the way of all
/// others.
struct Texts {
  std::vector<std::string> inputs, dims, implementations, tiles;
  std::string level, stopAfter, selfTest, machines;
  int64_t batch = 0; // 0: not given
};

/// The options of every command while they are parsed, and the command that was chosen.
struct Line {
  Session::Settings settings;
  std::function<llvm::Error(Session &)> chosen;
  Texts texts;
  CheckCommand check;
  CompileCommand compile;
  RunCommand run;
  ValidateCommand validate;
  CanonicalCommand canonical;
  CheckCertificateCommand checkCertificate;
  JudgeCommand judge;
  TargetsCommand targets;
  ReportCommand report;
  ExploreCommand explore;
  MergeCommand merge;
  /// Options that name a file to write, - being standard output.
  std::vector<std::pair<CLI::Option *, const std::string *>> files;
};

void addJson(CLI::App &command, Line &line);
CLI::Option *addFile(CLI::App &command, Line &line, const char *name, std::string &value, const char *help);
/// Each file to write has a name of its own, and one thing at most goes to standard output.
llvm::Error checkFiles(const Line &line);
/// One argument each time: a list would swallow what follows.
CLI::Option *addRepeated(CLI::App &command, const char *name, std::vector<std::string> &values,
                         const char *help);
/// --input, --dim and --batch.
void addModelOptions(CLI::App &command, Texts &texts);
/// MODEL and these.
void addModel(CLI::App &command, ModelArguments &model, Texts &texts);
/// --tile.
void addTiles(CLI::App &command, Texts &texts);
/// --target, --target-file, --set, --impl and --tile.
void addMachine(CLI::App &command, CompileOptions &options, Texts &texts);

llvm::Error readModelOptions(const Texts &texts, ModelArguments &model);
llvm::Error readTiles(const Texts &texts, std::vector<model::TileRule> &rules);
llvm::Error readImplementations(const Texts &texts, std::vector<ImplementationRule> &rules);

void addReport(CLI::App &app, Line &line);
void addExplore(CLI::App &app, Line &line);
void addMerge(CLI::App &app, Line &line);

} // namespace dyadic
