// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Turns accumulators into stored elements.
#include "dyadic_epilogue.h"
#include "dyadic_pack.h"

void dyadic_emit32(const dyadic_epilogue *epilogue, uint32_t c, int32_t a, void *out, uint32_t i) {
  const dyadic_step *step = epilogue->step;
  if (step == NULL) {
    dyadic_store(out, epilogue->type, i, a);
    return;
  }
  c = dyadic_step_channel(step, c);
  if (epilogue->type.bits > 31u) { // codes may leave int32_t
    dyadic_store(out, epilogue->type, i, dyadic_step1(step, c, a));
    return;
  }
  const int32_t y = dyadic_step1_i32(step, c, a);
  if (epilogue->type.bits == 8u) {
    ((uint8_t *)out)[i] = (uint8_t)((uint32_t)y & 0xFFu);
  } else {
    dyadic_store(out, epilogue->type, i, y);
  }
}

void dyadic_emit64(const dyadic_epilogue *epilogue, uint32_t c, int64_t a, void *out, uint32_t i) {
  const dyadic_step *step = epilogue->step;
  const int64_t y = step == NULL ? a : dyadic_step1(step, dyadic_step_channel(step, c), a);
  dyadic_store(out, epilogue->type, i, y);
}
