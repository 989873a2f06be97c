// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Double-buffered tiles: fetch the next, wait for this one, let the team compute it, store it.
#include "pipeline.h"

#include "dyadic_part.h"

typedef struct Tile {
  const Pipeline *p;
  const uint8_t *in;
  uint8_t *out;
  uint8_t *between;
} Tile;

static uint8_t value(uint8_t x) { return (uint8_t)(x * 5u + 1u); }

// Every core reads what the others have written: the tile comes out backwards.
static void work(void *argument, uint32_t core) {
  const Tile *t = (const Tile *)argument;
  const dyadic_part share = dyadic_share(TILE_BYTES, 1u, DYADIC_SPREAD_PIXELS, 4u, core, t->p->cores);
  if (!t->p->barriers) {
    for (uint32_t i = share.first; i < share.end; ++i) {
      t->out[i] = value(t->in[TILE_BYTES - 1u - i]);
    }
    return;
  }
  for (uint32_t i = share.first; i < share.end; ++i) {
    t->between[i] = value(t->in[i]);
  }
  if (t->p->fault != FAULT_MISSING_BARRIER) {
    dyadic_barrier();
  }
  for (uint32_t i = share.first; i < share.end; ++i) {
    t->out[i] = dyadic_core_id() == core ? t->between[TILE_BYTES - 1u - i] : 0u;
  }
}

static int fetch(const Pipeline *p, dyadic_transfer *transfer, uint32_t t, uint32_t slot) {
  const dyadic_box box = {1u, TILE_ROWS, ROW_BYTES, 0u, PITCH, 0u, ROW_BYTES};
  return dyadic_transfer_start(transfer, p->l1 + slot * TILE_BYTES, p->src + t * TILE_ROWS * PITCH, &box,
                               DYADIC_L2_TO_L1);
}

static int store(const Pipeline *p, dyadic_transfer *transfer, uint32_t t, uint32_t slot) {
  const dyadic_box box = {1u, TILE_ROWS, ROW_BYTES, 0u, ROW_BYTES, 0u, PITCH};
  return dyadic_transfer_start(transfer, p->dst + t * TILE_ROWS * PITCH, p->l1 + (2u + slot) * TILE_BYTES,
                               &box, DYADIC_L1_TO_L2);
}

static int compute(const Pipeline *p, uint32_t inSlot, uint32_t outSlot) {
  Tile t = {p, p->l1 + inSlot * TILE_BYTES, p->l1 + (2u + outSlot) * TILE_BYTES, p->l1 + 4u * TILE_BYTES};
  return dyadic_team_fork(p->cores, work, &t);
}

int pipelineRun(const Pipeline *p) {
  dyadic_transfer in[2] = {{0}, {0}};
  dyadic_transfer out[2] = {{0}, {0}};
  int status = fetch(p, &in[0], 0u, 0u);
  for (uint32_t t = 0u; t < TILES && status == 0; ++t) {
    const uint32_t slot = t & 1u;
    const uint32_t from = p->fault == FAULT_EARLY_FETCH ? 0u : slot; // one slot for both tiles
    const uint32_t to = p->fault == FAULT_EARLY_STORE ? 0u : slot;
    if (t + 1u < TILES && p->fault == FAULT_EARLY_FETCH) {
      status = dyadic_transfer_wait(&in[slot]);
    }
    if (t + 1u < TILES && status == 0) {
      status = fetch(p, &in[1u - slot], t + 1u, p->fault == FAULT_EARLY_FETCH ? 0u : 1u - slot);
    }
    if (status == 0 && !(p->fault == FAULT_MISSING_WAIT && t + 1u == TILES)) {
      status = dyadic_transfer_wait(&in[slot]);
    }
    if (status == 0) {
      status = dyadic_transfer_wait(&out[slot]);
    }
    if (status == 0) {
      status = compute(p, from, to);
    }
    if (status == 0) {
      status = store(p, &out[slot], t, to);
    }
  }
  for (uint32_t slot = 0u; slot < 2u; ++slot) { // after a failure as well
    const int fetched = dyadic_transfer_wait(&in[slot]);
    const int stored = dyadic_transfer_wait(&out[slot]);
    status = status != 0 ? status : fetched != 0 ? fetched : stored;
  }
  return status;
}

void pipelineFill(uint8_t *src, uint32_t seed) {
  for (uint32_t i = 0u; i < L2_BYTES; ++i) {
    seed = seed * 1664525u + 1013904223u;
    src[i] = (uint8_t)(seed >> 24);
  }
}

static uint32_t byteOf(uint32_t t, uint32_t i) {
  return (t * TILE_ROWS + i / ROW_BYTES) * PITCH + i % ROW_BYTES;
}

int pipelineRight(const Pipeline *p) {
  for (uint32_t t = 0u; t < TILES; ++t) {
    for (uint32_t i = 0u; i < TILE_BYTES; ++i) {
      if (p->dst[byteOf(t, i)] != value(p->src[byteOf(t, TILE_BYTES - 1u - i)])) {
        return 0;
      }
    }
  }
  return 1;
}
