// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile loop on a port's own machine, with a team of every size; exit code 7: each result was right, each
// core did its share, and every call of the port answered as it should.
#include "dyadic_port.h"
#include "dyadic_sections.h"
#include "pipeline.h"

#ifdef DYADIC_TEST_SEQUENTIAL
enum { PARALLEL = 0, MOST = 4 };
#else
enum { PARALLEL = 1, MOST = 8 };
#endif

#ifdef DYADIC_TEST_CORES
enum { AVAILABLE = DYADIC_TEST_CORES };
#else
enum { AVAILABLE = 0 }; // as many as the port has
#endif

static DYADIC_L1 uint8_t l1[L1_BYTES];
static DYADIC_L2 uint8_t dst[L2_BYTES];
static DYADIC_L2 uint8_t src[L2_BYTES];
static DYADIC_L3 const uint8_t constants[4096] = {[7] = 42, [4095] = 43};
static DYADIC_L2 uint8_t copy[4096];

static volatile uint32_t seen[MOST];
static volatile uint32_t rounds;

// Core 0 counts; the others see its count after each barrier.
static void count(void *argument, uint32_t core) {
  const uint32_t cores = *(const uint32_t *)argument;
  for (uint32_t i = 0u; PARALLEL && i < 50u; ++i) {
    if (core == i % cores) {
      rounds = rounds + 1u;
    }
    dyadic_barrier();
    if (rounds != i + 1u) {
      return; // the others wait for ever: the test's time runs out
    }
    dyadic_barrier();
  }
  seen[core] += !PARALLEL || dyadic_core_id() == core ? core + 1u : 100u;
}

// A machine with fewer harts than the port has work for: what it has not is refused, and what it has works.
static int few(void) {
  static dyadic_transfer none;
  const dyadic_box box = {1u, 1u, 1u, 0u, 0u, 0u, 0u};
  uint32_t cores = AVAILABLE;
  for (uint32_t round = 0u; round < 3u; ++round) {
    rounds = 0u;
    if (dyadic_team_fork(cores, count, &cores) != 0 || rounds != 50u ||
        dyadic_team_fork(cores + 1u, count, &cores) != DYADIC_MACHINE_REFUSED ||
        dyadic_transfer_start(&none, copy, src, &box, DYADIC_L2_TO_L1) != DYADIC_MACHINE_REFUSED ||
        dyadic_transfer_wait(&none) != 0) {
      return 0;
    }
  }
  return seen[cores - 1u] == 3u * cores;
}

static int teams(void) {
  for (uint32_t cores = 1u; cores <= MOST; ++cores) {
    rounds = 0u;
    if (dyadic_team_fork(cores, count, &cores) != 0 || (PARALLEL && rounds != 50u)) {
      return 0;
    }
  }
  for (uint32_t core = 0u; core < MOST; ++core) {
    if (seen[core] != (core + 1u) * (MOST - core)) { // it worked in each team that was large enough
      return 0;
    }
  }
  return dyadic_core_id() == 0u && (!PARALLEL || dyadic_team_fork(1000u, count, 0) != 0);
}

static int loops(void) {
  for (uint32_t cores = 1u; cores <= MOST; ++cores) {
    pipelineFill(src, cores);
    for (uint32_t i = 0u; i < L2_BYTES; ++i) {
      dst[i] = 0u;
    }
    const Pipeline p = {cores, PARALLEL, FAULT_NONE, src, dst, l1};
    if (pipelineRun(&p) != 0 || !pipelineRight(&p)) {
      return 0;
    }
  }
  return 1;
}

// More transfers at once than a queue may hold, of planes and lines, one of them of constants.
static int transfers(void) {
  static dyadic_transfer many[40];
  const dyadic_box box = {2u, 3u, 5u, 30u, 10u, 16u, 5u};
  for (uint32_t i = 0u; i < 40u; ++i) {
    if (dyadic_transfer_start(&many[i], copy + i * 32u, src, &box, DYADIC_L2_TO_L1) != 0) {
      return 0;
    }
  }
  for (uint32_t i = 40u; i > 0u; --i) {
    if (dyadic_transfer_wait(&many[i - 1u]) != 0 || dyadic_transfer_wait(&many[i - 1u]) != 0) {
      return 0;
    }
    for (uint32_t b = 0u; b < 30u; ++b) {
      if (copy[(i - 1u) * 32u + b / 15u * 16u + b % 15u] != src[b / 15u * 30u + b / 5u % 3u * 10u + b % 5u]) {
        return 0;
      }
    }
  }
  const dyadic_box all = {1u, 1u, sizeof constants, 0u, 0u, 0u, 0u};
  return dyadic_transfer_start(&many[0], copy, constants, &all, DYADIC_L3_TO_L2) == 0 &&
         dyadic_transfer_wait(&many[0]) == 0 && copy[7] == 42u && copy[4095] == 43u && copy[8] == 0u;
}

int main(void) {
  if (AVAILABLE != 0) {
    return few() ? 7 : 1;
  }
  for (uint32_t round = 0u; round < 5u; ++round) {
    if (!loops()) {
      dyadic_port_put("the tile loop's output is wrong\n");
      return 1;
    }
  }
  if (!teams()) {
    dyadic_port_put("a team did not work as it should\n");
    return 2;
  }
  if (!transfers()) {
    dyadic_port_put("a transfer went wrong\n");
    return 3;
  }
  return 7;
}
