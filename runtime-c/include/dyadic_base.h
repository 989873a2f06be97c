// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What every other file of the runtime stands on: ABI version, assumptions about the compiler, storage types.
#ifndef DYADIC_BASE_H
#define DYADIC_BASE_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

// Raised whenever a struct or a function of the runtime changes; a network compares it with the one it was
// made for.
#define DYADIC_ABI 1

// Every scratch area starts at a multiple of this many bytes.
#define DYADIC_SCRATCH_ALIGN 8u

#ifdef __cplusplus
#define DYADIC_BEGIN extern "C" {
#define DYADIC_END }
#else
#define DYADIC_BEGIN
#define DYADIC_END
#endif

// C99 has no static assertion: an array of negative size stops the compiler and shows the name.
#define DYADIC_STATIC_CHECK(name, condition) typedef char dyadic_check_##name[(condition) ? 1 : -1]

DYADIC_BEGIN

DYADIC_STATIC_CHECK(char_has_8_bits, CHAR_BIT == 8);
DYADIC_STATIC_CHECK(int_has_32_bits_or_more, sizeof(int) >= 4);
DYADIC_STATIC_CHECK(negative_numbers_are_twos_complement, (-1 & 3) == 3);
#ifdef __BYTE_ORDER__
DYADIC_STATIC_CHECK(memory_is_little_endian, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
#endif

// How the elements of a tensor lie in memory. bits 1..8: a little-endian bit stream, element i in bits
// [i * bits, (i + 1) * bits), bit j of the stream being bit j % 8 of byte j / 8, rows not padded. 9..16:
// int16_t or uint16_t; 17..32: int32_t or uint32_t; 33..64: int64_t or uint64_t (codes stay below 2^63),
// naturally aligned. 1 bit signed is bipolar: bit 0 means -1, bit 1 means +1.
typedef struct dyadic_type {
  uint8_t bits;      // 1..64
  uint8_t is_signed; // 0 or 1
} dyadic_type;

// An operand of an arithmetic kernel: its value is code - zero; padding has the value 0.
typedef struct dyadic_operand {
  dyadic_type type;
  int32_t zero;
} dyadic_operand;

DYADIC_END

#endif
