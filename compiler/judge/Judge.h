// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Holds an emitted plan against what a machine does with it, with nothing of passes/ but the machine's
// figures.
#pragma once
#include "compiler/judge/Memory.h"
#include "passes/model/Machine.h"

namespace dyadic::judge {

struct Verdict {
  std::vector<Fault> faults;
  int64_t transfers = 0, bytesMoved = 0, tiles = 0; ///< of one inference
};

/// Where everything lies: levels, alignments, lifetimes. Then two inferences, byte by byte.
llvm::Expected<Verdict> judge(const Plan &plan, const model::Machine &machine);

/// An emitted folder: the plan and the manifest it holds.
struct Folder {
  std::string name; ///< of the network
  Plan plan;
  std::string target, targetFileSha256;
  std::vector<std::string> overrides;
  std::vector<Fault>
      faults; ///< files that are not the ones of the manifest, offsets of the C that are not the plan's
};
llvm::Expected<Folder> readFolder(llvm::StringRef path);

// Parts of `judge`.
void judgePlaces(const Plan &plan, const model::Machine &machine, std::vector<Fault> &faults);
void walk(const Plan &plan, Memory &memory, Verdict &verdict);

} // namespace dyadic::judge
