// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs every network of the program over its samples, reading inputs.bin and writing a hash for each tensor
// to results.bin: first each run in an arena poisoned anew, then all in what the run before left; with
// transfers a third time, each sample once while one of them fails and then once more.
#include "drive.h"
#include "dyadic_port.h"

typedef struct record {
  uint64_t key;
  uint64_t codes;
  uint32_t count;
  uint32_t kind; // 0: codes, 1: end of a run (count: status), 2: end of a network (count: guard bytes
                 // spoilt), 3: end of a run in which a transfer failed (count: status)
} record;

static record current;
static int open_record;
static record buffer[512];
static uint32_t buffered;
static uint8_t input[4096];
static uint32_t input_at, input_end;
static int inputs, results;

static void flush(void) {
  const uint32_t bytes = buffered * (uint32_t)sizeof buffer[0];
  if (dyadic_port_write(results, buffer, bytes) != bytes) {
    dyadic_port_put("cannot write results.bin\n");
    dyadic_port_exit(3);
  }
  buffered = 0u;
}

static void put(record r) {
  buffer[buffered++] = r;
  if (buffered == sizeof buffer / sizeof buffer[0]) {
    flush();
  }
}

static void end_record(void) {
  if (open_record) {
    put(current);
  }
  open_record = 0;
}

static void mark(uint32_t kind, uint32_t count) {
  const record r = {0u, 0u, count, kind};
  end_record();
  put(r);
}

void fuzz_read(void *data, uint32_t bytes) {
  for (uint32_t i = 0u; i < bytes; ++i) {
    if (input_at == input_end) {
      input_end = dyadic_port_read(inputs, input, (uint32_t)sizeof input);
      input_at = 0u;
      if (input_end == 0u) {
        dyadic_port_put("inputs.bin is too short\n");
        dyadic_port_exit(3);
      }
    }
    ((uint8_t *)data)[i] = input[input_at++];
  }
}

static void add(uint64_t *hash, uint32_t word) {
  *hash = (*hash ^ word) * UINT64_C(0x100000001B3);
  *hash ^= *hash >> 32;
}

void fuzz_begin(const char *key) {
  end_record();
  current.key = current.codes = UINT64_C(0xCBF29CE484222325);
  for (; *key != '\0'; ++key) {
    add(&current.key, (uint32_t)(uint8_t)*key);
  }
  current.count = 0u;
  current.kind = 0u;
  open_record = 1;
}

void fuzz_code(int64_t code, int wide) {
  add(&current.codes, (uint32_t)(uint64_t)code);
  if (wide) {
    add(&current.codes, (uint32_t)((uint64_t)code >> 32));
  }
  ++current.count;
}

void fuzz_tap(const char *node, uint32_t index, int32_t code) {
  if (index == 0u) {
    fuzz_begin(node);
  }
  fuzz_code(code, 0);
}

static void poison(uint64_t pattern) {
  for (uint32_t i = 0u; i < fuzz_arena_words; ++i) {
    fuzz_arena[i] = pattern;
  }
}

// Bytes behind the network's own that no longer hold the pattern.
static uint32_t spoilt(const fuzz_network *n, uint64_t pattern) {
  uint32_t bytes = 0u;
  for (uint32_t i = n->arena_bytes; i < fuzz_arena_words * 8u; ++i) {
    bytes += ((const uint8_t *)fuzz_arena)[i] != ((const uint8_t *)&pattern)[i % 8u] ? 1u : 0u;
  }
  return bytes;
}

// One transfer of each run fails, and the weights' at first; then everything is as it must be again.
static void run_with_failures(const fuzz_network *n, uint32_t seed, uint32_t of_init, uint32_t of_run) {
  fuzz_schedule(seed);
  fuzz_fail(of_init != 0u ? 1u + seed % of_init : 0u, 0);
  const int failed = n->init();
  fuzz_schedule(seed);
  const int status = failed == (of_init != 0u ? FUZZ_ERR_TRANSFER : 0) ? n->init() : 255;
  for (uint32_t run = 0u; run < n->runs; ++run) {
    const uint32_t at = of_run != 0u ? 1u + (seed * 31u + run * 2654435761u) % of_run : 0u;
    fuzz_schedule(seed + 1u + run);
    fuzz_fail(at, (int)(run % 2u));
    const int spoiled = n->run(0);
    mark(at != 0u ? 3u : 1u, (uint32_t)spoiled);
    fuzz_schedule(seed + 2u + run);
    const int mended = n->run(0);
    mark(1u, (uint32_t)(status != 0 ? status : mended));
  }
}

int main(void) {
  const uint64_t first = UINT64_C(0xA5C3965A3C69F00F), second = UINT64_C(0x7F80017F8001FF00);
  inputs = dyadic_port_open("inputs.bin", 0);
  results = dyadic_port_open("results.bin", 1);
  if (inputs < 0 || results < 0) {
    dyadic_port_put("cannot open inputs.bin or results.bin\n");
    return 3;
  }
  for (uint32_t k = 0u; k < fuzz_network_count; ++k) {
    const fuzz_network *n = fuzz_networks[k];
    const uint32_t seed = k * 1000u;
    uint32_t bad = 0u, of_init = 0u, of_run = 0u;
    for (uint32_t run = 0u; run < n->runs; ++run) {
      poison(first);
      fuzz_schedule(seed + run);
      const int status = n->init();
      of_init = fuzz_started();
      mark(1u, (uint32_t)(status != 0 ? status : n->run(1)));
      of_run = fuzz_started() - of_init;
      bad += spoilt(n, first);
    }
    poison(second);
    fuzz_schedule(seed + n->runs);
    (void)n->init();
    for (uint32_t run = 0u; run < n->runs; ++run) {
      fuzz_schedule(seed + n->runs + 1u + run);
      mark(1u, (uint32_t)n->run(0));
    }
    if (n->transfers) {
      run_with_failures(n, seed, of_init, of_run);
    }
    mark(2u, bad + spoilt(n, second));
  }
  flush();
  dyadic_port_close(results);
  dyadic_port_close(inputs);
  return 0;
}
