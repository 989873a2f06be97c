// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Faults of dyadic itself end with exit code 70 and a way to see them again; an interrupt ends with 130.
#pragma once

namespace dyadic {

/// Call once, first; keeps argv.
void installCrashHandlers(int argc, const char *const *argv);

/// What is being done, for the message; a literal or otherwise lasting text.
void setPhase(const char *phase);
const char *currentPhase();

/// What an interrupt leaves behind, a literal; null: say nothing.
void setInterruptNote(const char *note);

/// Prints the way to reproduce to stderr.
void printReproducer();

} // namespace dyadic
