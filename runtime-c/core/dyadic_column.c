// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fills a column of a matrix product with values of the type that it holds.
#include "dyadic_column.h"
#include "dyadic_pack.h"

void dyadic_column_fill(int kind, const void *data, dyadic_operand operand, uint32_t i, uint32_t n,
                        void *out) {
  if (kind == DYADIC_COLUMN_I16) {
    dyadic_unpack_i16(data, operand, i, n, (int16_t *)out);
  } else if (kind == DYADIC_COLUMN_I32) {
    dyadic_unpack_i32(data, operand, i, n, (int32_t *)out);
  } else if (kind == DYADIC_COLUMN_I64) {
    dyadic_unpack_i64(data, operand, i, n, (int64_t *)out);
  } else {
    dyadic_unpack_bits(data, operand.type, i, n, (uint16_t *)out);
  }
}
