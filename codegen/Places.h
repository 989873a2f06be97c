// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which elements of its input each element that a moving or pooling kernel writes is taken from.
#pragma once
#include "codegen/Model.h"
#include <optional>
#include <vector>

namespace dyadic::codegen {

/// Moved elements: for each, those it is taken from; none for filling, or where another kernel writes.
struct Places {
  std::vector<std::vector<int64_t>> from;
  std::optional<int64_t> fill;
};

/// Of a gather or pool_max kernel.
Places placesOf(const Model &model, const Work &kernel);

} // namespace dyadic::codegen
