// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where an object lies: in which level of the machine's memory.
#ifndef DYADIC_SECTIONS_H
#define DYADIC_SECTIONS_H

// The linker scripts of runtime-c/ports place these sections; any other script takes them as ordinary data,
// by the first part of their names. L1 and L2 hold buffers without initialiser, which a start-up need not
// clear; L3 holds constants, DYADIC_L1_CODE functions that run from the near memory.
//   static DYADIC_L1 uint64_t l1[NET_L1_BYTES / 8];
#if defined(__GNUC__) && defined(__ELF__)
#define DYADIC_L1 __attribute__((section(".bss.dyadic_l1"), aligned(32)))
#define DYADIC_L2 __attribute__((section(".bss.dyadic_l2"), aligned(32)))
#define DYADIC_L3 __attribute__((section(".rodata.dyadic_l3"), aligned(32)))
#define DYADIC_L1_CODE __attribute__((section(".text.dyadic_l1")))
#else
#define DYADIC_L1
#define DYADIC_L2
#define DYADIC_L3
#define DYADIC_L1_CODE
#endif

#endif
