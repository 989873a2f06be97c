// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The least start-up of an STM32: memories are filled, then main runs. Clocks, caches and external memory are
// the board's, in SystemInit or before.
#include <stdint.h>

extern uint32_t dyadic_stack_top[];
extern uint32_t dyadic_itcm_load[], dyadic_itcm_start[], dyadic_itcm_end[];
extern uint32_t dyadic_data_load[], dyadic_data_start[], dyadic_data_end[];
extern uint32_t dyadic_bss_start[], dyadic_bss_end[];

int main(void);
void SystemInit(void); // of the board
void dyadic_reset(void);
void dyadic_fault(void); // of the board

static void copy(const uint32_t *from, uint32_t *to, const uint32_t *end) {
  while (to < end) {
    *to++ = *from++;
  }
}

void dyadic_reset(void) {
  *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; // floating-point and vector units
  __asm volatile("dsb\n\tisb" ::: "memory");
  SystemInit();
  copy(dyadic_itcm_load, dyadic_itcm_start, dyadic_itcm_end);
  copy(dyadic_data_load, dyadic_data_start, dyadic_data_end);
  for (uint32_t *word = dyadic_bss_start; word < dyadic_bss_end; ++word) {
    *word = 0u;
  }
  __asm volatile("dsb\n\tisb" ::: "memory");
  (void)main();
  dyadic_fault();
}

typedef void (*handler)(void);

// The stack, reset and the system's exceptions; a board with interrupts brings a table of its own.
__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack;
  handler handlers[15];
} vectors = {dyadic_stack_top,
             {dyadic_reset, dyadic_fault, dyadic_fault, dyadic_fault, dyadic_fault, dyadic_fault,
              dyadic_fault, dyadic_fault, dyadic_fault, dyadic_fault, dyadic_fault, dyadic_fault,
              dyadic_fault, dyadic_fault, dyadic_fault}};
