// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The host as a cluster: one thread for each core of a team, one thread as the transfer engine.
#define _POSIX_C_SOURCE 200809L // NOLINT: the C library's own name, which asks it for POSIX

#include "dyadic_machine.h"
#include "dyadic_host.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Any number of threads may be controllers at once. They share the engine, which serves transfers one at a
// time, and the team, which works for one of them at a time.

enum { MAX_CORES = 64 };
enum { FAULT_ODDS = 16 }; // one transfer in so many fails or is lost
enum { MAX_DELAY = 8 };   // starts and waits of anybody that a shuffled transfer may sit out

enum { STATE_IDLE = 0, STATE_QUEUED, STATE_WANTED, STATE_MOVING, STATE_DONE };
enum { PLAN_PROMPT = 0, PLAN_EARLY, PLAN_LATE, PLAN_SHUFFLED, PLAN_REFUSE, PLAN_FAIL, PLAN_LOSE };

static struct {
  pthread_mutex_t lock; // of everything here and of the transfers in the queue
  pthread_cond_t changed;
  pthread_cond_t done;
  pthread_t thread;
  int running;
  int stopping;
  dyadic_transfer *queue; // in the order of their starts, linked by next
  uint64_t random;
  dyadic_host_mode mode;
  uint32_t started;
  uint32_t failed;
} engine = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

static struct {
  pthread_mutex_t turn; // held by the controller that the team works for
  pthread_mutex_t lock; // of everything below
  pthread_cond_t go;
  pthread_cond_t done;
  pthread_cond_t passed;
  pthread_t threads[MAX_CORES]; // of cores 1 and up; core 0 is the controller
  uint32_t size;                // threads and the controller
  uint32_t cores;               // of the fork under way, 0 when there is none
  uint32_t forks;
  uint32_t born[MAX_CORES]; // value of forks when the thread was created
  uint32_t left;            // cores that have not finished their work
  uint32_t waiting;
  uint32_t barriers;
  int stopping;
  dyadic_work work;
  void *argument;
} team = {.turn = PTHREAD_MUTEX_INITIALIZER,
          .lock = PTHREAD_MUTEX_INITIALIZER,
          .go = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER,
          .passed = PTHREAD_COND_INITIALIZER,
          .size = 1u};

static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static pthread_key_t coreKey;

static void prepare(void) {
  (void)pthread_key_create(&coreKey, NULL);
  (void)atexit(dyadic_host_stop);
}

// Below n; the caller holds the engine's lock.
static uint32_t draw(uint32_t n) {
  uint64_t z = engine.random += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return (uint32_t)((z ^ (z >> 31)) >> 32) % n;
}

static uint8_t drawPlan(void) {
  switch (engine.mode) {
  case DYADIC_HOST_PROMPT:
    return PLAN_PROMPT;
  case DYADIC_HOST_EARLY:
    return PLAN_EARLY;
  case DYADIC_HOST_LATE:
    return PLAN_LATE;
  case DYADIC_HOST_SHUFFLED:
    return PLAN_SHUFFLED;
  case DYADIC_HOST_FAILING:
    return draw(FAULT_ODDS) != 0u ? PLAN_SHUFFLED : draw(2u) != 0u ? PLAN_REFUSE : PLAN_FAIL;
  case DYADIC_HOST_LOST:
    return draw(FAULT_ODDS) != 0u ? PLAN_SHUFFLED : PLAN_LOSE;
  default:
    return (uint8_t)(PLAN_EARLY + draw(3u));
  }
}

static void poison(const dyadic_box *box, void *dst) {
  for (uint32_t p = 0u; p < box->planes; ++p) {
    for (uint32_t l = 0u; l < box->lines; ++l) {
      (void)memset((uint8_t *)dst + (size_t)p * box->dst_plane + (size_t)l * box->dst_line,
                   DYADIC_HOST_POISON, box->bytes);
    }
  }
}

static void unlinkTransfer(dyadic_transfer *transfer) {
  dyadic_transfer **link = &engine.queue;
  while (*link != transfer) {
    link = &(*link)->next;
  }
  *link = transfer->next;
  transfer->next = NULL;
}

// Every start and every wait brings the shuffled transfers closer to their turn.
static void age(void) {
  for (dyadic_transfer *t = engine.queue; t != NULL; t = t->next) {
    t->ticket -= t->ticket != 0u ? 1u : 0u;
  }
  (void)pthread_cond_broadcast(&engine.changed);
}

// Whether the engine may take a transfer now that nobody waits for.
static int isReady(const dyadic_transfer *t) {
  return t->plan == PLAN_PROMPT || ((t->plan == PLAN_SHUFFLED || t->plan == PLAN_FAIL) && t->ticket == 0u);
}

// The transfer that is served next, or null.
static dyadic_transfer *choose(void) {
  uint32_t ready = 0u;
  for (dyadic_transfer *t = engine.queue; t != NULL; t = t->next) {
    if (t->state == STATE_WANTED) {
      return t;
    }
    ready += isReady(t) ? 1u : 0u;
  }
  if (ready == 0u) {
    return NULL;
  }
  uint32_t skip = engine.mode == DYADIC_HOST_PROMPT ? 0u : draw(ready);
  for (dyadic_transfer *t = engine.queue;; t = t->next) {
    if (isReady(t) && skip-- == 0u) {
      return t;
    }
  }
}

static void *engineMain(void *nothing) {
  (void)pthread_mutex_lock(&engine.lock);
  while (!engine.stopping) {
    dyadic_transfer *t = choose();
    if (t == NULL) {
      (void)pthread_cond_wait(&engine.changed, &engine.lock);
      continue;
    }
    unlinkTransfer(t);
    t->state = STATE_MOVING;
    if (t->plan != PLAN_FAIL) {
      (void)pthread_mutex_unlock(&engine.lock);
      dyadic_box_copy(&t->box, t->dst, t->src);
      (void)pthread_mutex_lock(&engine.lock);
    } else {
      t->status = DYADIC_MACHINE_FAILED;
      ++engine.failed;
    }
    t->state = STATE_DONE;
    (void)pthread_cond_broadcast(&engine.done);
  }
  (void)pthread_mutex_unlock(&engine.lock);
  return nothing;
}

// 0 where the engine cannot run: the caller then copies.
static int engineRuns(void) {
  if (!engine.running) {
    (void)pthread_once(&prepared, prepare);
    engine.running = pthread_create(&engine.thread, NULL, engineMain, NULL) == 0;
  }
  return engine.running;
}

int dyadic_transfer_start(dyadic_transfer *transfer, void *dst, const void *src, const dyadic_box *box,
                          dyadic_direction direction) {
  (void)pthread_mutex_lock(&engine.lock);
  if (transfer->state != STATE_IDLE) { // still in flight: its wait shall tell as well
    transfer->status = DYADIC_MACHINE_REFUSED;
    (void)pthread_mutex_unlock(&engine.lock);
    return DYADIC_MACHINE_REFUSED;
  }
  const uint8_t plan = drawPlan();
  const uint32_t delay = draw(MAX_DELAY);
  const dyadic_transfer begun = {NULL, dst,  src, *box, (uint8_t)direction, STATE_DONE, DYADIC_MACHINE_OK,
                                 plan, delay};
  *transfer = begun;
  ++engine.started;
  const int bad = engine.mode != DYADIC_HOST_PROMPT && engine.mode != DYADIC_HOST_EARLY;
  (void)pthread_mutex_unlock(&engine.lock);
  if (bad) {
    poison(box, dst);
  }
  if (begun.plan == PLAN_EARLY) {
    dyadic_box_copy(box, dst, src);
  }

  (void)pthread_mutex_lock(&engine.lock);
  if (begun.plan == PLAN_REFUSE) {
    transfer->status = DYADIC_MACHINE_FAILED;
    ++engine.failed;
  } else if (begun.plan != PLAN_EARLY && engineRuns()) {
    transfer->state = STATE_QUEUED;
    dyadic_transfer **end = &engine.queue;
    while (*end != NULL) {
      end = &(*end)->next;
    }
    *end = transfer;
  } else if (begun.plan != PLAN_EARLY) {
    dyadic_box_copy(box, dst, src);
  }
  age();
  const int status = transfer->status;
  (void)pthread_mutex_unlock(&engine.lock);
  return status;
}

int dyadic_transfer_wait(dyadic_transfer *transfer) {
  (void)pthread_mutex_lock(&engine.lock);
  if (transfer->state == STATE_QUEUED && transfer->plan == PLAN_LOSE) {
    unlinkTransfer(transfer);
    transfer->state = STATE_DONE;
    transfer->status = DYADIC_MACHINE_TIMEOUT;
    ++engine.failed;
  }
  if (transfer->state == STATE_QUEUED) {
    transfer->state = STATE_WANTED;
  }
  age();
  while (transfer->state != STATE_DONE && transfer->state != STATE_IDLE) {
    (void)pthread_cond_wait(&engine.done, &engine.lock);
  }
  const int status = transfer->state == STATE_IDLE ? DYADIC_MACHINE_OK : transfer->status;
  transfer->state = STATE_IDLE;
  (void)pthread_mutex_unlock(&engine.lock);
  return status;
}

void dyadic_host_schedule(uint32_t seed, dyadic_host_mode mode) {
  (void)pthread_mutex_lock(&engine.lock);
  engine.random = seed;
  engine.mode = mode;
  engine.started = 0u;
  engine.failed = 0u;
  (void)pthread_mutex_unlock(&engine.lock);
}

uint32_t dyadic_host_started(void) {
  (void)pthread_mutex_lock(&engine.lock);
  const uint32_t n = engine.started;
  (void)pthread_mutex_unlock(&engine.lock);
  return n;
}

uint32_t dyadic_host_failed(void) {
  (void)pthread_mutex_lock(&engine.lock);
  const uint32_t n = engine.failed;
  (void)pthread_mutex_unlock(&engine.lock);
  return n;
}

// One core of the team from its first fork to the end.
static void *coreMain(void *number) {
  const uint32_t core = (uint32_t)(uintptr_t)number;
  (void)pthread_setspecific(coreKey, number);
  (void)pthread_mutex_lock(&team.lock);
  uint32_t seen = team.born[core];
  for (;;) {
    while (!team.stopping && (team.forks == seen || core >= team.cores)) {
      seen = team.forks;
      (void)pthread_cond_wait(&team.go, &team.lock);
    }
    if (team.stopping) {
      break;
    }
    seen = team.forks;
    (void)pthread_mutex_unlock(&team.lock);
    team.work(team.argument, core);
    (void)pthread_mutex_lock(&team.lock);
    if (--team.left == 0u) {
      (void)pthread_cond_signal(&team.done);
    }
  }
  (void)pthread_mutex_unlock(&team.lock);
  return NULL;
}

// The caller holds both locks.
static int grow(uint32_t cores) {
  (void)pthread_once(&prepared, prepare);
  while (team.size < cores) {
    team.born[team.size] = team.forks;
    if (pthread_create(&team.threads[team.size], NULL, coreMain, (void *)(uintptr_t)team.size) != 0) {
      return 0;
    }
    ++team.size;
  }
  return 1;
}

// No cache that transfers go past.
void dyadic_cache_clean(const void *first, uint32_t bytes) { (void)first, (void)bytes; }
void dyadic_cache_invalidate(void *first, uint32_t bytes) { (void)first, (void)bytes; }

int dyadic_team_fork(uint32_t cores, dyadic_work work, void *argument) {
  if (cores == 0u) {
    return DYADIC_MACHINE_OK;
  }
  if (cores > MAX_CORES) {
    return DYADIC_MACHINE_REFUSED;
  }
  (void)pthread_mutex_lock(&team.turn);
  (void)pthread_mutex_lock(&team.lock);
  const int grown = grow(cores);
  if (grown) {
    team.work = work;
    team.argument = argument;
    team.left = team.cores = cores;
    ++team.forks;
    (void)pthread_cond_broadcast(&team.go);
    (void)pthread_mutex_unlock(&team.lock);
    work(argument, 0u);
    (void)pthread_mutex_lock(&team.lock);
    --team.left;
    while (team.left != 0u) {
      (void)pthread_cond_wait(&team.done, &team.lock);
    }
    team.cores = 0u;
  }
  (void)pthread_mutex_unlock(&team.lock);
  (void)pthread_mutex_unlock(&team.turn);
  return grown ? DYADIC_MACHINE_OK : DYADIC_MACHINE_REFUSED;
}

void dyadic_barrier(void) {
  (void)pthread_mutex_lock(&team.lock);
  const uint32_t here = team.barriers;
  if (++team.waiting == team.cores) {
    team.waiting = 0u;
    ++team.barriers;
    (void)pthread_cond_broadcast(&team.passed);
  }
  while (team.barriers == here) {
    (void)pthread_cond_wait(&team.passed, &team.lock);
  }
  (void)pthread_mutex_unlock(&team.lock);
}

uint32_t dyadic_core_id(void) {
  (void)pthread_once(&prepared, prepare);
  return (uint32_t)(uintptr_t)pthread_getspecific(coreKey);
}

void dyadic_host_stop(void) {
  (void)pthread_mutex_lock(&engine.lock);
  const int running = engine.running;
  engine.stopping = 1;
  (void)pthread_cond_broadcast(&engine.changed);
  (void)pthread_mutex_unlock(&engine.lock);
  if (running) {
    (void)pthread_join(engine.thread, NULL);
  }
  engine.running = engine.stopping = 0;

  (void)pthread_mutex_lock(&team.lock);
  const int busy = team.cores != 0u; // a core ends the program from within its work: nobody to wait for
  team.stopping = !busy;
  (void)pthread_cond_broadcast(&team.go);
  (void)pthread_mutex_unlock(&team.lock);
  for (uint32_t core = 1u; !busy && core < team.size; ++core) {
    (void)pthread_join(team.threads[core], NULL);
  }
  if (!busy) {
    team.size = 1u;
    team.stopping = 0;
  }
}

uint32_t dyadic_now(void) { // nanoseconds
  struct timespec time;
  (void)clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint32_t)((uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec);
}

uint32_t dyadic_now_hz(void) { return 1000000000u; }
