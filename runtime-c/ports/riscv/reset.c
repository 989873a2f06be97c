// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reset of a riscv32 virt machine that uses one hart.

void dyadic_reset(void);

// Only hart 0 goes on. tp points at the C library's thread-local data.
__attribute__((naked, section(".reset"), used)) void dyadic_reset(void) {
  __asm volatile(".option push\n\t"
                 ".option norelax\n\t"
                 "la gp, __global_pointer$\n\t"
                 ".option pop\n\t"
                 "la sp, dyadic_stack_top\n\t"
                 "la tp, dyadic_tls\n\t"
                 "la t0, dyadic_trap\n\t"
                 "csrw mtvec, t0\n\t"
                 "csrr t0, mhartid\n"
                 "1: bnez t0, 1b\n\t"
                 "j dyadic_start");
}
