// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Signal handlers that use nothing but system calls and memory set aside before.
#include "compiler/driver/Crash.h"
#include "compiler/Failure.h"
#include "compiler/output/OutputSet.h"
#include "compiler/output/PrivateFolder.h"
#include "compiler/validate/Process.h"
#include "llvm/Support/ErrorHandling.h"
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <unistd.h>

namespace dyadic {
namespace {

std::atomic<const char *> phase = "start";
std::atomic<const char *> interruptNote = "nothing was written";
std::string commandLine;                // written once, before the handlers are installed
alignas(16) char handlerStack[1 << 16]; // a stack overflow leaves no other

void say(const char *text) {
  // Nothing can be done where stderr is gone.
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
}

/// What this program has begun elsewhere: other programs, files.
void cleanUp() {
  validate::endProcesses();
  removePartialOutput();
  removePrivateFolder();
}

[[noreturn]] void dieInternal(const char *what) {
  cleanUp();
  say("dyadic: internal error: ");
  say(what);
  say("\n");
  printReproducer();
  _exit(int(ExitCode::Internal));
}

void onFault(int signal) {
  dieInternal(signal == SIGSEGV   ? "segmentation fault"
              : signal == SIGBUS  ? "bus error"
              : signal == SIGFPE  ? "arithmetic fault"
              : signal == SIGILL  ? "illegal instruction"
              : signal == SIGABRT ? "aborted"
                                  : "a signal");
}

void onInterrupt(int) {
  cleanUp();
  if (const char *note = interruptNote) {
    say("\ndyadic: interrupted; ");
    say(note);
    say("\n");
  }
  _exit(int(ExitCode::Interrupted));
}

void onFatalError(void *, const char *reason, bool) { dieInternal(reason); }
void onOutOfMemory() { dieInternal("out of memory"); }
void onLlvmOutOfMemory(void *, const char *, bool) { onOutOfMemory(); }

void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_ONSTACK | int(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

/// As a shell reads it.
std::string quote(const char *argument) {
  std::string text = argument;
  if (!text.empty() &&
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_") ==
          std::string::npos)
    return text;
  std::string quoted = "'";
  for (char c : text)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

} // namespace

void setPhase(const char *text) { phase = text; }
const char *currentPhase() { return phase; }
void setInterruptNote(const char *text) { interruptNote = text; }

void printReproducer() {
  say("  while: ");
  say(phase);
  say("\n  version: " DYADIC_VERSION "\n  to reproduce:");
  say(commandLine.c_str());
  say("\n  please report this with the files that the command names\n");
}

void installCrashHandlers(int argc, const char *const *argv) {
  commandLine.clear();
  for (int i = 0; i < argc; ++i)
    commandLine += " " + (i == 0 ? std::string("dyadic") : quote(argv[i]));
  stack_t stack = {};
  stack.ss_sp = handlerStack;
  stack.ss_size = sizeof handlerStack;
  sigaltstack(&stack, nullptr);
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP})
    handle(signal, onFault);
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    handle(signal, onInterrupt);
  std::signal(SIGPIPE, SIG_IGN); // a closed pipe is a failing write, told like a full disk
  std::signal(SIGXFSZ, SIG_IGN); // so is a file beyond the user's limit
  llvm::install_fatal_error_handler(onFatalError);
  llvm::install_bad_alloc_error_handler(onLlvmOutOfMemory);
  std::set_new_handler(onOutOfMemory);
}

} // namespace dyadic
