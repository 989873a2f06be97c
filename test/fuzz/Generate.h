// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Draws a random valid network with its samples.
#pragma once
#include "compiler/eval/Evaluate.h"
#include "test/fuzz/Graph.h"
#include "test/fuzz/Tiles.h"
#include <memory>

namespace dyadic::fuzz {

struct Network {
  std::string bytes; ///< the ONNX file
  ImportOptions options;
  std::vector<std::string> specs; ///< the same on a command line: --input SPEC
  std::vector<eval::Input> inputs;
  std::set<Cell> cells;
  std::optional<Tiles> tiles;    ///< of a kept network: the machine it failed for
  std::vector<uint32_t> choices; ///< that lead here; empty for a network from a file
};

/// Network `seed` of the endless series, in which every operator meets every width and sign equally often.
Network generate(uint64_t seed);
/// The network that these choices lead to.
Network regenerate(std::vector<uint32_t> choices);

/// All cells of the table: pairs that can be met.
std::vector<Cell> allCells();

/// Samples for the inputs of a drawn network: zeros, both ends, alternating, at the steps' edges, random.
std::vector<eval::Input> drawSamples(Draws &d, const std::vector<Source> &sources, int64_t samples);

/// Adds samples, in pairs, between which one code of one quantiser flips and which differ in one element by
/// as little as can be: found by evaluating. `module` is the imported network.
llvm::Error addEdges(mlir::ModuleOp module, Network &network, uint64_t seed, int pairs);

} // namespace dyadic::fuzz
