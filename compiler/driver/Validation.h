// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One run of `dyadic validate`: what its steps hand to each other.
#pragma once
#include "compiler/driver/Samples.h"
#include "compiler/driver/ValidateReport.h"
#include "compiler/validate/Bench.h"
#include <set>

namespace dyadic {

/// One input of the network, of all samples.
struct Feed {
  std::string name;
  eval::Input forEvaluator;
  std::vector<float> reals; ///< where the C quantises them; else:
  validate::Integers codes;
  unsigned codeBytes = 1;
  size_t perSample = 0;
};

/// One run of the command: what it holds from step to step.
class Validation {
public:
  Validation(const ValidateCommand &command, Session &session) : command(command), session(session) {}
  llvm::Error run();

private:
  llvm::Error readSamples();
  llvm::Error readExpected();
  llvm::Expected<validate::Network> emitFor(const validate::Machine &machine);
  llvm::Error makeFeeds(const std::vector<mlir::Type> &containers, const std::vector<bool> &quantisers);
  llvm::Error makeTensors();
  std::string inputsOf(int64_t first, int64_t count) const;
  llvm::Error evaluate(validate::Bench &bench, validate::Chunk &chunk, uint64_t before);
  llvm::Error compareAll(validate::Bench &bench);
  llvm::Error score();
  llvm::Error verdict();
  std::vector<eval::Input> evaluatorInputs() const;
  void showProgress(uint64_t bytes);

  const ValidateCommand &command;
  Session &session;
  LoadedModel model;
  int64_t batch = 1, samples = 0;
  std::vector<eval::Input> given;
  std::vector<eval::Codes> givenCodes; ///< by argument
  std::vector<int64_t> labels;
  validate::Wanted wanted;
  std::vector<Feed> feeds;
  std::vector<validate::OutputMeaning> outputs;
  std::vector<unsigned> outputBytes;
  std::vector<bool> outputSigned;
  std::set<std::string> untapped; ///< keys of tensors that the C does not tap
  eval::Options options;
  std::optional<eval::Evaluator> evaluator;
  std::vector<int64_t> doubtful;                 ///< samples of runs that do not give the expected outputs
  std::vector<validate::Comparison> comparisons; ///< by machine
  ValidateReport report;
  int64_t bytesPerSample = 0; ///< of results, about
};

/// --near-ties.
llvm::Error listRobustness(const ModelArguments &arguments, Session &session);

} // namespace dyadic
