// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading and writing the elements of a tensor of any storage type.
#ifndef DYADIC_PACK_H
#define DYADIC_PACK_H

#include "dyadic_base.h"

DYADIC_BEGIN

// Bytes of n elements: ceil(n * bits / 8) up to 8 bits, n containers above.
size_t dyadic_type_bytes(dyadic_type type, size_t n);

// Smallest and largest code of a type (64 bits unsigned: 2^63 - 1).
int64_t dyadic_type_min(dyadic_type type);
int64_t dyadic_type_max(dyadic_type type);

// Whether code - zero of every code of the operand's type lies within int16_t or int32_t.
int dyadic_fits_int16(dyadic_operand operand);
int dyadic_fits_int32(dyadic_operand operand);

// The code of element i.
int64_t dyadic_load(const void *data, dyadic_type type, uint32_t i);

// Writes the code of element i and leaves its neighbours alone. Bipolar: a code above 0 is +1, any other -1.
void dyadic_store(void *data, dyadic_type type, uint32_t i, int64_t code);

// The bits of element i as they are stored, at most 16; what a lookup table is indexed with.
uint32_t dyadic_load_bits(const void *data, dyadic_type type, uint32_t i);

// out[j] = code of element i + j, minus zero, for j < n. The int16_t form wants dyadic_fits_int16, the
// int32_t form dyadic_fits_int32; for the int64_t form the difference must not leave int64_t.
void dyadic_unpack_i16(const void *data, dyadic_operand operand, uint32_t i, uint32_t n, int16_t *out);
void dyadic_unpack_i32(const void *data, dyadic_operand operand, uint32_t i, uint32_t n, int32_t *out);
void dyadic_unpack_i64(const void *data, dyadic_operand operand, uint32_t i, uint32_t n, int64_t *out);

// out[j] = stored bits of element i + j, for j < n; types of at most 16 bits.
void dyadic_unpack_bits(const void *data, dyadic_type type, uint32_t i, uint32_t n, uint16_t *out);

// Elements i .. i + n - 1 become codes[0 .. n - 1]; every other element keeps its value.
void dyadic_pack_i32(void *data, dyadic_type type, uint32_t i, uint32_t n, const int32_t *codes);

// Copies n codes from element `from` of source to element `to` of target (the same type, no overlap).
void dyadic_copy(void *target, uint32_t to, const void *source, uint32_t from, uint32_t n, dyadic_type type);

DYADIC_END

#endif
