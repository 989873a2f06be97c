// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// posix_spawn, process groups, and a list of them that a signal handler may walk.
#include "compiler/validate/Process.h"
#include "compiler/Failure.h"
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char **environ;

namespace dyadic::validate {
namespace {

constexpr size_t mostRunning = 64;
std::atomic<pid_t> running[mostRunning];

/// While it lives, no signal comes between a start and its entry in `running`.
class SignalsHeld {
public:
  SignalsHeld() {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
  }
  ~SignalsHeld() { sigprocmask(SIG_SETMASK, &before, nullptr); }
  SignalsHeld(const SignalsHeld &) = delete;
  SignalsHeld &operator=(const SignalsHeld &) = delete;
  sigset_t before = {};
};

uint64_t sizeOf(const std::string &path) {
  struct stat status = {};
  return !path.empty() && stat(path.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

/// This program's environment with another TMPDIR.
std::vector<std::string> environmentWith(const std::string &temporary) {
  std::vector<std::string> list;
  for (char **entry = environ; *entry != nullptr; ++entry)
    if (!llvm::StringRef(*entry).starts_with("TMPDIR="))
      list.emplace_back(*entry);
  list.push_back("TMPDIR=" + temporary);
  return list;
}

std::vector<char *> pointersTo(std::vector<std::string> &texts) {
  std::vector<char *> list;
  for (std::string &text : texts)
    list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

} // namespace

void endProcesses() {
  for (std::atomic<pid_t> &entry : running)
    if (pid_t pid = entry.exchange(0); pid > 0) {
      kill(-pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
}

Processes::~Processes() {
  for (Run &run : all)
    if (run.pid > 0) {
      kill(-run.pid, SIGKILL);
      waitpid(run.pid, nullptr, 0);
      running[run.slot] = 0;
    }
}

size_t Processes::add(Job job) {
  all.emplace_back();
  all.back().job = std::move(job);
  return all.size() - 1;
}

llvm::Error Processes::start(Run &run) {
  Job &job = run.job;
  auto free = std::find(std::begin(running), std::end(running), 0);
  run.slot = static_cast<size_t>(free - std::begin(running));
  std::vector<std::string> environment = environmentWith(temporary);
  std::vector<char *> arguments = pointersTo(job.arguments), variables = pointersTo(environment);
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, job.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                   0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  posix_spawn_file_actions_addchdir_np(&files, job.folder.c_str());
  int error = 0;
  {
    SignalsHeld held;
    sigset_t usual;
    sigemptyset(&usual);
    for (int signal : {SIGPIPE, SIGXFSZ}) // which this program ignores
      sigaddset(&usual, signal);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setsigmask(&attributes, &held.before);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    pid_t pid = 0;
    error = posix_spawn(&pid, arguments[0], &files, &attributes, arguments.data(), variables.data());
    if (error == 0) {
      run.pid = pid;
      running[run.slot] = pid;
    }
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  run.since = std::chrono::steady_clock::now();
  if (error != 0)
    return failure(ExitCode::Disk, "cannot start '" + job.arguments[0] + "': " + std::strerror(error));
  return llvm::Error::success();
}

void Processes::reap(Run &run) {
  int status = 0;
  pid_t found = waitpid(run.pid, &status, WNOHANG);
  if (found == 0) {
    auto now = std::chrono::steady_clock::now();
    if (uint64_t bytes = sizeOf(run.job.result); bytes != run.seen) {
      run.seen = bytes;
      run.since = now;
    }
    if (now - run.since < patience)
      return;
    run.ending.stuck = true;
    kill(-run.pid, SIGKILL);
    waitpid(run.pid, &status, 0);
  }
  running[run.slot] = 0;
  run.pid = 0;
  run.seen = sizeOf(run.job.result);
  run.ending.ended = true;
  run.ending.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

llvm::Expected<bool> Processes::poll() {
  size_t busy = 0;
  for (Run &run : all) {
    if (run.pid > 0)
      reap(run);
    busy += run.pid > 0;
  }
  bool open = busy > 0;
  for (Run &run : all) {
    if (run.ending.ended || run.pid > 0)
      continue;
    open = true;
    if (busy >= std::min<size_t>(slots, mostRunning))
      break;
    if (llvm::Error error = start(run))
      return error;
    ++busy;
  }
  return open;
}

llvm::Error Processes::wait(llvm::function_ref<void()> between) {
  for (;;) {
    llvm::Expected<bool> open = poll();
    if (!open)
      return open.takeError();
    if (!*open)
      return llvm::Error::success();
    between();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

uint64_t Processes::resultBytes() const {
  uint64_t bytes = 0;
  for (const Run &run : all)
    bytes += run.seen;
  return bytes;
}

} // namespace dyadic::validate
