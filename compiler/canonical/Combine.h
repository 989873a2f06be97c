// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A step of several terms as a step of one integer: small weights that keep all its codes apart.
#pragma once
#include "compiler/canonical/Staircase.h"
#include "dialects/qint/StepEvaluator.h"
#include <optional>

namespace dyadic::canonical {

/// code(a...) = stairs(sum weights_t a_t) for all a_t in the ranges for which the step was proven.
struct Combination {
  std::vector<int64_t> weights;
  Staircase stairs;
};

/// None where no weights were found with which every sum stays below `exactBelow`. `runner` runs `step`.
std::optional<Combination> combine(qint::StepAttr step, int64_t channel, const qint::StepEvaluator &runner);

} // namespace dyadic::canonical
