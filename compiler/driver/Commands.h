// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The commands, each with its options; one source file does each.
#pragma once
#include "compiler/Options.h"
#include "compiler/driver/Session.h"
#include <string>
#include <vector>

namespace dyadic {

/// MODEL and what decides its meaning.
struct ModelArguments {
  std::string path;
  ImportOptions options;
  bool batchGiven = false;
};

struct CheckCommand {
  ModelArguments model;
};
llvm::Error runCheck(const CheckCommand &command, Session &session);

struct CompileCommand {
  ModelArguments model;
  std::string output; // a folder, or with stopAfter a file
  CompileOptions options;
  bool unsafe = false; // what check-plat refuses is emitted all the same
  bool explainCopies = false;
  std::vector<std::string> io; // "input_0=user": whose memory a port lies in
};
llvm::Error runCompile(CompileCommand command, Session &session);

struct RunCommand {
  ModelArguments model;
  std::vector<std::string> inputs; // FILE.npy or NAME=FILE.npy
  std::string output;
  std::string codes; // empty: not asked for
  bool nearTies = false;
  std::string reference;      // codes of an executor to explain; empty: none
  std::optional<Level> level; // Qonnx, Float32 or Qint; none: qonnx, or qint for such a module
};
llvm::Error runRun(const RunCommand &command, Session &session);

struct ValidateCommand {
  ModelArguments model;
  std::vector<std::string> inputs;   // FILE.npy or NAME=FILE.npy
  std::vector<std::string> machines; // TARGET or TARGET@RUNNER; empty: host
  TargetOptions target;              // its name stays empty
  std::vector<std::string> expect;   // float outputs of another executor; empty: none
  std::string labels;                // empty: none
  std::vector<ImplementationRule> implementations;
  std::vector<model::TileRule> tiles;
  std::vector<std::string> io; // PORT=user|slot
  unsigned timeoutSeconds = 600;
  bool nearTies = false; // no samples: which thresholds float32 may decide otherwise
};
llvm::Error runValidate(const ValidateCommand &command, Session &session);

struct CanonicalCommand {
  ModelArguments model;
  std::string output; // a file
};
llvm::Error runCanonical(const CanonicalCommand &command, Session &session);

struct CheckCertificateCommand {
  ModelArguments model;
  std::string certificate;
};
llvm::Error runCheckCertificate(const CheckCertificateCommand &command, Session &session);

struct JudgeCommand {
  std::string folder;     // that compile wrote
  std::string targetFile; // as compile was given it; empty: a shipped target
};
llvm::Error runJudge(const JudgeCommand &command, Session &session);

struct TargetsCommand {
  TargetOptions target; // not given: list them
};
llvm::Error runTargets(const TargetsCommand &command, Session &session);

struct ReportCommand {
  ModelArguments model;
  CompileOptions options; // target and implementations
  std::string deadline;   // empty: none
  std::string csv, svg;   // files; empty: not asked for
};
llvm::Error runReport(ReportCommand command, Session &session);

struct ExploreCommand {
  ModelArguments model;
  CompileOptions options; // target and implementations
  std::vector<std::string> sweeps;
  std::string output;
  std::string shard; // "i/n"; empty: all points
  unsigned jobs = 0; // 0: as many as there are processors
};
llvm::Error runExplore(ExploreCommand command, Session &session);

struct MergeCommand {
  std::vector<std::string> folders;
  std::string output;
};
llvm::Error runMerge(const MergeCommand &command, Session &session);

} // namespace dyadic
