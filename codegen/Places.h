// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which elements of its input each element that a moving or pooling kernel writes is taken from.
#pragma once
#include "codegen/Model.h"
#include <optional>
#include <vector>

namespace dyadic::codegen {

/// Moved elements: for each, those it is taken from; none for filling.
struct Places {
  std::vector<std::vector<int64_t>> from;
  std::optional<int64_t> fill;
  bool mixed = false; ///< several fillings
  bool filled() const { return fill.has_value(); }
  /// What `next` makes of these.
  Places then(const Places &next) const;
  /// Indices modulo `modulus`, and the whole as short as it repeats.
  void reduce(int64_t modulus);
  /// ",\"places\":[...]" and the fill; `name` instead of places.
  void print(llvm::raw_ostream &os, llvm::StringRef name) const;
};

/// Of a gather or pool_max kernel.
Places placesOf(const Model &model, const Work &kernel);

} // namespace dyadic::codegen
