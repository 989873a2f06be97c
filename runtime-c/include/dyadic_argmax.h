// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Index of the largest element of each row, the first one on ties.
#ifndef DYADIC_ARGMAX_H
#define DYADIC_ARGMAX_H

#include "dyadic_base.h"

DYADIC_BEGIN

// Input [rows][length][inner], output [rows][inner]; inner == 1 is the usual case.
typedef struct dyadic_argmax {
  uint32_t rows;
  uint32_t length; // at least 1
  uint32_t inner;
  uint8_t minimum; // 1: the smallest element instead
  dyadic_type in;
  dyadic_type out;
} dyadic_argmax;

// No scratch.
void dyadic_argmax_run(const dyadic_argmax *layer, const void *in, void *out);

DYADIC_END

#endif
