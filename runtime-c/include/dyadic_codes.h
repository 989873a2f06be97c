// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks codes that come from outside the network.
#ifndef DYADIC_CODES_H
#define DYADIC_CODES_H

#include "dyadic_base.h"

DYADIC_BEGIN

// 1 if each of n codes held in `container` lies in [low, high] and, for a bipolar target, is not 0; else 0.
int dyadic_codes_in_range(const void *codes, dyadic_type container, uint32_t n, dyadic_type target,
                          int64_t low, int64_t high);

DYADIC_END

#endif
