// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks codes that come from outside the network.
#include "dyadic_codes.h"
#include "dyadic_pack.h"

int dyadic_codes_in_range(const void *codes, dyadic_type container, uint32_t n, dyadic_type target,
                          int64_t low, int64_t high) {
  const int bipolar = target.bits == 1u && target.is_signed != 0u;
  for (uint32_t i = 0u; i < n; ++i) {
    const int64_t code = dyadic_load(codes, container, i);
    if (code < low || code > high || (bipolar && code == 0)) {
      return 0;
    }
  }
  return 1;
}
