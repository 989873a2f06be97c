// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A machine that any C99 compiler knows: transfers are copied when they start, the cores of a team work one
// after the other.
#include "dyadic_machine.h"

// Nothing is shared between callers, so any number of networks may run at once. There is no barrier inside
// work: a core that runs before another cannot wait for it.

int dyadic_transfer_start(dyadic_transfer *transfer, void *dst, const void *src, const dyadic_box *box,
                          dyadic_direction direction) {
  (void)transfer;
  (void)direction;
  dyadic_box_copy(box, dst, src);
  return DYADIC_MACHINE_OK;
}

int dyadic_transfer_wait(dyadic_transfer *transfer) {
  (void)transfer;
  return DYADIC_MACHINE_OK;
}

// No cache that transfers go past.
void dyadic_cache_clean(const void *first, uint32_t bytes) { (void)first, (void)bytes; }
void dyadic_cache_invalidate(void *first, uint32_t bytes) { (void)first, (void)bytes; }

int dyadic_team_fork(uint32_t cores, dyadic_work work, void *argument) {
  for (uint32_t core = 0u; core < cores; ++core) {
    work(argument, core);
  }
  return DYADIC_MACHINE_OK;
}

void dyadic_barrier(void) {}

uint32_t dyadic_core_id(void) { return 0u; }

uint32_t dyadic_now(void) { return 0u; }

uint32_t dyadic_now_hz(void) { return 0u; }
