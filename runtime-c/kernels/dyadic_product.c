// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packed rows of weights times a few columns of values; a row is unpacked once for all columns.
#include "dyadic_product.h"
#include "dyadic_pack.h"

int dyadic_product_columns(uint8_t acc_bits, dyadic_operand in, dyadic_operand weight) {
  if (acc_bits == 32u && dyadic_fits_int16(in) && dyadic_fits_int16(weight)) {
    return DYADIC_COLUMN_I16;
  }
  return dyadic_fits_int32(in) ? DYADIC_COLUMN_I32 : DYADIC_COLUMN_I64;
}

// Plain int8_t weights are read where they lie.
static int readInPlace(dyadic_operand weight) {
  return weight.type.bits == 8u && weight.type.is_signed != 0u && weight.zero == 0;
}

static size_t roundUp8(size_t bytes) { return (bytes + 7u) & ~(size_t)7u; }

size_t dyadic_product_scratch_bytes(const dyadic_product *product, uint32_t block) {
  const int kind = dyadic_product_columns(product->acc_bits, product->in, product->weight);
  const int unpacks =
      kind == DYADIC_COLUMN_I32 || (kind == DYADIC_COLUMN_I16 && !readInPlace(product->weight));
  return roundUp8(((size_t)block + (unpacks ? 1u : 0u)) * product->k * dyadic_column_bytes(kind));
}

// Every sum below stays within its accumulator: the compiler has proven it for any order of addition.

static void dot1x8(const int8_t *w, const int16_t *x, uint32_t k, int32_t *acc) {
  int32_t sum = 0;
  for (uint32_t i = 0u; i < k; ++i) {
    sum += (int32_t)w[i] * x[i];
  }
  acc[0] = sum;
}

static void dot1x16(const int16_t *w, const int16_t *x, uint32_t k, int32_t *acc) {
  int32_t sum = 0;
  for (uint32_t i = 0u; i < k; ++i) {
    sum += (int32_t)w[i] * x[i];
  }
  acc[0] = sum;
}

static void dot4x8(const int8_t *w, const int16_t *x, uint32_t k, int32_t acc[4]) {
  const int16_t *x1 = x + k;
  const int16_t *x2 = x1 + k;
  const int16_t *x3 = x2 + k;
  int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (uint32_t i = 0u; i < k; ++i) {
    const int32_t v = w[i];
    s0 += v * x[i];
    s1 += v * x1[i];
    s2 += v * x2[i];
    s3 += v * x3[i];
  }
  acc[0] = s0;
  acc[1] = s1;
  acc[2] = s2;
  acc[3] = s3;
}

static void dot4x16(const int16_t *w, const int16_t *x, uint32_t k, int32_t acc[4]) {
  const int16_t *x1 = x + k;
  const int16_t *x2 = x1 + k;
  const int16_t *x3 = x2 + k;
  int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (uint32_t i = 0u; i < k; ++i) {
    const int32_t v = w[i];
    s0 += v * x[i];
    s1 += v * x1[i];
    s2 += v * x2[i];
    s3 += v * x3[i];
  }
  acc[0] = s0;
  acc[1] = s1;
  acc[2] = s2;
  acc[3] = s3;
}

static int64_t dotWide(const int32_t *w, const int32_t *x, uint32_t k) {
  int64_t sum = 0;
  for (uint32_t i = 0u; i < k; ++i) {
    sum += (int64_t)w[i] * x[i];
  }
  return sum;
}

// Weights that int32_t does not hold are read one by one where they lie; so are those of wider inputs.
static int64_t dotLong(const void *w, dyadic_operand operand, uint32_t at, const int32_t *x, uint32_t k) {
  int64_t sum = 0;
  for (uint32_t i = 0u; i < k; ++i) {
    sum += (dyadic_load(w, operand.type, at + i) - operand.zero) * x[i];
  }
  return sum;
}

static int64_t dotWidest(const void *w, dyadic_operand operand, uint32_t at, const int64_t *x, uint32_t k) {
  int64_t sum = 0;
  for (uint32_t i = 0u; i < k; ++i) {
    sum += (dyadic_load(w, operand.type, at + i) - operand.zero) * x[i];
  }
  return sum;
}

// Where the outputs of one row go.
typedef struct target {
  const dyadic_epilogue *epilogue;
  const dyadic_sums *sums;
  uint32_t channel;
  void *out;
  uint32_t index;
  uint32_t stride;
} target;

// Adds what earlier segments have summed up; keeps it for the next one, or lets the epilogue have it.
static void carry(const target *to, uint32_t first, uint32_t count, int32_t *acc) {
  int32_t *sum = to->sums->values + to->index + (size_t)first * to->stride;
  for (uint32_t i = 0u; i < count; ++i, sum += to->stride) {
    if (to->sums->first == 0u) {
      acc[i] += *sum;
    }
    if (to->sums->last == 0u) {
      *sum = acc[i];
    }
  }
}

static void emit(const target *to, uint32_t first, uint32_t count, int32_t *acc) {
  if (to->sums != NULL) {
    carry(to, first, count, acc);
    if (to->sums->last == 0u) {
      return;
    }
  }
  dyadic_emit32(to->epilogue, to->channel, 0u, acc, count, to->out, to->index + first * to->stride,
                to->stride);
}

static void rowInPlace(const int8_t *w, const int16_t *x, uint32_t k, uint32_t columns, const target *to) {
  int32_t acc[4];
  uint32_t p = 0u;
  for (; p + 4u <= columns; p += 4u) {
    dot4x8(w, x + (size_t)p * k, k, acc);
    emit(to, p, 4u, acc);
  }
  for (; p < columns; ++p) {
    dot1x8(w, x + (size_t)p * k, k, acc);
    emit(to, p, 1u, acc);
  }
}

static void rowUnpacked(const int16_t *w, const int16_t *x, uint32_t k, uint32_t columns, const target *to) {
  int32_t acc[4];
  uint32_t p = 0u;
  for (; p + 4u <= columns; p += 4u) {
    dot4x16(w, x + (size_t)p * k, k, acc);
    emit(to, p, 4u, acc);
  }
  for (; p < columns; ++p) {
    dot1x16(w, x + (size_t)p * k, k, acc);
    emit(to, p, 1u, acc);
  }
}

static void emitWide(const target *to, uint32_t p, uint8_t acc_bits, int64_t sum) {
  if (acc_bits == 32u) {
    int32_t acc = (int32_t)sum;
    emit(to, p, 1u, &acc);
  } else {
    dyadic_emit64(to->epilogue, to->channel, sum, to->out, to->index + p * to->stride);
  }
}

static void rowWide(const int32_t *w, const int32_t *x, uint32_t k, uint32_t columns, uint8_t acc_bits,
                    const target *to) {
  for (uint32_t p = 0u; p < columns; ++p) {
    emitWide(to, p, acc_bits, dotWide(w, x + (size_t)p * k, k));
  }
}

static void rowLong(const dyadic_product *product, const void *weights, uint32_t at, const int32_t *x,
                    uint32_t columns, const target *to) {
  const uint32_t k = product->k;
  for (uint32_t p = 0u; p < columns; ++p) {
    emitWide(to, p, product->acc_bits, dotLong(weights, product->weight, at, x + (size_t)p * k, k));
  }
}

static void rowWidest(const dyadic_product *product, const void *weights, uint32_t at, const int64_t *x,
                      uint32_t columns, const target *to) {
  const uint32_t k = product->k;
  for (uint32_t p = 0u; p < columns; ++p) {
    emitWide(to, p, product->acc_bits, dotWidest(weights, product->weight, at, x + (size_t)p * k, k));
  }
}

void dyadic_product_run(const dyadic_product *product, uint32_t columns, uint32_t block, const void *weights,
                        uint32_t first_row, void *out, uint32_t out_index, uint32_t out_stride,
                        void *scratch) {
  const uint32_t k = product->k;
  const int kind = dyadic_product_columns(product->acc_bits, product->in, product->weight);
  const int inPlace = readInPlace(product->weight);
  target to = {product->out, product->sums, first_row, out, out_index, out_stride};
  for (uint32_t r = 0u; r < product->rows; ++r) {
    const uint32_t at = (first_row + r) * k;
    to.channel = first_row + r;
    to.index = out_index + r;
    if (kind == DYADIC_COLUMN_I16 && inPlace) {
      rowInPlace((const int8_t *)weights + at, (const int16_t *)scratch, k, columns, &to);
    } else if (kind == DYADIC_COLUMN_I16) {
      int16_t *row = (int16_t *)scratch + (size_t)block * k;
      dyadic_unpack_i16(weights, product->weight, at, k, row);
      rowUnpacked(row, (const int16_t *)scratch, k, columns, &to);
    } else if (kind == DYADIC_COLUMN_I64) {
      rowWidest(product, weights, at, (const int64_t *)scratch, columns, &to);
    } else if (!dyadic_fits_int32(product->weight)) {
      rowLong(product, weights, at, (const int32_t *)scratch, columns, &to);
    } else {
      int32_t *row = (int32_t *)scratch + (size_t)block * k;
      dyadic_unpack_i32(weights, product->weight, at, k, row);
      rowWide(row, (const int32_t *)scratch, k, columns, product->acc_bits, &to);
    }
  }
}
