// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Forms of operators that the table's own functions never give, each put behind what x holds.
#pragma once
#include "test/fuzz/Operators.h"

namespace dyadic::fuzz {

using Form = Tensor (*)(Graph &, Tensor);

/// Products with constant vectors, and weights that were moved or are shared.
std::vector<Form> formsOfProducts();

/// Codes of one scale, as what sums them up reads.
Tensor settled(Graph &g, const Tensor &x);
/// What is known of a sum of `terms` products with constants.
Tensor summed(const Tensor &x, const Weights &w, int64_t terms);

} // namespace dyadic::fuzz
