// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tile loop as emitted networks have it, with places to plant a fault; one text for every port.
#ifndef DYADIC_TEST_PIPELINE_H
#define DYADIC_TEST_PIPELINE_H

#include "dyadic_machine.h"

enum { TILES = 9, TILE_ROWS = 6, ROW_BYTES = 13, PITCH = 17, TILE_BYTES = TILE_ROWS * ROW_BYTES };
enum { L2_BYTES = TILES * TILE_ROWS * PITCH, L1_BYTES = 5 * TILE_BYTES };

typedef enum Fault {
  FAULT_NONE,
  FAULT_MISSING_WAIT,   // the last tile is computed before it has come
  FAULT_EARLY_STORE,    // a tile is overwritten while it is still being stored
  FAULT_EARLY_FETCH,    // the next tile is fetched to where this one is still being read
  FAULT_MISSING_BARRIER // a core reads what another has not written yet
} Fault;

typedef struct Pipeline {
  uint32_t cores;
  int barriers; // whether cores really run at once and may wait for each other
  Fault fault;
  const uint8_t *src; // L2_BYTES: lines of ROW_BYTES, PITCH apart
  uint8_t *dst;       // L2_BYTES, the same
  uint8_t *l1;        // L1_BYTES: two tiles that come, two that go, one between the two halves of the work
} Pipeline;

// Computes dst from src tile by tile; 0 or the first status that was not. Nothing is in flight afterwards.
int pipelineRun(const Pipeline *p);

// 1 where dst is what it must be.
int pipelineRight(const Pipeline *p);

// Fills src.
void pipelineFill(uint8_t *src, uint32_t seed);

#endif
