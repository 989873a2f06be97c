// Says whether a form equals a step function on every reachable accumulator; shares nothing with the search.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/Form.h"
#include "passes/model/StepFunction.h"
#include <string>

namespace dyadic::model {

/// None: the form gives f(a) for every a in [f.lo(), f.hi()] and nothing overflows on the way. Otherwise what
/// is wrong, with an accumulator that shows it where there is one. Listed functions: every form is monotone
/// between its breaks, so the two ends of each plateau prove it whole. Symbolic ones: a piece is floor(line),
/// and where one line lies above another their floors are equal at every point iff the sums of the floors
/// are.
std::optional<std::string> judgeForm(const Form &form, const StepFunction &f, Clamp clamp);

} // namespace dyadic::model
