// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Turns accumulators into stored elements.
#include "dyadic_epilogue.h"
#include "dyadic_pack.h"

void dyadic_emit32(const dyadic_epilogue *epilogue, uint32_t c, uint32_t c_stride, int32_t *acc, uint32_t n,
                   void *out, uint32_t i, uint32_t i_stride) {
  const dyadic_step *step = epilogue->step;
  const dyadic_type type = epilogue->type;
  if (step != NULL) {
    if (step->channels == 1u) {
      c = 0u;
      c_stride = 0u;
    }
    if (type.bits > 31u) { // codes may leave int32_t
      for (uint32_t j = 0u; j < n; ++j) {
        dyadic_store(out, type, i + j * i_stride, dyadic_step1(step, c + j * c_stride, acc[j]));
      }
      return;
    }
    dyadic_step_block(step, c, c_stride, n, acc);
  }
  if (i_stride == 1u) {
    dyadic_pack_i32(out, type, i, n, acc);
  } else if (type.bits == 8u) {
    uint8_t *to = (uint8_t *)out + i;
    for (uint32_t j = 0u; j < n; ++j) {
      to[j * i_stride] = (uint8_t)((uint32_t)acc[j] & 0xFFu);
    }
  } else {
    for (uint32_t j = 0u; j < n; ++j) {
      dyadic_store(out, type, i + j * i_stride, acc[j]);
    }
  }
}

void dyadic_emit64(const dyadic_epilogue *epilogue, uint32_t c, int64_t a, void *out, uint32_t i) {
  const dyadic_step *step = epilogue->step;
  const int64_t y = step == NULL ? a : dyadic_step1(step, dyadic_step_channel(step, c), a);
  dyadic_store(out, epilogue->type, i, y);
}
