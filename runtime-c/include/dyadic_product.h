// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The matrix product inside conv2d and matmul: a few columns of values against packed rows of weights.
#ifndef DYADIC_PRODUCT_H
#define DYADIC_PRODUCT_H

#include "dyadic_column.h"
#include "dyadic_epilogue.h"
#include "dyadic_part.h"

DYADIC_BEGIN

typedef struct dyadic_product {
  uint32_t k;    // values per row and per column
  uint32_t rows; // of weights
  uint8_t acc_bits;
  dyadic_operand in; // decides, with weight and acc_bits, the type of the columns
  dyadic_operand weight;
  const dyadic_epilogue *out;
  const dyadic_sums *sums; // null: each sum is complete
} dyadic_product;

// DYADIC_COLUMN_I16: sums are int32_t; _I32 and, for inputs that int32_t does not hold, _I64: int64_t.
// Weights may have up to 64 bits.
int dyadic_product_columns(uint8_t acc_bits, dyadic_operand in, dyadic_operand weight);

// Bytes for block columns and one unpacked row, rounded up to 8.
size_t dyadic_product_scratch_bytes(const dyadic_product *product, uint32_t block);

// Row r of the weights starts at element (first_row + r) * k. Column p yields output elements
// out_index + p * out_stride + r, r < rows, whose channel is first_row + r; so are the sums numbered. The
// columns lie at the start of scratch, behind room for `block` of them one row is unpacked.
void dyadic_product_run(const dyadic_product *product, uint32_t columns, uint32_t block, const void *weights,
                        uint32_t first_row, void *out, uint32_t out_index, uint32_t out_stride,
                        void *scratch);

DYADIC_END

#endif
