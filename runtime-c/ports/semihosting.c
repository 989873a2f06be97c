// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files, text and exit through semihosting, the same for Arm and RISC-V but for the trapping instruction.
#include "dyadic_port.h"
#include "dyadic_semihosting.h"

enum { SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_WRITE0 = 0x04, SYS_WRITE = 0x05, SYS_READ = 0x06 };
enum { SYS_EXIT_EXTENDED = 0x20 };
enum { REASON_APPLICATION_EXIT = 0x20026 };
enum { MODE_READ_BINARY = 1, MODE_WRITE_BINARY = 5 };

static int32_t call(uint32_t operation, const uint32_t *block) {
  return dyadic_semihosting_call(operation, (uint32_t)(uintptr_t)block);
}

static uint32_t lengthOf(const char *text) {
  uint32_t n = 0u;
  while (text[n] != '\0') {
    ++n;
  }
  return n;
}

void dyadic_port_put(const char *text) {
  (void)dyadic_semihosting_call(SYS_WRITE0, (uint32_t)(uintptr_t)text);
}

void dyadic_port_put_number(int64_t number) {
  char digits[24];
  uint32_t at = sizeof digits - 1u;
  uint64_t left = number < 0 ? 0u - (uint64_t)number : (uint64_t)number;
  digits[at] = '\0';
  do {
    digits[--at] = (char)('0' + (int)(left % 10u));
    left /= 10u;
  } while (left != 0u);
  if (number < 0) {
    digits[--at] = '-';
  }
  dyadic_port_put(digits + at);
}

void dyadic_port_exit(int code) {
  const uint32_t block[2] = {REASON_APPLICATION_EXIT, (uint32_t)code};
  (void)call(SYS_EXIT_EXTENDED, block);
  for (;;) {
  }
}

int dyadic_port_open(const char *path, int write) {
  const uint32_t block[3] = {(uint32_t)(uintptr_t)path, write != 0 ? MODE_WRITE_BINARY : MODE_READ_BINARY,
                             lengthOf(path)};
  return (int)call(SYS_OPEN, block);
}

// Semihosting answers with the number of bytes it did not transfer.
uint32_t dyadic_port_read(int handle, void *data, uint32_t bytes) {
  const uint32_t block[3] = {(uint32_t)handle, (uint32_t)(uintptr_t)data, bytes};
  const int32_t left = call(SYS_READ, block);
  return left < 0 || (uint32_t)left > bytes ? 0u : bytes - (uint32_t)left;
}

uint32_t dyadic_port_write(int handle, const void *data, uint32_t bytes) {
  const uint32_t block[3] = {(uint32_t)handle, (uint32_t)(uintptr_t)data, bytes};
  const int32_t left = call(SYS_WRITE, block);
  return left < 0 || (uint32_t)left > bytes ? 0u : bytes - (uint32_t)left;
}

int dyadic_port_close(int handle) {
  const uint32_t block[1] = {(uint32_t)handle};
  return (int)call(SYS_CLOSE, block);
}
