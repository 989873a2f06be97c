// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the elements of an integer tensor lie in its ONNX tensor, and how one order becomes another.
#pragma once
#include "compiler/canonical/Graph.h"
#include <optional>

namespace dyadic::canonical {

/// Axis i of the physical order is axis perm[i] of `shape`. The value's own type may be any reshape of that.
struct Layout {
  Shape shape, perm;

  static Layout plain(llvm::ArrayRef<int64_t> physical);
  /// Rank 3 and 4: channels first, as ONNX has them, of a physical shape with channels last; else plain.
  static Layout channelsFirst(llvm::ArrayRef<int64_t> physical);
  /// Of a physical shape and the axis order of another tensor.
  static Layout like(llvm::ArrayRef<int64_t> physical, llvm::ArrayRef<int64_t> perm);

  Shape physical() const;
  bool operator==(const Layout &) const = default;
};

/// The way from one layout to another of the same elements: Reshape to `split`, Transpose by `perm`, Reshape
/// to the new shape; each left out where it does nothing.
struct Relayout {
  Shape split, perm;
  bool moves = false; ///< without it one Reshape does, or nothing
};
/// None where the extents of the two have no common refinement: then go by way of the plain layout.
std::optional<Relayout> relayout(const Layout &from, const Layout &to);

/// For a tensor read as rows of `depth` elements: which physical column each column of the ONNX tensor is.
/// None where its rows do not lie in one piece, one after the other.
std::optional<Shape> columnsOf(const Layout &layout, int64_t rows, int64_t depth);

/// For a number per channel, where the channel of physical element i is (i / period) % channels: the ONNX
/// axes `first`..`last` on which it depends (first > last: none), and the channel at each of their indices.
struct Spread {
  size_t first = 1, last = 0;
  Shape channel{0};
  bool uniform() const { return first > last; }
};
Spread spreadOf(const Layout &layout, int64_t channels, int64_t period);

} // namespace dyadic::canonical
