// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The program dyadic.
#include "compiler/driver/CommandLine.h"
#include "compiler/driver/Crash.h"

int main(int argc, char **argv) {
  dyadic::installCrashHandlers(argc, argv);
  return int(dyadic::runCommandLine(argc, argv));
}
