// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Measures the stack by painting what is free of it; a bare-metal stack, growing down from dyadic_stack_top.
#include "dyadic_port.h"

extern uint32_t dyadic_stack_limit[]; // lowest word, from the linker script

static const uint32_t pattern = 0xD1AD1CC5u;
static uintptr_t painted; // first address above the paint

// Bytes this close below the painter's own frame are left alone.
enum { MARGIN_BYTES = 64 };

void dyadic_port_stack_paint(void) {
  volatile uint32_t here = 0u;
  painted = (uintptr_t)&here - MARGIN_BYTES;
  volatile uint32_t *word = dyadic_stack_limit;
  while ((uintptr_t)word < painted) {
    *word++ = pattern;
  }
}

uint32_t dyadic_port_stack_used(void) {
  volatile uint32_t *word = dyadic_stack_limit;
  while ((uintptr_t)word < painted && *word == pattern) {
    ++word;
  }
  return (uint32_t)(painted + MARGIN_BYTES - (uintptr_t)word);
}
