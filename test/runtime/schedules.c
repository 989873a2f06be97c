// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile loop on the host's cluster under random transfer schedules, alone and with others beside it;
// planted faults must show. schedules N runs N schedules; schedules faults only the faults that race by
// design.
#define _POSIX_C_SOURCE 200809L // NOLINT: the C library's own name
#include "dyadic_host.h"
#include "pipeline.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODES = DYADIC_HOST_MIXED + 1, CONTROLLERS = 3 };

// Memory of exactly the right size, given back at once: whoever still writes to it is caught.
static int once(uint32_t seed, uint32_t cores, Fault fault, int *right) {
  uint8_t *src = malloc(L2_BYTES);
  uint8_t *dst = malloc(L2_BYTES);
  uint8_t *l1 = malloc(L1_BYTES);
  pipelineFill(src, seed);
  memset(dst, 0, L2_BYTES);
  memset(l1, 0x5A, L1_BYTES);
  const Pipeline p = {cores, 1, fault, src, dst, l1};
  const int status = pipelineRun(&p);
  *right = pipelineRight(&p);
  free(src);
  free(dst);
  free(l1);
  return status;
}

typedef struct Controller {
  uint32_t seed;
  uint32_t cores;
  int status;
  int right;
} Controller;

static void *controllerMain(void *argument) {
  Controller *c = (Controller *)argument;
  c->status = once(c->seed, c->cores, FAULT_NONE, &c->right);
  return NULL;
}

// Runs one or several loops under one schedule; 1 where all is as it must be.
static int schedule(uint32_t seed, uint32_t *failures) {
  const dyadic_host_mode mode = (dyadic_host_mode)(seed % MODES);
  const uint32_t controllers = seed % 5u == 0u ? CONTROLLERS : 1u;
  pthread_t threads[CONTROLLERS];
  Controller all[CONTROLLERS];
  dyadic_host_schedule(seed, mode);
  for (uint32_t i = 0u; i < controllers; ++i) {
    const Controller c = {seed + i, 1u + (seed / 7u + i) % 8u, 0, 0};
    all[i] = c;
    if (pthread_create(&threads[i], NULL, controllerMain, &all[i]) != 0) {
      return 0;
    }
  }
  int good = 1;
  uint32_t stopped = 0u;
  for (uint32_t i = 0u; i < controllers; ++i) {
    (void)pthread_join(threads[i], NULL);
    stopped += all[i].status != 0 ? 1u : 0u;
    good = good && (all[i].status != 0 || all[i].right);
  }
  const uint32_t failed = dyadic_host_failed();
  *failures += stopped;
  if (!good || (failed == 0u) != (stopped == 0u) ||
      (failed != 0u && mode != DYADIC_HOST_FAILING && mode != DYADIC_HOST_LOST)) {
    (void)printf("schedule %u, mode %u: %u of %u transfers failed, %u of %u loops stopped, output %s\n", seed,
                 (unsigned)mode, failed, dyadic_host_started(), stopped, controllers,
                 good ? "right" : "wrong");
    return 0;
  }
  return 1;
}

// A planted fault must end in a status or a wrong output.
static int shows(Fault fault, dyadic_host_mode mode, const char *name) {
  int right = 0;
  dyadic_host_schedule(1u, mode);
  if (once(1u, 4u, fault, &right) == 0 && right) {
    (void)printf("%s went unnoticed\n", name);
    return 0;
  }
  return 1;
}

static int misuse(void) {
  uint8_t from[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  uint8_t to[8] = {0};
  const dyadic_box box = {1u, 1u, 8u, 0u, 0u, 0u, 0u};
  const dyadic_box empty = {1u, 0u, 8u, 0u, 0u, 0u, 0u};
  dyadic_transfer t = {0};
  dyadic_host_schedule(1u, DYADIC_HOST_LATE);
  int good = dyadic_transfer_wait(&t) == 0; // never started
  good = good && dyadic_transfer_start(&t, to, from, &box, DYADIC_L3_TO_L2) == 0;
  good = good && to[0] == DYADIC_HOST_POISON && to[7] == DYADIC_HOST_POISON;
  good = good && dyadic_transfer_start(&t, to, from, &box, DYADIC_L3_TO_L2) != 0; // still in flight
  good = good && dyadic_transfer_wait(&t) != 0;
  good = good && dyadic_transfer_wait(&t) == 0; // already waited for
  good = good && dyadic_transfer_start(&t, to, from, &box, DYADIC_L3_TO_L2) == 0;
  good = good && dyadic_transfer_wait(&t) == 0 && memcmp(from, to, 8u) == 0;
  good = good && dyadic_transfer_start(&t, to, from, &empty, DYADIC_L2_TO_L3) == 0;
  good = good && dyadic_transfer_wait(&t) == 0;
  int right = 0;
  good = good && once(1u, 0u, FAULT_NONE, &right) == 0 && !right; // a team of nobody does nothing
  good = good && once(1u, 1000u, FAULT_NONE, &right) != 0;
  dyadic_host_stop();
  return good && once(1u, 3u, FAULT_NONE, &right) == 0 && right; // and starts again
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "race") == 0) {
    int right = 0;
    for (uint32_t i = 0u; i < 20u; ++i) {
      (void)once(i, 4u, FAULT_MISSING_BARRIER, &right);
    }
    return 0;
  }
  const uint32_t schedules = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100u;
  uint32_t failures = 0u;
  for (uint32_t seed = 0u; seed < schedules; ++seed) {
    if (!schedule(seed, &failures)) {
      return 1;
    }
  }
  if (!misuse()) {
    (void)printf("misuse is not answered as it should\n");
    return 1;
  }
  const int good = shows(FAULT_MISSING_WAIT, DYADIC_HOST_LATE, "a missing wait") &
                   shows(FAULT_EARLY_STORE, DYADIC_HOST_LATE, "a tile overwritten before it was stored") &
                   shows(FAULT_EARLY_FETCH, DYADIC_HOST_EARLY, "a tile overwritten before it was read");
  (void)printf("%u schedules right, %u loops stopped by failures, every fault shows\n", schedules, failures);
  return good ? 0 : 1;
}
