// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// After reset, hart 0 of a cluster starts as a hart that is alone.
#include "../riscv/startup.c"
