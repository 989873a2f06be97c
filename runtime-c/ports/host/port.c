// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The same services on the host, so that one test program serves every target.
#include "dyadic_port.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_FILES = 8 };
static FILE *files[MAX_FILES];

void dyadic_port_put(const char *text) { (void)fputs(text, stdout); }

void dyadic_port_put_number(int64_t number) { (void)printf("%lld", (long long)number); }

void dyadic_port_exit(int code) { exit(code); }

int dyadic_port_open(const char *path, int write) {
  for (int i = 0; i < MAX_FILES; ++i) {
    if (files[i] == NULL) {
      files[i] = fopen(path, write != 0 ? "wb" : "rb");
      return files[i] == NULL ? -1 : i;
    }
  }
  return -1;
}

uint32_t dyadic_port_read(int handle, void *data, uint32_t bytes) {
  return (uint32_t)fread(data, 1u, bytes, files[handle]);
}

uint32_t dyadic_port_write(int handle, const void *data, uint32_t bytes) {
  return (uint32_t)fwrite(data, 1u, bytes, files[handle]);
}

int dyadic_port_close(int handle) {
  const int status = fclose(files[handle]);
  files[handle] = NULL;
  return status;
}

uint64_t dyadic_port_counter(void) { return 0u; }

uint64_t dyadic_port_instructions(uint64_t earlier, uint64_t later) { return later - earlier; }

void dyadic_port_stack_paint(void) {}

uint32_t dyadic_port_stack_used(void) { return 0u; }
