// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element by element: one step over one tensor (requantisation) or over the sum of several (residual add).
#ifndef DYADIC_RESCALE_H
#define DYADIC_RESCALE_H

#include "dyadic_part.h"
#include "dyadic_step.h"

DYADIC_BEGIN

#define DYADIC_RESCALE_MAX_TERMS 8u

// out[i] = step of (in[0][i], in[1][i], ...) on channel (i / period) % step->channels. Terms are codes, zero
// points stand in the step's b. An affine map sum A * a + B into integers is a step of form dyadic64 with n
// null. out may be in[t] where a stored element of out has no more bits than one of in[t] (a container counts
// whole).
typedef struct dyadic_rescale {
  uint32_t elements;
  uint32_t period;                          // elements before the channel changes; 1 for HWC per channel
  dyadic_type in[DYADIC_RESCALE_MAX_TERMS]; // the first step->terms are used
  dyadic_type out;
  const dyadic_step *step;
} dyadic_rescale;

// No scratch.
void dyadic_rescale_run(const dyadic_rescale *layer, const void *const *in, void *out);
void dyadic_rescale_part(const dyadic_rescale *layer, const dyadic_part *part, const void *const *in,
                         void *out);

DYADIC_END

#endif
