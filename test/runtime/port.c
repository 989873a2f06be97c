// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks a port for each of its services; exit code 7 means that all of them answered well.
#include "dyadic_port.h"

static uint32_t zeroed[4];
static uint32_t initialised[2] = {11u, 22u};

// 2 * n instructions and a constant.
static uint64_t countedLoop(uint32_t n) {
  const uint64_t before = dyadic_port_counter();
#if defined(__arm__)
  __asm volatile("1: subs %0, %0, #1\n\tbne 1b" : "+r"(n) : : "cc");
#elif defined(__riscv)
  __asm volatile("1: addi %0, %0, -1\n\tbnez %0, 1b" : "+r"(n));
#else
  (void)n;
#endif
  return dyadic_port_instructions(before, dyadic_port_counter());
}

static uint32_t deep(uint32_t n) {
  volatile uint32_t room[64];
  room[n % 64u] = n;
  return n == 0u ? room[0] : deep(n - 1u) + room[n % 64u];
}

static int files(void) {
  uint8_t out[300], in[300];
  for (uint32_t i = 0u; i < sizeof out; ++i) {
    out[i] = (uint8_t)(i * 7u);
    in[i] = 0u;
  }
  int handle = dyadic_port_open("port_test.bin", 1);
  if (handle < 0 || dyadic_port_write(handle, out, sizeof out) != sizeof out ||
      dyadic_port_close(handle) != 0) {
    return 0;
  }
  handle = dyadic_port_open("port_test.bin", 0);
  if (handle < 0 || dyadic_port_read(handle, in, 100u) != 100u ||
      dyadic_port_read(handle, in + 100, 300u) != 200u || dyadic_port_read(handle, in, 1u) != 0u ||
      dyadic_port_close(handle) != 0) {
    return 0;
  }
  for (uint32_t i = 0u; i < sizeof out; ++i) {
    if (in[i] != out[i]) {
      return 0;
    }
  }
  return dyadic_port_open("no_such_folder/file", 0) == -1;
}

int main(void) {
  dyadic_port_put("number ");
  dyadic_port_put_number(-1234567890123);
  dyadic_port_put("\n");
  if (zeroed[0] + zeroed[3] != 0u || initialised[0] + initialised[1] != 33u) {
    return 1;
  }
  if (!files()) {
    return 2;
  }
#if defined(__arm__) || defined(__riscv)
  if (countedLoop(3000u) - countedLoop(1000u) != 4000u) {
    return 3;
  }
  dyadic_port_stack_paint();
  const uint32_t before = dyadic_port_stack_used();
  (void)deep(10u);
  const uint32_t after = dyadic_port_stack_used();
  if (before > 512u || after < 2560u || after > 8192u) {
    return 4;
  }
#else
  (void)countedLoop;
  (void)deep;
#endif
  return 7;
}
