// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The one instruction of semihosting that each ISA spells differently.
#ifndef DYADIC_SEMIHOSTING_H
#define DYADIC_SEMIHOSTING_H

#include <stdint.h>

int32_t dyadic_semihosting_call(uint32_t operation, uint32_t argument);

#endif
