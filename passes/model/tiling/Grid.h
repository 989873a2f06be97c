// The grid of tiles: each axis cut into segments, and what one tile takes of a tensor.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace dyadic::model {

/// Axes of a layer's output. A matmul has rows and channels, an element-wise step pixels (rows) and channels;
/// axes it does not have keep the extent 1. The last axis is none of the output: the input channels that each
/// output is a sum over.
enum class Axis : uint8_t { Images, Rows, Columns, Channels, Inputs };
constexpr size_t axisCount = 5, outputAxisCount = 4;
constexpr std::array<Axis, axisCount> allAxes = {Axis::Images, Axis::Rows, Axis::Columns, Axis::Channels,
                                                 Axis::Inputs};
using Order = std::array<Axis, outputAxisCount>;
constexpr Order outputAxes = {Axis::Images, Axis::Rows, Axis::Columns, Axis::Channels};
constexpr size_t at(Axis axis) { return static_cast<size_t>(axis); }
const char *toString(Axis axis);

/// How output positions along an axis read the input.
struct Window {
  int64_t in = 1; ///< extent of the input
  int64_t kernel = 1, stride = 1, dilation = 1;
  int64_t pad = 0; ///< before the first input position
  bool isIdentity(int64_t out) const { return in == out && kernel == 1 && stride == 1 && pad == 0; }
};

/// A run of output positions along one axis and the input positions that their windows read.
struct Segment {
  int64_t outFirst = 0, outCount = 0;
  int64_t inFirst = 0, inCount = 0;
  int64_t pad = 0; ///< positions of the first window before inFirst
  bool operator==(const Segment &) const = default;
};

/// The axis cut into runs of `size` outputs, the last one shorter where `size` does not divide. Windows that
/// lie in padding only read nothing: inCount 0.
std::vector<Segment> cut(int64_t extent, int64_t size, const Window &window);

/// What one dimension of an operand takes of an axis.
enum class Use : uint8_t { Whole, Out, In }; ///< all of it; the segment's outputs; its window
struct Dim {
  int64_t extent = 1;
  Use use = Use::Whole;
  Axis axis = Axis::Images; ///< of no meaning when whole
};

/// A part of a tensor in memory: `planes` times `lines` runs of `bytes`; strides in bytes.
struct Box {
  int64_t planes = 1, lines = 1, bytes = 0;
  int64_t firstByte = 0, planeStride = 0, lineStride = 0;
  int64_t total() const { return planes * lines * bytes; }
  bool operator==(const Box &) const = default;
};

/// Which cores share a tile's outputs: runs of pixels (images, rows, columns) or runs of channels.
enum class Spread : uint8_t { Pixels, Channels };
const char *toString(Spread spread);

/// One segment of each axis.
using Tile = std::array<const Segment *, axisCount>;

/// How one layer is computed. Tiles run in odometer order of `order`, the last axis fastest, within each of
/// them the segments of input channels: the sums of a tile stay in L1 until the last of these.
struct Tiling {
  std::array<std::vector<Segment>, axisCount> segments;
  Order order = outputAxes;
  Spread spread = Spread::Pixels;
  int64_t cores = 1;
  int64_t block = 1;          ///< of the kernel: output columns or channels worked on together
  std::vector<int64_t> slots; ///< L1 buffers of each operand; 0: read and written where it lies

  int64_t tiles() const;
  bool sumsUp() const { return count(Axis::Inputs) > 1; }
  int64_t count(Axis axis) const { return static_cast<int64_t>(segments[at(axis)].size()); }
  int64_t size(Axis axis) const; ///< outputs of the longest segment
  /// The index of each axis' segment in tile `t`.
  std::array<int64_t, axisCount> indices(int64_t t) const;
  Tile tile(const std::array<int64_t, axisCount> &indices) const;
  Tile tile(int64_t t) const { return tile(indices(t)); }
  /// Restricted to a run of channel segments.
  Tiling ofChannels(int64_t first, int64_t count) const;
  /// "8 rows x 16 columns x 24 channels"; axes that are not cut are left out, "whole" when none is.
  std::string shape() const;
};

} // namespace dyadic::model
