// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The networks that tests share: those of test/networks, the digits example and, where DYADIC_MODELS is set,
// real ones.
#pragma once
#include "compiler/Options.h"
#include "compiler/eval/Evaluate.h"
#include "llvm/Support/JSON.h"
#include <string>
#include <vector>

namespace dyadic::test {

/// A network with its inputs, ready to import and run.
struct Network {
  std::string name, path;
  bool required = true; ///< false: dyadic may refuse it by name
  bool isLong = false;  ///< left to the long form of a test
  ImportOptions options;
  std::vector<eval::Input> inputs;
  std::vector<std::pair<std::string, std::string>> outputs; ///< name and file of what is stored
  std::string codes;                                        ///< the file of stored codes, all samples
};

/// test/networks/data/index.json, in its order. `folder` is that folder.
std::vector<std::string> networkNames(const std::string &folder);
Network loadNetwork(const std::string &folder, const std::string &name);

/// The real models of DYADIC_MODELS; empty where it is unset.
std::vector<std::string> modelNames();
Network loadModel(const std::string &name);

} // namespace dyadic::test
