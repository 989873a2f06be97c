// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The Cortex-M port with a DMA controller behind a write-back cache, both simulated: random boxes, in flight
// together, arrive whole and leave the bytes around them alone. Exit code 0: all did.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

// A copy by the core.
static void copyThroughCache(const dyadic_box *box, void *dst, const void *src) {
  const uint32_t to = (uint32_t)((uintptr_t)dst - (uintptr_t)seen);
  const uint32_t from = (uint32_t)((uintptr_t)src - (uintptr_t)seen);
  for (uint32_t p = 0u; p < box->planes; ++p) {
    for (uint32_t l = 0u; l < box->lines; ++l) {
      for (uint32_t b = 0u; b < box->bytes; ++b) {
        write(to + p * box->dst_plane + l * box->dst_line + b,
              read(from + p * box->src_plane + l * box->src_line + b));
      }
    }
  }
}

#define DYADIC_CACHE_LINE_BYTES LINE
#define DYADIC_CACHE_CLEAN(address) clean(address)
#define DYADIC_CACHE_INVALIDATE(address) invalidate(address)
#define DYADIC_CACHE_BARRIER() ((void)0)
#define dyadic_box_copy copyThroughCache
#include "dyadic_machine.c"
#undef dyadic_box_copy

static uint32_t state = 1u;
static uint32_t below(uint32_t n) {
  state = state * 1664525u + 1013904223u;
  return (state >> 8) % n;
}

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

static int start(void *board, const dyadic_transfer *transfer, uint32_t *handle) {
  (void)board;
  for (uint32_t c = 0u; c < CHANNELS; ++c) {
    if (channels[c] == NULL) {
      channels[c] = transfer;
      *handle = c;
      return below(20u) == 0u ? (channels[c] = NULL, DYADIC_MACHINE_FAILED) : DYADIC_MACHINE_OK;
    }
  }
  return DYADIC_DMA_DECLINED;
}

static int wait(void *board, const dyadic_transfer *t, uint32_t handle) {
  (void)board;
  const uintptr_t base = (uintptr_t)seen;
  if (channels[handle] != t) {
    return DYADIC_MACHINE_REFUSED;
  }
  channels[handle] = NULL;
  dyadic_box_copy(&t->box, memory + ((uintptr_t)t->dst - base), memory + ((uintptr_t)t->src - base));
  return below(20u) == 0u ? DYADIC_MACHINE_TIMEOUT : DYADIC_MACHINE_OK;
}

enum { AREAS = 3, HALF = BYTES / 2, AREA = HALF / AREAS / LINE * LINE };

// Three boxes at once, from the lower half into areas of whole lines of the upper one.
static int round(void) {
  static uint8_t wanted[BYTES];
  dyadic_transfer t[AREAS] = {{0}};
  int failed[AREAS];
  for (uint32_t i = 0u; i < BYTES; ++i) {
    if (below(3u) == 0u) {
      write(i, (uint8_t)below(256u));
    }
    wanted[i] = read(i);
  }
  disturb();
  for (uint32_t i = 0u; i < AREAS; ++i) {
    dyadic_box box = {1u + below(2u), 1u + below(3u), 1u + below(40u), 0u, 0u, 0u, 0u};
    box.src_line = below(60u);
    box.dst_line = box.bytes + below(20u);
    box.src_plane = below(200u);
    box.dst_plane = box.lines * box.dst_line + below(50u);
    const uint32_t from = below(HALF - 400u);
    const uint32_t to = HALF + i * AREA + below(AREA - box.planes * box.dst_plane);
    dyadic_box_copy(&box, wanted + to, wanted + from);
    failed[i] = dyadic_transfer_start(&t[i], seen + to, seen + from, &box, DYADIC_L2_TO_L1) != 0;
    disturb();
  }
  int any = 0;
  for (uint32_t i = 0u; i < AREAS; ++i) {
    const int status = dyadic_transfer_wait(&t[i]);
    if ((failed[i] && status == 0) || dyadic_transfer_wait(&t[i]) != 0) {
      return 0;
    }
    any = any || status != 0;
    disturb();
  }
  for (uint32_t i = 0u; !any && i < BYTES; ++i) {
    if (read(i) != wanted[i]) {
      (void)printf("byte %u is wrong\n", (unsigned)i);
      return 0;
    }
  }
  return 1;
}

int main(void) {
  static const dyadic_dma dma = {start, wait, NULL};
  dyadic_cortex_m_dma(&dma);
  for (uint32_t i = 0u; i < 3000u; ++i) {
    if (!round()) {
      (void)printf("round %u\n", (unsigned)i);
      return 1;
    }
  }
  dyadic_cortex_m_dma(NULL); // the core copies
  write(0u, 77u);
  write(HALF, 0u);
  const dyadic_box box = {1u, 1u, 1u, 0u, 0u, 0u, 0u};
  dyadic_transfer t = {0};
  return dyadic_transfer_start(&t, seen + HALF, seen, &box, DYADIC_L3_TO_L2) == 0 && read(HALF) == 77u &&
                 dyadic_transfer_wait(&t) == 0
             ? 0
             : 2;
}
