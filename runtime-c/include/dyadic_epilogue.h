// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What becomes of a finished accumulator: a code through a step, or the integer itself.
#ifndef DYADIC_EPILOGUE_H
#define DYADIC_EPILOGUE_H

#include "dyadic_step.h"

DYADIC_BEGIN

// step == null: the accumulator itself is stored (type si32, or si64 where 32 bits are not proven enough).
typedef struct dyadic_epilogue {
  dyadic_type type; // of the output
  const dyadic_step *step;
} dyadic_epilogue;

// Stores elements i + j * i_stride of out, j < n, made from acc[j] with the numbers of the tensor's channel
// c + j * c_stride. acc is used up.
void dyadic_emit32(const dyadic_epilogue *epilogue, uint32_t c, uint32_t c_stride, int32_t *acc, uint32_t n,
                   void *out, uint32_t i, uint32_t i_stride);

// Stores element i of out, made from a on channel c.
void dyadic_emit64(const dyadic_epilogue *epilogue, uint32_t c, int64_t a, void *out, uint32_t i);

DYADIC_END

#endif
