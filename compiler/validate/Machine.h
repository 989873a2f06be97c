// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A target with its tools: how a network's C becomes a program there, and how that is run.
#pragma once
#include "compiler/output/PrivateFolder.h"
#include "compiler/targets/Targets.h"
#include "compiler/validate/Process.h"
#include <map>

namespace dyadic::validate {

/// Paths are absolute.
struct Machine {
  Target target;
  std::string compiler, emulator; ///< emulator empty: programs run as they are
};

/// The named machines, each with its tools; an error that names every missing tool and its package.
llvm::Expected<std::vector<Machine>> findMachines(llvm::ArrayRef<std::string> names);

/// What the harness must know of a network's edge.
struct HarnessPorts {
  std::vector<bool> inputIsReal; ///< the network's own quantiser makes the codes
  size_t outputs = 0;
};

/// Writes the ports of all machines, once.
llvm::Error writePorts(const PrivateFolder &work);
/// Writes an emitted network called net and the harness for one machine into the folder of its name.
llvm::Error writeSources(const PrivateFolder &work, const Machine &machine,
                         const std::map<std::string, std::string> &network, const HarnessPorts &ports);

/// Jobs that compile those sources; the link job comes once they have ended.
std::vector<Job> compileJobs(const PrivateFolder &work, const Machine &machine,
                             const std::map<std::string, std::string> &network);
Job linkJob(const PrivateFolder &work, const Machine &machine,
            const std::map<std::string, std::string> &network);
/// Runs the program on inputs.bin in the machine's folder; it writes results.bin there.
Job runJob(const PrivateFolder &work, const Machine &machine);

/// The first lines of a log that tell something, for a message.
std::string headOfLog(const std::string &path);

} // namespace dyadic::validate
