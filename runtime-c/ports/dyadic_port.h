// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a test program may ask of the machine it runs on: text, files, an exit code, an instruction count,
// stack use.
#ifndef DYADIC_PORT_H
#define DYADIC_PORT_H

#include <stddef.h>
#include <stdint.h>

// Text to standard output; the decimal form of a number.
void dyadic_port_put(const char *text);
void dyadic_port_put_number(int64_t number);

// Ends the program with this exit code, 0..255. Returning from main does the same.
void dyadic_port_exit(int code);

// Files of the host, relative to the folder the emulator was started in; binary. A handle is >= 0, -1 is a
// failure.
int dyadic_port_open(const char *path, int write);
uint32_t dyadic_port_read(int handle, void *data, uint32_t bytes); // how many bytes arrived
uint32_t dyadic_port_write(int handle, const void *data, uint32_t bytes);
int dyadic_port_close(int handle);

// A free-running counter and the instructions between two of its readings. Exact under scripts/emulate
// --count, without meaning otherwise. Cortex-M wraps at 671 million instructions (839 million on the M55).
uint64_t dyadic_port_counter(void);
uint64_t dyadic_port_instructions(uint64_t earlier, uint64_t later);

// Fills the unused stack with a pattern; later tells how many bytes below the painter's frame were
// overwritten.
void dyadic_port_stack_paint(void);
uint32_t dyadic_port_stack_used(void);

#endif
