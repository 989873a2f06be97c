// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reset, vectors, semihosting and the counter of the MPS2 and MPS3 boards.
#include "dyadic_port.h"
#include "dyadic_semihosting.h"

extern uint32_t dyadic_stack_top[];
extern uint32_t dyadic_bss_start[];
extern uint32_t dyadic_bss_end[];
extern volatile uint32_t dyadic_board_counter[]; // counts up; the word behind it is its prescaler

int main(void);

// Free-running, at 25 MHz on the MPS2 and 20 MHz on the MPS3 boards; with one instruction every 256 ns that
// makes 6.4 and 5.12 ticks an instruction.
#if defined(__ARM_ARCH_8_1M_MAIN__) || defined(__ARM_ARCH_8M_MAIN__)
enum { TICKS = 128, INSTRUCTIONS = 25 };
#else
enum { TICKS = 32, INSTRUCTIONS = 5 };
#endif

void dyadic_reset(void);
void dyadic_fault(void);

void dyadic_reset(void) {
  // Coprocessors 10 and 11: the floating-point and vector units.
  *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20;
  __asm volatile("dsb\n\tisb" ::: "memory");
  for (uint32_t *word = dyadic_bss_start; word < dyadic_bss_end; ++word) {
    *word = 0u;
  }
  dyadic_board_counter[1] = 0u;
  dyadic_port_exit(main());
}

void dyadic_fault(void) {
  dyadic_port_put("fault\n");
  dyadic_port_exit(99);
}

typedef void (*handler)(void);

typedef struct vectors {
  uint32_t *stack;
  handler handlers[15];
} vectors;

__attribute__((section(".vectors"), used))
const vectors dyadic_vectors = {dyadic_stack_top,
                                {dyadic_reset, dyadic_fault, dyadic_fault, dyadic_fault, dyadic_fault,
                                 dyadic_fault, dyadic_fault, dyadic_fault, dyadic_fault, dyadic_fault,
                                 dyadic_fault, dyadic_fault, dyadic_fault, dyadic_fault, dyadic_fault}};

int32_t dyadic_semihosting_call(uint32_t operation, uint32_t argument) {
  register uint32_t r0 __asm("r0") = operation;
  register uint32_t r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return (int32_t)r0;
}

uint64_t dyadic_port_counter(void) { return dyadic_board_counter[0]; }

uint64_t dyadic_port_instructions(uint64_t earlier, uint64_t later) {
  const uint64_t ticks = (uint32_t)later - (uint32_t)earlier;
  return (ticks * INSTRUCTIONS + TICKS / 2) / TICKS;
}
