// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A target and the machine that runs its code: how a network's C becomes a program, and how that is run.
#pragma once
#include "compiler/output/PrivateFolder.h"
#include "compiler/targets/Targets.h"
#include "compiler/validate/Process.h"
#include <map>

namespace dyadic::validate {

/// Paths are absolute.
struct Machine {
  std::string name;             ///< as --on has it; of its folder too
  Target target;                ///< what the network is compiled for
  Target runner;                ///< whose tools and port make the program; often the same
  std::string compiler;         ///< its linker is the compiler where that is empty
  std::string linker, emulator; ///< emulator empty: programs run as they are
};

/// The named machines, each with its tools; an error that names every missing tool and its package. A name is
/// TARGET, or TARGET@RUNNER where another machine runs the target's plan: host runs those of targets that no
/// emulator is known for. `changes` are of every target; with a file, that is the target and names are of
/// runners.
llvm::Expected<std::vector<Machine>> findMachines(llvm::ArrayRef<std::string> names,
                                                  const TargetOptions &changes);

/// What the harness must know of a network's edge.
struct HarnessPorts {
  std::vector<bool> inputIsReal; ///< the network's own quantiser makes the codes
  size_t outputs = 0;
  std::vector<std::string> user; ///< "input_0", "output_1": what lies in memory that the harness binds
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
