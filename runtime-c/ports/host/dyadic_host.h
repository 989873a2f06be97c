// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What only the host port has: transfers that behave badly within the contract, by seed.
#ifndef DYADIC_HOST_H
#define DYADIC_HOST_H

#include "dyadic_machine.h"

DYADIC_BEGIN

// When and how transfers complete. In every mode but the first two the destination is filled with
// DYADIC_HOST_POISON when a transfer starts, so that whoever reads too early reads that.
typedef enum dyadic_host_mode {
  DYADIC_HOST_PROMPT = 0,   // by the transfer thread, in order, as soon as it can
  DYADIC_HOST_EARLY = 1,    // before dyadic_transfer_start returns
  DYADIC_HOST_LATE = 2,     // the source is read and the destination written only once it is waited for
  DYADIC_HOST_SHUFFLED = 3, // by the transfer thread, in any order, after any time
  DYADIC_HOST_FAILING = 4,  // shuffled; one in sixteen fails, at its start or at its end
  DYADIC_HOST_LOST = 5,     // shuffled; one in sixteen never arrives: waiting for it times out
  DYADIC_HOST_MIXED = 6     // each transfer early, late or shuffled
} dyadic_host_mode;

#define DYADIC_HOST_POISON 0xA5u

// Chooses a schedule for the transfers that start from now on, of all threads.
void dyadic_host_schedule(uint32_t seed, dyadic_host_mode mode);

// How many transfers have been started, and how many of them failed or were lost, since the last call of
// dyadic_host_schedule.
uint32_t dyadic_host_started(void);
uint32_t dyadic_host_failed(void);

// Ends the threads of the port, which the first fork and the first transfer start; exit does the same.
// Nothing is in flight and nobody forks meanwhile.
void dyadic_host_stop(void);

DYADIC_END

#endif
