// What the tile search must know of one layer: extents, windows, operands, work.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "passes/model/Machine.h"
#include "passes/model/tiling/Grid.h"
#include <functional>
#include <optional>

namespace dyadic::model {

enum class Role : uint8_t { Input, Weights, Parameter, Output };
const char *toString(Role role);

/// A tensor that the layer reads or writes tile by tile. It lies packed, dims outermost first; a tile lies in
/// L1 as the tensor would if it had the tile's extents.
struct Operand {
  std::string name;
  Role role = Role::Input;
  unsigned bits = 8; ///< of an element
  std::vector<Dim> dims;
  unsigned level = 2;     ///< where it lies: 2 (also a stage of streamed weights) or 3
  bool mayLieOut = false; ///< the kernel may work on it where it lies, without a buffer in L1
  bool mayStream = false; ///< weights of L3 that may pass through a stage in L2 by runs of channels

  bool isOutput() const { return role == Role::Output; }
  bool uses(Axis axis) const;
  int64_t elements(const Tile &tile) const;
  int64_t bytes(const Tile &tile) const; ///< as it lies in L1
  int64_t bytes() const;                 ///< of the whole tensor
  /// Where the tile lies. None: it begins or a line of it ends within a byte, or it has more than three
  /// dimensions.
  std::optional<Box> box(const Tile &tile) const;
};

struct TileShape {
  std::array<int64_t, axisCount> out{}; ///< extents of the largest tile
};

struct LayerProblem {
  std::string name;   ///< the ONNX node, for messages
  std::string kernel; ///< of the catalogue
  KernelClass kind = KernelClass::Conv;
  std::array<int64_t, outputAxisCount> extents = {1, 1, 1, 1}; ///< of the output
  int64_t inputs = 1;                                          ///< input channels that each output sums over
  Window rows, columns;                                        ///< ignored where no operand uses them
  std::vector<Operand> operands;
  unsigned weightBits = 8, activationBits = 8;
  int64_t macsPerOutput = 0;       ///< multiply-accumulates
  int64_t elementsPerOutput = 0;   ///< read and written, where nothing is multiplied
  int64_t gatherBytesPerPixel = 0; ///< copied into columns by each core for each of its pixels
  /// Work area of one core for a tile and a block; null: none.
  std::function<int64_t(int64_t block, const TileShape &tile)> scratchBytes;
  std::vector<int64_t> blocks = {1}; ///< choices
  std::array<bool, axisCount> mayCut = {true, true, true, true, false};
  bool maySpreadPixels = true, maySpreadChannels = true;

  int64_t extent(Axis axis) const { return axis == Axis::Inputs ? inputs : extents[at(axis)]; }
  Window window(Axis axis) const; ///< each output its own input where no operand has a window along the axis
  std::vector<Segment> cutAxis(Axis axis, int64_t size) const;
  int64_t outputs() const;
  int64_t macs() const { return outputs() * macsPerOutput; }
  /// Bits of an output element; 8 without an output.
  unsigned outputBits() const;
  int64_t scratch(const Tiling &tiling) const; ///< bytes of all cores' work areas
};

/// A sum of products on its way from one segment of input channels to the next.
constexpr int64_t bytesPerSum = 4;
/// Of the largest tile.
int64_t sumBytes(const Tiling &tiling);

/// Bytes of L1 that a tiling takes, by operand and in all; each buffer rounded up to `align`.
struct Footprint {
  std::vector<int64_t> slotBytes; ///< of one slot of each operand; 0 where it has none
  int64_t scratchBytes = 0;       ///< of all cores
  int64_t sumBytes = 0;           ///< sums that wait for further input channels
  int64_t totalBytes = 0;
};
Footprint footprint(const LayerProblem &layer, const Tiling &tiling, int64_t align);

/// The largest tile of an operand in bytes, over all combinations of segments.
int64_t largestTile(const Operand &operand, const Tiling &tiling);

} // namespace dyadic::model
