// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a column of a matrix product holds: the inputs of one output, in one of four types.
#ifndef DYADIC_COLUMN_H
#define DYADIC_COLUMN_H

#include "dyadic_base.h"

DYADIC_BEGIN

enum {
  DYADIC_COLUMN_BITS = 0, // stored bits as uint16_t, which index a table
  DYADIC_COLUMN_I16 = 1,  // values (code - zero) as int16_t
  DYADIC_COLUMN_I32 = 2,  // as int32_t
  DYADIC_COLUMN_I64 = 3   // as int64_t
};

// Bytes of one value.
static inline uint32_t dyadic_column_bytes(int kind) {
  return kind <= DYADIC_COLUMN_I16 ? 2u : kind == DYADIC_COLUMN_I32 ? 4u : 8u;
}

// out[j] = element i + j of data as `kind` says, for j < n. Its values must fit that type; BITS: types of at
// most 16 bits.
void dyadic_column_fill(int kind, const void *data, dyadic_operand operand, uint32_t i, uint32_t n,
                        void *out);

DYADIC_END

#endif
