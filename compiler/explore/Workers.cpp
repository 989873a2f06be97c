// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Forked workers take numbers from a counter in shared memory.
#include "compiler/explore/Workers.h"
#include "llvm/Support/raw_ostream.h"
#include <atomic>
#include <cerrno>
#include <new>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace dyadic::explore {
namespace {

struct Shared {
  std::atomic<size_t> next = 0, done = 0;
  std::atomic<bool> stop = false;
};

int codeOf(llvm::Error error, std::string &message) {
  int code = int(ExitCode::Internal);
  llvm::handleAllErrors(
      std::move(error),
      [&](const Failure &failure) {
        code = int(failure.code());
        message = failure.message();
      },
      [&](const llvm::ErrorInfoBase &other) { message = other.message(); });
  return code;
}

[[noreturn]] void serve(Shared &shared, size_t count, pid_t parent,
                        llvm::function_ref<llvm::Error(size_t)> work) {
  while (!shared.stop && getppid() == parent) {
    size_t number = shared.next++;
    if (number >= count)
      break;
    if (llvm::Error error = work(number)) {
      std::string message;
      int code = codeOf(std::move(error), message);
      shared.stop = true;
      llvm::errs() << "dyadic: error: " << message << '\n';
      _exit(code);
    }
    ++shared.done;
  }
  _exit(0);
}

} // namespace

llvm::Error runForked(size_t count, unsigned jobs, llvm::function_ref<llvm::Error(size_t)> work,
                      llvm::function_ref<void(size_t)> progress) {
  if (count == 0)
    return llvm::Error::success();
  void *memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return systemFailure("cannot share memory with", "workers", errno);
  auto *shared = new (memory) Shared;
  llvm::outs().flush();
  const pid_t parent = getpid();
  std::vector<pid_t> workers;
  int cannot = 0;
  for (size_t i = 0; i < std::min<size_t>(jobs, count); ++i) {
    pid_t pid = fork();
    if (pid == 0)
      serve(*shared, count, parent, work);
    if (pid < 0) {
      cannot = errno;
      break;
    }
    workers.push_back(pid);
  }
  int code = 0, signal = 0;
  for (size_t left = workers.size(); left > 0;) {
    progress(shared->done);
    for (pid_t &pid : workers) {
      int status = 0;
      if (pid == 0 || waitpid(pid, &status, WNOHANG) != pid)
        continue;
      pid = 0;
      --left;
      if (WIFSIGNALED(status))
        signal = WTERMSIG(status);
      else if (WEXITSTATUS(status) != 0)
        code = WEXITSTATUS(status);
      if (signal != 0 || code != 0)
        shared->stop = true;
    }
    if (left > 0)
      usleep(20000);
  }
  progress(shared->done);
  bool complete = shared->done == count;
  munmap(memory, sizeof(Shared));
  if (signal != 0)
    return failure(ExitCode::Internal, "a worker was ended by signal " + llvm::Twine(signal));
  if (code != 0)
    return failure(ExitCode(code), "a point could not be computed; the points finished before are kept");
  if (workers.empty())
    return systemFailure("cannot start", "a worker", cannot);
  if (!complete)
    return failure(ExitCode::Internal, "workers ended before their work");
  return llvm::Error::success();
}

} // namespace dyadic::explore
