// What of a tiling somebody has decided already; the search chooses the rest.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/tiling/Grid.h"
#include <optional>

namespace dyadic::model {

struct TilingChoices {
  std::array<std::optional<int64_t>, axisCount> size; ///< of a tile along an axis
  std::optional<Order> order;
  std::optional<Spread> spread;
  std::optional<int64_t> cores, block;
};

/// Choices for the layers whose ONNX node matches `pattern` (a shell pattern; empty: all). A rule that names
/// one node must be kept; another one is a wish, where a layer cannot be cut so.
struct TileRule {
  std::string pattern;
  TilingChoices choices;
};

} // namespace dyadic::model
