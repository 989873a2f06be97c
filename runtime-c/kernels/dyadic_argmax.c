// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Index of the largest element, the first one on ties.
#include "dyadic_argmax.h"
#include "dyadic_pack.h"

void dyadic_argmax_run(const dyadic_argmax *layer, const void *in, void *out) {
  for (uint32_t r = 0u; r < layer->rows; ++r) {
    for (uint32_t j = 0u; j < layer->inner; ++j) {
      const uint32_t from = r * layer->length * layer->inner + j;
      int64_t best = dyadic_load(in, layer->in, from);
      uint32_t index = 0u;
      for (uint32_t i = 1u; i < layer->length; ++i) {
        const int64_t x = dyadic_load(in, layer->in, from + i * layer->inner);
        if (layer->minimum != 0u ? x < best : x > best) {
          best = x;
          index = i;
        }
      }
      dyadic_store(out, layer->out, r * layer->inner + j, index);
    }
  }
}
