// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Other programs, several at once: argument vectors, never a shell; none outlives this one.
#pragma once
#include "llvm/Support/Error.h"
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace dyadic::validate {

struct Job {
  std::vector<std::string> arguments; ///< the program's absolute path first
  std::string folder;                 ///< where it runs
  std::string log;                    ///< a file for what it says, on either stream
  std::string result;                 ///< a file that grows while it works; empty: none is watched
};

struct Ending {
  bool ended = false;
  bool stuck = false; ///< ended by us: nothing new in `result` for too long
  int code = 0;       ///< exit code, or 128 + signal
  bool good() const { return ended && !stuck && code == 0; }
};

/// Runs up to `slots` jobs at a time, in their order. Jobs are process groups of their own, with an empty
/// standard input; the destructor ends what still runs.
class Processes {
public:
  Processes(unsigned slots, std::chrono::seconds patience, std::string temporary)
      : slots(slots), patience(patience), temporary(std::move(temporary)) {}
  Processes(const Processes &) = delete;
  Processes &operator=(const Processes &) = delete;
  ~Processes();

  /// The job's number.
  size_t add(Job job);
  /// Starts and reaps what it can without waiting. False once all have ended.
  llvm::Expected<bool> poll();
  /// Polls until all have ended; `between` is called now and then.
  llvm::Error wait(llvm::function_ref<void()> between);
  const Ending &ending(size_t job) const { return all[job].ending; }
  /// Bytes that all jobs' results hold so far.
  uint64_t resultBytes() const;

private:
  struct Run {
    Job job;
    Ending ending;
    int pid = 0; ///< 0: not started, or ended
    size_t slot = 0;
    uint64_t seen = 0; ///< bytes of the result
    std::chrono::steady_clock::time_point since;
  };
  llvm::Error start(Run &run);
  void reap(Run &run);

  unsigned slots;
  std::chrono::seconds patience;
  std::string temporary; ///< TMPDIR of the jobs
  std::vector<Run> all;
};

/// For a signal handler: ends all running jobs and waits for them. Async-signal-safe.
void endProcesses();

} // namespace dyadic::validate
