// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One core; transfers by the core itself or by a DMA controller; its data cache, where the network hands
// over.
#include "dyadic_machine.h"
#include "dyadic_cortex_m.h"

enum { IDLE = 0, DONE = 1, IN_FLIGHT = 2 };

static const dyadic_dma *controller;

void dyadic_cortex_m_dma(const dyadic_dma *dma) { controller = dma; }

// What the controller has done, or not, is what the transfer's wait will tell.
static void finish(dyadic_transfer *t) {
  const int answer = controller->wait(controller->board, t, t->ticket);
  t->status = t->status != DYADIC_MACHINE_OK ? t->status : (uint8_t)answer;
  t->state = DONE;
}

static volatile uint32_t *wordAt(uintptr_t address) { return (volatile uint32_t *)address; }

#ifdef DYADIC_CACHE_LINE_BYTES

// Registers of the system control block: what is written to them is an address in the line that is meant.
#ifndef DYADIC_CACHE_CLEAN
#define DYADIC_CACHE_CLEAN(address) (*wordAt(0xE000EF68u) = (uint32_t)(address))
#define DYADIC_CACHE_INVALIDATE(address) (*wordAt(0xE000EF5Cu) = (uint32_t)(address))
#define DYADIC_CACHE_BARRIER() __asm volatile("dsb sy\n\tisb" ::: "memory")
#endif

DYADIC_STATIC_CHECK(a_cache_line_is_a_power_of_two,
                    (DYADIC_CACHE_LINE_BYTES & (DYADIC_CACHE_LINE_BYTES - 1)) == 0);

// Near memory, which no cache shadows: where L1 lies.
#ifndef DYADIC_TCM_FIRST
#define DYADIC_TCM_FIRST 0x20000000u
#define DYADIC_TCM_BYTES 0x00040000u
#endif

enum { CLEAN, INVALIDATE };

static int isNear(uintptr_t address) {
  return address - (uintptr_t)DYADIC_TCM_FIRST < (uintptr_t)DYADIC_TCM_BYTES;
}

static void maintain(uintptr_t from, uintptr_t bytes, int what) {
  const uintptr_t mask = (uintptr_t)DYADIC_CACHE_LINE_BYTES - 1u;
  if (isNear(from)) {
    return;
  }
  for (uintptr_t at = from & ~mask; at < from + bytes; at += DYADIC_CACHE_LINE_BYTES) {
    if (what == CLEAN) {
      DYADIC_CACHE_CLEAN(at);
    } else {
      DYADIC_CACHE_INVALIDATE(at);
    }
  }
}

static void maintainBox(const dyadic_box *box, uintptr_t first, uint32_t plane, uint32_t line, int what) {
  DYADIC_CACHE_BARRIER();
  for (uint32_t p = 0u; box->bytes != 0u && p < box->planes; ++p) {
    for (uint32_t l = 0u; l < box->lines; ++l) {
      maintain(first + (uintptr_t)p * plane + (uintptr_t)l * line, box->bytes, what);
    }
  }
  DYADIC_CACHE_BARRIER();
}

static dyadic_transfer *flying; // the youngest first

static void takesOff(dyadic_transfer *t) {
  t->next = flying;
  flying = t;
}

static void lands(const dyadic_transfer *t) {
  dyadic_transfer **at = &flying;
  while (*at != t) {
    at = &(*at)->next;
  }
  *at = t->next;
}

// What the controller left to the core looks to the network as if the controller had done it. Lines that the
// core writes whole may hold the end of what the controller is writing: that comes first.
static void copyInstead(const dyadic_transfer *t) {
  while (flying != NULL && !isNear((uintptr_t)t->dst)) {
    dyadic_transfer *const other = flying;
    lands(other);
    finish(other);
  }
  maintainBox(&t->box, (uintptr_t)t->src, t->box.src_plane, t->box.src_line, INVALIDATE);
  maintainBox(&t->box, (uintptr_t)t->dst, t->box.dst_plane, t->box.dst_line, INVALIDATE);
  dyadic_box_copy(&t->box, t->dst, t->src);
  maintainBox(&t->box, (uintptr_t)t->dst, t->box.dst_plane, t->box.dst_line, CLEAN);
}

static void maintainAll(uintptr_t first, uint32_t bytes, int what) {
  if (controller != NULL) { // else the core copies, and one cache is all there is
    DYADIC_CACHE_BARRIER();
    maintain(first, bytes, what);
    DYADIC_CACHE_BARRIER();
  }
}

void dyadic_cache_clean(const void *first, uint32_t bytes) { maintainAll((uintptr_t)first, bytes, CLEAN); }
void dyadic_cache_invalidate(void *first, uint32_t bytes) {
  maintainAll((uintptr_t)first, bytes, INVALIDATE);
}

// L1 behind the cache is handed over by nobody.
static int isRefused(const dyadic_transfer *t) {
  return (t->direction == DYADIC_L2_TO_L1 && !isNear((uintptr_t)t->dst)) ||
         (t->direction == DYADIC_L1_TO_L2 && !isNear((uintptr_t)t->src));
}

#else

static void takesOff(const dyadic_transfer *t) { (void)t; }
static void lands(const dyadic_transfer *t) { (void)t; }
static void copyInstead(const dyadic_transfer *t) { dyadic_box_copy(&t->box, t->dst, t->src); }
static int isRefused(const dyadic_transfer *t) { return (void)t, 0; }
void dyadic_cache_clean(const void *first, uint32_t bytes) { (void)first, (void)bytes; }
void dyadic_cache_invalidate(void *first, uint32_t bytes) { (void)first, (void)bytes; }

#endif

int dyadic_transfer_start(dyadic_transfer *transfer, void *dst, const void *src, const dyadic_box *box,
                          dyadic_direction direction) {
  if (controller == NULL) {
    dyadic_box_copy(box, dst, src);
    return DYADIC_MACHINE_OK;
  }
  if (transfer->state != IDLE) { // still in flight: its wait shall tell as well
    transfer->status = DYADIC_MACHINE_REFUSED;
    return DYADIC_MACHINE_REFUSED;
  }
  transfer->dst = dst;
  transfer->src = src;
  transfer->box = *box;
  transfer->direction = (uint8_t)direction;
  const int answer = isRefused(transfer) ? DYADIC_MACHINE_REFUSED
                                         : controller->start(controller->board, transfer, &transfer->ticket);
  if (answer == DYADIC_DMA_DECLINED) {
    copyInstead(transfer);
  }
  transfer->status = answer == DYADIC_DMA_DECLINED ? DYADIC_MACHINE_OK : (uint8_t)answer;
  transfer->state = answer == DYADIC_MACHINE_OK ? IN_FLIGHT : DONE;
  if (transfer->state == IN_FLIGHT) {
    takesOff(transfer);
  }
  return transfer->status;
}

int dyadic_transfer_wait(dyadic_transfer *transfer) {
  if (transfer->state == IDLE) {
    return DYADIC_MACHINE_OK;
  }
  if (transfer->state == IN_FLIGHT) {
    lands(transfer);
    finish(transfer);
  }
  transfer->state = IDLE;
  return transfer->status;
}

// A team of more than one is one core's work after another's: no barrier inside work then.
int dyadic_team_fork(uint32_t cores, dyadic_work work, void *argument) {
  for (uint32_t core = 0u; core < cores; ++core) {
    work(argument, core);
  }
  return DYADIC_MACHINE_OK;
}

void dyadic_barrier(void) {}

uint32_t dyadic_core_id(void) { return 0u; }

#ifdef DYADIC_CYCLE_COUNTER

uint32_t dyadic_now(void) { return *wordAt(DYADIC_CYCLE_COUNTER); }

#else

// The cycle counter of the DWT, started when it is first asked for.
uint32_t dyadic_now(void) {
  if ((*wordAt(0xE0001000u) & 1u) == 0u) {
    *wordAt(0xE000EDFCu) |= 1u << 24;   // trace on
    *wordAt(0xE0001FB0u) = 0xC5ACCE55u; // the M7's lock
    *wordAt(0xE0001000u) |= 1u;
  }
  return *wordAt(0xE0001004u);
}

#endif

uint32_t dyadic_now_hz(void) {
#ifdef DYADIC_CYCLE_COUNTER_HZ
  return DYADIC_CYCLE_COUNTER_HZ;
#else
  return 0u;
#endif
}
