// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks networks in processes of their own: a crash or a hang is a fault like any other.
#pragma once
#include "test/fuzz/Program.h"
#include <functional>

namespace dyadic::fuzz {

struct Finding {
  uint64_t seed = 0;
  Fault fault = Fault::None;
  std::string what;
};

struct Report {
  std::vector<Finding> findings;      ///< limits among them
  std::vector<Cell> cells;            ///< one entry for each network that meets a cell
  std::map<StepCell, uint64_t> steps; ///< networks
  uint64_t networks = 0, tables = 0, certificates = 0, runs = 0, tiled = 0, far = 0, failures = 0;
};

struct Plan {
  Machine machine;
  std::string folder;             ///< to work in
  std::string kept;               ///< stems of kept networks instead of seeds, or empty
  std::vector<std::string> stems; ///< of kept networks; then seeds are indices
  int batch = 40, jobs = 2;
  bool stop = false;      ///< begin no more once one failed
  bool tiled = false;     ///< on machines with little room, drawn by seed
  uint64_t certified = 0; ///< certificates of networks below are held against their models
};

/// Networks first .. first + count - 1.
Report checkAll(const Plan &plan, uint64_t first, uint64_t count,
                const std::function<void(const Report &)> &progress);

/// What is wrong with one network, on its own.
Finding checkOne(const Plan &plan, const std::function<Network()> &make, uint64_t seed);

} // namespace dyadic::fuzz
