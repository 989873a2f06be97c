// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The emitted network as a program on each machine: built once, run as often as asked.
#pragma once
#include "compiler/validate/Machine.h"
#include <memory>

namespace dyadic::validate {

/// A network called net for one machine.
struct Network {
  std::map<std::string, std::string> files;
  HarnessPorts ports;
};

class Bench {
public:
  /// Compiles all of them, as many at a time as there are cores. `patience`: how long a program may go
  /// without a result.
  static llvm::Expected<Bench> build(std::vector<Machine> machines, std::vector<Network> networks,
                                     std::chrono::seconds patience,
                                     llvm::function_ref<void(double)> progress);

  const std::vector<Machine> &machines() const { return list; }
  /// Starts the programs; `inputs` is what each machine's program reads.
  llvm::Error start(llvm::ArrayRef<std::string> inputs);
  /// Between start and finish, to be called now and then: bytes of results so far, of all machines.
  llvm::Expected<uint64_t> poll();
  /// Waits, and gives each machine's results.
  llvm::Expected<std::vector<std::string>> finish(llvm::function_ref<void(uint64_t)> progress);

private:
  Bench(std::vector<Machine> machines, PrivateFolder work, std::chrono::seconds patience)
      : list(std::move(machines)), work(std::move(work)), patience(patience) {}
  llvm::Error compile(const std::vector<Network> &networks, llvm::function_ref<void(double)> progress);
  std::unique_ptr<Processes> processes(std::chrono::seconds limit) const;

  std::vector<Machine> list;
  PrivateFolder work;
  std::chrono::seconds patience;
  std::unique_ptr<Processes> running; ///< ended before `work` goes
};

} // namespace dyadic::validate
