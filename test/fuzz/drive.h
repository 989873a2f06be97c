// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the networks of one program share; drive.c runs them all.
#ifndef FUZZ_DRIVE_H
#define FUZZ_DRIVE_H

#include <stdint.h>

extern uint64_t fuzz_arena[]; // larger than any network's by a guard
extern const uint32_t fuzz_arena_words;

enum { FUZZ_ERR_TRANSFER = 6 }; // NAME_ERR_TRANSFER

typedef struct fuzz_network {
  uint32_t runs; // of one pass
  uint32_t arena_bytes;
  int transfers; // it has some, which may fail: a third pass
  int (*init)(void);
  int (*run)(int reals); // reads its inputs, runs, shows its outputs; not 0: a status of the network
} fuzz_network;

extern const fuzz_network *const fuzz_networks[];
extern const uint32_t fuzz_network_count;

// transfers.c: when transfers come, by seed, from now on; and which of them fails, at its start or in its
// wait.
void fuzz_schedule(uint32_t seed);
void fuzz_fail(uint32_t at, int at_start); // 1: the first one since fuzz_schedule
uint32_t fuzz_started(void);               // since fuzz_schedule

void fuzz_read(void *data, uint32_t bytes);
void fuzz_begin(const char *key); // of a tensor's codes
void fuzz_code(int64_t code, int wide);
void fuzz_tap(const char *node, uint32_t index, int32_t code);

// An input is read as reals and quantised by the network, or as codes of 64 bits.
#define FUZZ_INPUT(prefix, PREFIX, k)                                                                        \
  static int set_##k##_codes(void) {                                                                         \
    static prefix##_input_##k##_t codes[PREFIX##_INPUT_##k##_ELEMS];                                         \
    for (uint32_t i = 0u; i < PREFIX##_INPUT_##k##_ELEMS; ++i) {                                             \
      int64_t code;                                                                                          \
      fuzz_read(&code, (uint32_t)sizeof code);                                                               \
      codes[i] = (prefix##_input_##k##_t)code;                                                               \
    }                                                                                                        \
    return (int)prefix##_set_input_##k(&ctx, codes);                                                         \
  }
#define FUZZ_REALS(prefix, PREFIX, k)                                                                        \
  static int set_##k##_reals(void) {                                                                         \
    static float reals[PREFIX##_INPUT_##k##_ELEMS];                                                          \
    static prefix##_input_##k##_t codes[PREFIX##_INPUT_##k##_ELEMS];                                         \
    fuzz_read(reals, (uint32_t)sizeof reals);                                                                \
    const int status = (int)prefix##_quantise_input_##k(reals, codes);                                       \
    return status != 0 ? status : (int)prefix##_set_input_##k(&ctx, codes);                                  \
  }
#define FUZZ_OUTPUT(prefix, PREFIX, k)                                                                       \
  static int show_##k(void) {                                                                                \
    static prefix##_output_##k##_t codes[PREFIX##_OUTPUT_##k##_ELEMS];                                       \
    const int status = (int)prefix##_get_output_##k(&ctx, codes);                                            \
    fuzz_begin("output " #k);                                                                                \
    for (uint32_t i = 0u; i < PREFIX##_OUTPUT_##k##_ELEMS; ++i) {                                            \
      fuzz_code((int64_t)codes[i], 1);                                                                       \
    }                                                                                                        \
    return status;                                                                                           \
  }

#endif
