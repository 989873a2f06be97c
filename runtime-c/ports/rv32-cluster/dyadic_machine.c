// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Harts that sleep until another one wakes them: a team of cores and a transfer engine, without atomic
// instructions.
#include "dyadic_machine.h"
#include "dyadic_cluster.h"

// Every word below has one writer; a reader sleeps until it changes. A software interrupt only ends the
// sleep: it is pending, never taken. One controller, hart 0, runs at a time.

enum { CORES = DYADIC_CLUSTER_CORES, ENGINE = CORES + 1, QUEUE = 16 };
enum { IDLE = 0, IN_FLIGHT = 1, DONE = 2 };

typedef volatile uint32_t word;

static struct {
  word called;   // written by the controller: how often this core was to work
  word finished; // written by the core: how often it has
  word arrived;  // written by the core: barriers it has come to in this fork
  word released; // written by core 0: barriers it may leave
  uint32_t barriers;
} cores[CORES];

static struct {
  dyadic_work work;
  void *argument;
  uint32_t cores;
} team;

static struct {
  dyadic_transfer *transfers[QUEUE];
  word put;   // written by the controller
  word taken; // written by the engine
} queue;

// Written by the hart when it is woken for the first time.
static word awake[ENGINE + 1];

static uint32_t hartId(void) {
  uint32_t hart;
  __asm("csrr %0, mhartid" : "=r"(hart));
  return hart;
}

// What this hart has read and written, memory or device, comes before what follows.
static void fence(void) { __asm volatile("fence iorw, iorw" ::: "memory"); }

static volatile uint32_t *interruptOf(uint32_t hart) {
  return (volatile uint32_t *)(uintptr_t)(DYADIC_CLINT + 4u * hart);
}

static void wake(uint32_t hart) {
  fence();
  *interruptOf(hart) = 1u;
}

// Whether the machine has this hart: a register that does not keep its bit belongs to none, or to one that
// was woken and has cleared it.
static int isThere(uint32_t hart) {
  if (awake[hart] == 0u) {
    wake(hart);
    fence();
    if ((*interruptOf(hart) & 1u) != 0u) {
      return 1;
    }
    fence();
  }
  return awake[hart] != 0u;
}

// Sleeps while (*at == value) == equal. The interrupt is cleared before the word is read: one that comes in
// between stays pending and ends the sleep at once.
static void sleepWhile(const word *at, uint32_t value, int equal) {
  const uint32_t me = hartId();
  for (;;) {
    *interruptOf(me) = 0u;
    fence();
    if ((*at == value) != equal) {
      break;
    }
    __asm volatile("wfi");
  }
  fence();
}

int dyadic_transfer_start(dyadic_transfer *transfer, void *dst, const void *src, const dyadic_box *box,
                          dyadic_direction direction) {
  if (transfer->ticket != IDLE) { // still in flight: its wait shall tell as well
    transfer->status = DYADIC_MACHINE_REFUSED;
    return DYADIC_MACHINE_REFUSED;
  }
  if (!isThere(ENGINE)) {
    return DYADIC_MACHINE_REFUSED;
  }
  transfer->dst = dst;
  transfer->src = src;
  transfer->box = *box;
  transfer->direction = (uint8_t)direction;
  transfer->status = DYADIC_MACHINE_OK;
  transfer->ticket = IN_FLIGHT;
  const uint32_t at = queue.put;
  sleepWhile(&queue.taken, at - QUEUE, 1); // the queue is full
  queue.transfers[at % QUEUE] = transfer;
  fence();
  queue.put = at + 1u;
  wake(ENGINE);
  return DYADIC_MACHINE_OK;
}

int dyadic_transfer_wait(dyadic_transfer *transfer) {
  if (transfer->ticket == IDLE) {
    return DYADIC_MACHINE_OK;
  }
  sleepWhile(&transfer->ticket, IN_FLIGHT, 1);
  transfer->ticket = IDLE;
  return transfer->status;
}

// No cache that transfers go past.
void dyadic_cache_clean(const void *first, uint32_t bytes) { (void)first, (void)bytes; }
void dyadic_cache_invalidate(void *first, uint32_t bytes) { (void)first, (void)bytes; }

int dyadic_team_fork(uint32_t count, dyadic_work work, void *argument) {
  if (count > CORES) {
    return DYADIC_MACHINE_REFUSED;
  }
  for (uint32_t core = 0u; core < count; ++core) {
    if (!isThere(core + 1u)) {
      return DYADIC_MACHINE_REFUSED;
    }
  }
  team.work = work;
  team.argument = argument;
  team.cores = count;
  for (uint32_t core = 0u; core < count; ++core) {
    cores[core].arrived = 0u;
    cores[core].released = 0u;
    cores[core].barriers = 0u;
  }
  fence();
  for (uint32_t core = 0u; core < count; ++core) {
    cores[core].called = cores[core].called + 1u;
    wake(core + 1u);
  }
  for (uint32_t core = 0u; core < count; ++core) {
    sleepWhile(&cores[core].finished, cores[core].called, 0);
  }
  return DYADIC_MACHINE_OK;
}

void dyadic_barrier(void) {
  const uint32_t me = dyadic_core_id();
  const uint32_t here = ++cores[me].barriers;
  fence();
  if (me != 0u) {
    cores[me].arrived = here;
    wake(1u);
    sleepWhile(&cores[me].released, here, 0);
    return;
  }
  for (uint32_t core = 1u; core < team.cores; ++core) {
    sleepWhile(&cores[core].arrived, here, 0);
  }
  for (uint32_t core = 1u; core < team.cores; ++core) {
    cores[core].released = here;
    wake(core + 1u);
  }
}

uint32_t dyadic_core_id(void) {
  const uint32_t hart = hartId();
  return hart >= 1u && hart <= CORES ? hart - 1u : 0u;
}

uint32_t dyadic_now(void) { return *(volatile uint32_t *)(uintptr_t)(DYADIC_CLINT + 0xBFF8u); }

uint32_t dyadic_now_hz(void) { return DYADIC_CLINT_HZ; }

static void runCore(uint32_t core) {
  for (uint32_t seen = 0u;; ++seen) {
    sleepWhile(&cores[core].called, seen, 1);
    team.work(team.argument, core);
    fence();
    cores[core].finished = seen + 1u;
    wake(0u);
  }
}

static void runEngine(void) {
  for (uint32_t at = 0u;; ++at) {
    sleepWhile(&queue.put, at, 1);
    dyadic_transfer *transfer = queue.transfers[at % QUEUE];
    dyadic_box_copy(&transfer->box, transfer->dst, transfer->src);
    fence();
    transfer->ticket = DONE;
    queue.taken = at + 1u;
    wake(0u);
  }
}

void dyadic_cluster_hart(uint32_t hart) {
  uint32_t pending;
  __asm volatile("csrs mie, %0" ::"r"(8u)); // software interrupts end wfi
  do {
    __asm volatile("wfi\n\tcsrr %0, mip" : "=r"(pending));
  } while ((pending & 8u) == 0u);
  if (hart <= ENGINE) {
    awake[hart] = 1u;
    fence();
  }
  if (hart <= CORES) {
    runCore(hart - 1u);
  } else if (hart == ENGINE) {
    runEngine();
  }
  for (;;) {
    __asm volatile("wfi");
  }
}
