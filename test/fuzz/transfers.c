// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stands between the networks and their machine (the linker's --wrap): lets the transfer that is asked for
// fail, and where the port has no schedules of its own, transfers come early and late by seed.
#include "drive.h"
#include "dyadic_machine.h"
#include "dyadic_port.h"
#include <string.h>

int __real_dyadic_transfer_start(dyadic_transfer *transfer, void *dst, const void *src, const dyadic_box *box,
                                 dyadic_direction direction);
int __real_dyadic_transfer_wait(dyadic_transfer *transfer);
int __wrap_dyadic_transfer_start(dyadic_transfer *transfer, void *dst, const void *src, const dyadic_box *box,
                                 dyadic_direction direction);
int __wrap_dyadic_transfer_wait(dyadic_transfer *transfer);

#ifdef FUZZ_HOST
#include "dyadic_host.h"

static void choose_schedule(uint32_t seed) {
  static const dyadic_host_mode modes[] = {DYADIC_HOST_LATE, DYADIC_HOST_MIXED, DYADIC_HOST_SHUFFLED,
                                           DYADIC_HOST_EARLY};
  dyadic_host_schedule(seed, modes[seed % 4u]);
}
static uint32_t draw_plan(void) { return 0u; }
#else
static uint32_t schedule;

static void choose_schedule(uint32_t seed) { schedule = seed; }
static uint32_t draw_plan(void) {
  schedule = schedule * 1664525u + 1013904223u;
  return (schedule >> 24) % 3u;
}
#endif

enum { PROMPT, EARLY, LATE };

// In flight for the network, not yet with the port.
typedef struct held {
  dyadic_transfer *transfer;
  void *dst;
  const void *src;
  dyadic_box box;
  dyadic_direction direction;
  int fails;
} held;
static held all[256];
static uint32_t holding;
static uint32_t started, fails_at;
static int refuses;

void fuzz_schedule(uint32_t seed) {
  choose_schedule(seed);
  started = fails_at = 0u;
}
void fuzz_fail(uint32_t at, int at_start) {
  fails_at = at;
  refuses = at_start;
}
uint32_t fuzz_started(void) { return started; }

static held *find(const dyadic_transfer *transfer) {
  for (uint32_t i = 0u; i < holding; ++i) {
    if (all[i].transfer == transfer) {
      return &all[i];
    }
  }
  return NULL;
}

// Whoever reads too early reads this.
static void poison(const dyadic_box *box, void *dst) {
  for (uint32_t p = 0u; p < box->planes; ++p) {
    for (uint32_t l = 0u; l < box->lines; ++l) {
      (void)memset((uint8_t *)dst + (size_t)p * box->dst_plane + (size_t)l * box->dst_line, 0xA5, box->bytes);
    }
  }
}

int __wrap_dyadic_transfer_start(dyadic_transfer *transfer, void *dst, const void *src, const dyadic_box *box,
                                 dyadic_direction direction) {
  ++started;
  const int fails = started == fails_at;
  const uint32_t plan = draw_plan();
  if (find(transfer) != NULL) {
    dyadic_port_put("a transfer is started while it is in flight\n");
    dyadic_port_exit(3);
  }
  if (fails || (plan == LATE && holding < sizeof all / sizeof all[0])) {
    const held begun = {transfer, dst, src, *box, direction, fails};
    all[holding++] = begun;
    poison(box, dst);
    return fails && refuses ? DYADIC_MACHINE_FAILED : DYADIC_MACHINE_OK;
  }
  const int status = __real_dyadic_transfer_start(transfer, dst, src, box, direction);
  return status == 0 && plan == EARLY ? __real_dyadic_transfer_wait(transfer) : status;
}

int __wrap_dyadic_transfer_wait(dyadic_transfer *transfer) {
  held *found = find(transfer);
  if (found != NULL) {
    const held begun = *found;
    *found = all[--holding];
    const int status = begun.fails ? DYADIC_MACHINE_FAILED
                                   : __real_dyadic_transfer_start(transfer, begun.dst, begun.src, &begun.box,
                                                                  begun.direction);
    if (status != 0) {
      return status;
    }
  }
  return __real_dyadic_transfer_wait(transfer);
}
