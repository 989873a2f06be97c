// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Start of main, traps, semihosting and the instruction counter of QEMU's riscv32 virt machine.
#include "dyadic_port.h"
#include "dyadic_semihosting.h"

extern uint32_t dyadic_bss_start[];
extern uint32_t dyadic_bss_end[];

int main(void);
void dyadic_start(void);
void dyadic_fault(void);

__attribute__((naked, aligned(4), used)) void dyadic_trap(void);
void dyadic_trap(void) { __asm volatile("la sp, dyadic_stack_top\n\tj dyadic_fault"); }

void dyadic_start(void) {
  for (uint32_t *word = dyadic_bss_start; word < dyadic_bss_end; ++word) {
    *word = 0u;
  }
  dyadic_port_exit(main());
}

void dyadic_fault(void) {
  dyadic_port_put("fault\n");
  dyadic_port_exit(99);
}

// The two shifts around ebreak mark it as a semihosting call; all three must be uncompressed and on one page.
__attribute__((noinline, aligned(16))) int32_t dyadic_semihosting_call(uint32_t operation,
                                                                       uint32_t argument) {
  register uint32_t a0 __asm("a0") = operation;
  register uint32_t a1 __asm("a1") = argument;
  __asm volatile(".option push\n\t"
                 ".option norvc\n\t"
                 ".balign 16\n\t"
                 "slli x0, x0, 0x1f\n\t"
                 "ebreak\n\t"
                 "srai x0, x0, 7\n\t"
                 ".option pop"
                 : "+r"(a0)
                 : "r"(a1)
                 : "memory");
  return (int32_t)a0;
}

uint64_t dyadic_port_counter(void) {
  uint32_t high, low, again;
  do {
    __asm volatile("csrr %0, minstreth\n\tcsrr %1, minstret\n\tcsrr %2, minstreth"
                   : "=r"(high), "=r"(low), "=r"(again));
  } while (high != again);
  return ((uint64_t)high << 32) | low;
}

uint64_t dyadic_port_instructions(uint64_t earlier, uint64_t later) { return later - earlier; }
