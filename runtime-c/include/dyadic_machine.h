// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a tiled network asks of its machine: transfers between memories, caches handed over, a team of cores,
// the time. Each folder of ports implements it in one dyadic_machine.c.
#ifndef DYADIC_MACHINE_H
#define DYADIC_MACHINE_H

#include "dyadic_box.h"

DYADIC_BEGIN

// Status of every call that can fail; whatever is not 0 is a failure.
enum {
  DYADIC_MACHINE_OK = 0,
  DYADIC_MACHINE_REFUSED = 1, // asked for what the machine does not have; nothing was done
  DYADIC_MACHINE_FAILED = 2,  // the transfer engine reported an error
  DYADIC_MACHINE_TIMEOUT = 3  // the transfer engine did not finish in time
};

// Between which levels a transfer goes; where a machine has two memories in one, any of them serves.
typedef enum dyadic_direction {
  DYADIC_L3_TO_L2 = 0,
  DYADIC_L2_TO_L1 = 1,
  DYADIC_L1_TO_L2 = 2,
  DYADIC_L2_TO_L3 = 3
} dyadic_direction;

// One transfer at a time; memory of the caller, at a fixed address while it is in flight. All zero: idle. The
// fields are the port's.
typedef struct dyadic_transfer {
  struct dyadic_transfer *next;
  void *dst;
  const void *src;
  dyadic_box box;
  uint8_t direction;
  uint8_t state; // 0: idle
  uint8_t status;
  uint8_t plan; // of the host's schedule
  uint32_t ticket;
} dyadic_transfer;

// The controller is whoever calls net_run: it alone starts transfers, waits for them and forks, never from
// inside `work`. Several controllers, each with transfers of its own, may run at once where a port says so.

// Starts copying a box and returns; the box itself is copied now. Until dyadic_transfer_wait returns
//   - nobody writes the source, and nobody reads or writes the destination (nor, on a machine with caches,
//     the cache lines that hold its ends);
//   - `transfer` is not started again.
// Everything the controller and a finished team have written, and cleaned where there is a cache, is seen by
// the transfer. Transfers that are in flight together may finish in any order; one that reads what another
// writes is started after that one was waited for. Source and destination do not overlap; any alignment,
// unless the port says otherwise. A failure leaves nothing in flight; it is returned here and once more by
// the next wait.
int dyadic_transfer_start(dyadic_transfer *transfer, void *dst, const void *src, const dyadic_box *box,
                          dyadic_direction direction);

// Returns when the transfer is no longer in flight, with its status; 0 for one that was never started or
// already waited for. After a failure the destination's bytes are unspecified, and the port touches
// neither side any more. Every transfer is waited for, after a failure too, before its memory is given back.
int dyadic_transfer_wait(dyadic_transfer *transfer);

// The rules of a hand-over between the cores and the transfer engine, where the cores see memory through a
// cache that transfers go past; elsewhere they do nothing. The compiler puts them where they are due:
// transfers do none of it by themselves. Bytes from `first` on, in whole lines of the cache, which nobody
// else's bytes share. clean: what the cores wrote goes to memory; before a transfer reads or writes there.
void dyadic_cache_clean(const void *first, uint32_t bytes);
// invalidate: the cores' cache forgets the lines, in which nothing is left to clean; before the cores read
// what transfers wrote.
void dyadic_cache_invalidate(void *first, uint32_t bytes);

typedef void (*dyadic_work)(void *argument, uint32_t core);

// Runs work(argument, core) for core = 0 .. cores - 1 and returns when all are done. What the controller
// wrote before is seen by every core, what the cores wrote is seen by the controller afterwards. Not 0: the
// machine has not that many cores, and no work was done. cores == 0 does nothing.
int dyadic_team_fork(uint32_t cores, dyadic_work work, void *argument);

// Inside work only, by all cores of the team: nobody goes on before all have come, and what each wrote before
// is seen by all after it. A port that runs the cores one after the other has no barrier (ports/README.md).
void dyadic_barrier(void);

// The number of the calling core inside work, 0 elsewhere.
uint32_t dyadic_core_id(void);

// A free-running counter that wraps, the same for all cores, and how often it counts in a second (0:
// unknown).
uint32_t dyadic_now(void);
uint32_t dyadic_now_hz(void);

DYADIC_END

#endif
