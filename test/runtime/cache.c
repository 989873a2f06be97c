// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The Cortex-M port with a DMA controller behind a write-back cache, both simulated: tensors go through near
// memory in random boxes, in flight together, and arrive whole by the rules of the hand-over; with a rule
// left out some do not. Exit code 0: all of that is so.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint32_t state = 1u;
static uint32_t below(uint32_t n) {
  state = state * 1664525u + 1013904223u;
  return (state >> 8) % n;
}

enum { LINE = 32, LINES = 128, BYTES = LINE * LINES };

// The core sees the lines that are cached, the controller only memory.
static __attribute__((aligned(32))) uint8_t seen[BYTES];
static uint8_t memory[BYTES];
static uint8_t cached[LINES];
static uint8_t dirty[LINES];

static uint32_t lineAt(uintptr_t address) { return (uint32_t)((address - (uintptr_t)seen) / LINE); }

static void clean(uintptr_t address) {
  const uint32_t line = lineAt(address);
  if (cached[line] && dirty[line]) {
    memcpy(memory + line * LINE, seen + line * LINE, LINE);
    dirty[line] = 0u;
  }
}

static void invalidate(uintptr_t address) {
  const uint32_t line = lineAt(address);
  memset(seen + line * LINE, 0xEE, LINE);
  cached[line] = dirty[line] = 0u;
}

static void touch(uint32_t line) {
  if (!cached[line]) {
    memcpy(seen + line * LINE, memory + line * LINE, LINE);
    cached[line] = 1u;
  }
}
static uint8_t read(uint32_t at) {
  touch(at / LINE);
  return seen[at];
}
static void write(uint32_t at, uint8_t value) {
  touch(at / LINE);
  seen[at] = value;
  dirty[at / LINE] = 1u;
}

#include "dyadic_box.h"

static uint8_t near[BYTES]; // no cache shadows it

static uint32_t offsetOf(const void *p) { return (uint32_t)((uintptr_t)p - (uintptr_t)seen); }
static int isFar(const void *p) { return (uintptr_t)p - (uintptr_t)seen < BYTES; }

static void progress(void);

// A copy by the core, while the controller goes on.
static void copyThroughCache(const dyadic_box *box, void *dst, const void *src) {
  for (uint32_t p = 0u; p < box->planes; ++p) {
    for (uint32_t l = 0u; l < box->lines; ++l) {
      for (uint32_t b = 0u; b < box->bytes; ++b) {
        progress();
        const uint8_t *from = (const uint8_t *)src + p * box->src_plane + l * box->src_line + b;
        uint8_t *to = (uint8_t *)dst + p * box->dst_plane + l * box->dst_line + b;
        const uint8_t value = isFar(from) ? read(offsetOf(from)) : *from;
        if (isFar(to)) {
          write(offsetOf(to), value);
        } else {
          *to = value;
        }
      }
    }
  }
}

#define DYADIC_CACHE_LINE_BYTES LINE
#define DYADIC_TCM_FIRST ((uintptr_t)near)
#define DYADIC_TCM_BYTES BYTES
#define DYADIC_CACHE_CLEAN(address) clean(address)
#define DYADIC_CACHE_INVALIDATE(address) invalidate(address)
#define DYADIC_CACHE_BARRIER() ((void)0)
#define dyadic_box_copy copyThroughCache
#include "dyadic_machine.c"
#undef dyadic_box_copy

// What a cache does of itself: lines come ahead and go, dirty ones to memory.
static void disturb(void) {
  for (uint32_t i = below(40u); i > 0u; --i) {
    const uint32_t line = below(LINES);
    if (cached[line]) {
      clean((uintptr_t)seen + line * LINE);
      invalidate((uintptr_t)seen + line * LINE);
    } else {
      touch(line);
    }
  }
}

enum { CHANNELS = 2 };
static const dyadic_transfer *channels[CHANNELS];
static int moved[CHANNELS];
static uint32_t odds; // one transfer in so many fails

static int start(void *board, const dyadic_transfer *transfer, uint32_t *handle) {
  (void)board;
  if (below(8u) == 0u) { // also while others are in flight, some of which end in the same line
    return DYADIC_DMA_DECLINED;
  }
  for (uint32_t c = 0u; c < CHANNELS; ++c) {
    if (channels[c] == NULL) {
      channels[c] = transfer;
      moved[c] = 0;
      *handle = c;
      return odds != 0u && below(odds) == 0u ? (channels[c] = NULL, DYADIC_MACHINE_FAILED)
                                             : DYADIC_MACHINE_OK;
    }
  }
  return DYADIC_MACHINE_REFUSED;
}

static uint8_t *placeOf(const void *p) {
  return isFar(p) ? memory + offsetOf(p) : near + ((const uint8_t *)p - near);
}

static void move(uint32_t channel) {
  const dyadic_transfer *const t = channels[channel];
  for (uint32_t l = 0u; !moved[channel] && l < t->box.lines; ++l) {
    memcpy(placeOf(t->dst) + l * t->box.dst_line, placeOf(t->src) + l * t->box.src_line, t->box.bytes);
  }
  moved[channel] = 1;
}

static void progress(void) {
  const uint32_t c = below(CHANNELS);
  if (channels[c] != NULL && below(8u) == 0u) {
    move(c);
  }
}

static int wait(void *board, const dyadic_transfer *t, uint32_t handle) {
  (void)board;
  if (channels[handle] != t) {
    return DYADIC_MACHINE_REFUSED;
  }
  move(handle);
  channels[handle] = NULL;
  return odds != 0u && below(odds) == 0u ? DYADIC_MACHINE_TIMEOUT : DYADIC_MACHINE_OK;
}

enum { CLEAN_SOURCE = 1, CLEAN_TARGET = 2, FORGET = 4, ALL = 7 };
enum { HALF = BYTES / 2, ROW = 48, ROWS = HALF / ROW };

// A tensor in the lower half goes row group by row group through near memory to the upper half, two boxes in
// flight, and is read there. 1: right, 0: wrong, 2: a transfer said that it failed.
static int turn(int rules) {
  static uint8_t wanted[BYTES];
  dyadic_transfer in[2] = {{0}}, out[2] = {{0}};
  int failed = 0;
  for (uint32_t i = 0u; i < BYTES; ++i) {
    if (below(3u) == 0u) {
      write(i, (uint8_t)below(256u));
    }
  }
  for (uint32_t i = 0u; i < ROWS * ROW; ++i) {
    wanted[i] = read(i);
  }
  disturb();
  if (rules & CLEAN_SOURCE) {
    dyadic_cache_clean(seen, HALF);
  }
  if (rules & CLEAN_TARGET) {
    dyadic_cache_clean(seen + HALF, HALF);
  }
  for (uint32_t row = 0u, slot = 0u; row < ROWS; slot ^= 1u) {
    const uint32_t rows = 1u + below(ROWS - row < 5u ? ROWS - row : 5u);
    const dyadic_box box = {1u, rows, ROW, 0u, ROW, 0u, ROW};
    uint8_t *const tile = near + slot * HALF;
    failed |= dyadic_transfer_wait(&out[slot]);
    failed |= dyadic_transfer_start(&in[slot], tile, seen + row * ROW, &box, DYADIC_L2_TO_L1);
    disturb();
    failed |= dyadic_transfer_wait(&in[slot]);
    failed |= dyadic_transfer_start(&out[slot], seen + HALF + row * ROW, tile, &box, DYADIC_L1_TO_L2);
    disturb();
    row += rows;
  }
  failed |= dyadic_transfer_wait(&out[0]);
  failed |= dyadic_transfer_wait(&out[1]);
  disturb();
  if (rules & FORGET) {
    dyadic_cache_invalidate(seen + HALF, HALF);
  }
  for (uint32_t i = 0u; failed == 0 && i < ROWS * ROW; ++i) {
    if (read(HALF + i) != wanted[i]) {
      return 0;
    }
  }
  return failed == 0 ? 1 : 2;
}

static uint32_t count(int rules, int result) {
  uint32_t n = 0u;
  for (uint32_t i = 0u; i < 300u; ++i) {
    n += turn(rules) == result ? 1u : 0u;
  }
  return n;
}

int main(void) {
  static const dyadic_dma dma = {start, wait, NULL};
  const dyadic_box box = {1u, 1u, 1u, 0u, 0u, 0u, 0u};
  dyadic_transfer t = {0};
  dyadic_cortex_m_dma(&dma);
  if (count(ALL, 1) != 300u) {
    return 1;
  }
  for (int rule = 1; rule < ALL; rule *= 2) {
    if (count(ALL & ~rule, 0) == 0u) {
      (void)printf("nothing is wrong without rule %d\n", rule);
      return 2;
    }
  }
  odds = 40u;
  if (count(ALL, 2) == 0u || count(ALL, 0) != 0u) {
    return 3;
  }
  // L1 behind the cache is refused.
  if (dyadic_transfer_start(&t, seen + HALF, seen, &box, DYADIC_L2_TO_L1) != DYADIC_MACHINE_REFUSED ||
      dyadic_transfer_wait(&t) != DYADIC_MACHINE_REFUSED) {
    return 4;
  }
  dyadic_cortex_m_dma(NULL); // the core copies, and the rules do nothing
  odds = 0u;
  return count(ALL, 1) == 300u ? 0 : 5;
}
