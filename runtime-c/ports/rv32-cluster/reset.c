// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reset of a riscv32 virt machine whose harts form a cluster: hart 0 starts main, the others sleep.

void dyadic_reset(void);

// Each hart but 0 has a stack of its own in L1. tp points at the C library's thread-local data, which only
// the controller uses. Software interrupts end wfi and are never taken.
__attribute__((naked, section(".reset"), used)) void dyadic_reset(void) {
  __asm volatile(".option push\n\t"
                 ".option norelax\n\t"
                 "la gp, __global_pointer$\n\t"
                 ".option pop\n\t"
                 "la tp, dyadic_tls\n\t"
                 "la t0, dyadic_trap\n\t"
                 "csrw mtvec, t0\n\t"
                 "li t0, 8\n\t"
                 "csrs mie, t0\n\t"
                 "csrr a0, mhartid\n\t"
                 "bnez a0, 1f\n\t"
                 "la sp, dyadic_stack_top\n\t"
                 "j dyadic_start\n"
                 "1:\n\t"
                 "la sp, dyadic_hart_stacks\n\t" // of hart 1
                 "lui t0, %hi(dyadic_hart_stack_bytes)\n\t"
                 "addi t0, t0, %lo(dyadic_hart_stack_bytes)\n\t"
                 "mul t0, t0, a0\n\t"
                 "add sp, sp, t0\n\t"
                 ".weak dyadic_cluster_hart\n\t" // a program without transfers and teams has none
                 "lui t0, %hi(dyadic_cluster_hart)\n\t"
                 "addi t0, t0, %lo(dyadic_cluster_hart)\n\t"
                 "beqz t0, 2f\n\t"
                 "jr t0\n"
                 "2:\n\t"
                 "wfi\n\t"
                 "j 2b");
}
