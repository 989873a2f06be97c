// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Samples on the command line: which files, which inputs, which codes.
#pragma once
#include "compiler/driver/Load.h"
#include "compiler/eval/Evaluate.h"

namespace dyadic {

/// FILE.npy, or NAME=FILE.npy; both parts may hold '='.
llvm::Expected<eval::Input> readInput(const std::string &argument);

/// All that `arguments` name; a .npz names its inputs itself.
llvm::Expected<std::vector<eval::Input>> readInputs(const std::vector<std::string> &arguments);

/// Keeps the first `samples` samples.
void cutSamples(eval::Input &input, int64_t samples);

/// One array per input of the network, samples first, as its caller gives them; `model` is of any level.
llvm::Expected<std::vector<eval::Codes>> codesOfInputs(const LoadedModel &model,
                                                       const std::vector<eval::Input> &inputs);

} // namespace dyadic
