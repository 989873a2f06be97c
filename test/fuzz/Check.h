// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes one network down the ladder in process, and holds every level against the one above.
#pragma once
#include "test/fuzz/Generate.h"
#include "test/fuzz/StepsInTiles.h"
#include "test/fuzz/Tiles.h"

namespace dyadic::fuzz {

/// What one run of the C must give: hashes of a tap's or an output's codes, by key.
using Expected = std::map<std::string, uint64_t>;

/// A network's C with the runs it is to make.
struct Emitted {
  std::string name;                         ///< prefix of its files and symbols
  std::map<std::string, std::string> files; ///< without the runtime's
  std::vector<bool> reals;                  ///< by input: the C quantises it in the first pass
  std::vector<std::string> inputs;          ///< by run: what the program reads
  std::vector<Expected> runs;
  size_t samples = 0; ///< runs of one pass
  int64_t arenaBytes = 0, inputPorts = 0, outputPorts = 0;
  bool tiled = false;
  bool far = false;         ///< some activations lie in L3
  std::set<StepCell> steps; ///< of layers that work tile by tile
};

enum class Fault { None, Limit, Refused, Evaluator, Qint, Certificate, C, Crash };

struct Checked {
  Fault fault = Fault::None;
  std::string what; ///< of the fault
  Emitted emitted;  ///< where there is none
  bool tables = false;
  std::optional<Tiles> tiles; ///< the machine that the network did fit, or that it failed for
};

struct CheckOptions {
  std::string name = "net";
  Implementation implementation = Implementation::Mac;
  bool certificate = false;
  int edges = 4; ///< pairs of samples to look for; none for a network that brings its samples
  uint64_t seed = 0;
  std::optional<Tiles> tiles; ///< what to begin with
};

/// The samples that were found are added to the network.
Checked check(Network &network, const CheckOptions &options);

/// The hash that drive.c makes of codes.
uint64_t hashOf(const int64_t *codes, size_t count, bool wide);

} // namespace dyadic::fuzz
