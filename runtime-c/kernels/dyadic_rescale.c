// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One step over every element of one or several tensors.
#include "dyadic_rescale.h"
#include "dyadic_pack.h"

void dyadic_rescale_part(const dyadic_rescale *layer, const dyadic_part *part, const void *const *in,
                         void *out) {
  const dyadic_step *step = layer->step;
  uint32_t channel = part->first / layer->period % step->channels;
  uint32_t used = part->first % layer->period; // elements of this channel's period so far
  for (uint32_t i = part->first; i < part->end; ++i) {
    int64_t a[DYADIC_RESCALE_MAX_TERMS];
    for (uint32_t t = 0u; t < step->terms; ++t) {
      a[t] = dyadic_load(in[t], layer->in[t], i);
    }
    dyadic_store(out, layer->out, i, dyadic_stepN(step, channel, a));
    if (++used == layer->period) {
      used = 0u;
      channel = channel + 1u == step->channels ? 0u : channel + 1u;
    }
  }
}

void dyadic_rescale_run(const dyadic_rescale *layer, const void *const *in, void *out) {
  const dyadic_part all = {0u, layer->elements, 0u, 1u};
  dyadic_rescale_part(layer, &all, in, out);
}
