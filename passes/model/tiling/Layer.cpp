// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bytes of tiles, where they lie, and what a tiling takes of L1.
#include "passes/model/tiling/Layer.h"
#include <algorithm>

namespace dyadic::model {
namespace {

struct Range {
  int64_t first = 0, count = 0;
};

Range taken(const Dim &dim, const Tile &tile) {
  if (dim.use == Use::Whole)
    return {0, dim.extent};
  const Segment &s = *tile[at(dim.axis)];
  return dim.use == Use::Out ? Range{s.outFirst, s.outCount} : Range{s.inFirst, s.inCount};
}

int64_t bytesOf(int64_t elements, unsigned bits) { return (elements * bits + 7) / 8; }

} // namespace

const char *toString(Role role) {
  constexpr std::array<const char *, 4> names = {"input", "weights", "parameter", "output"};
  return names[static_cast<size_t>(role)];
}

bool Operand::uses(Axis axis) const {
  return std::any_of(dims.begin(), dims.end(),
                     [&](const Dim &d) { return d.use != Use::Whole && d.axis == axis; });
}

int64_t Operand::elements(const Tile &tile) const {
  int64_t product = 1;
  for (const Dim &dim : dims)
    product *= taken(dim, tile).count;
  return product;
}

int64_t Operand::bytes(const Tile &tile) const { return bytesOf(elements(tile), bits); }

int64_t Operand::bytes() const {
  int64_t product = 1;
  for (const Dim &dim : dims)
    product *= dim.extent;
  return bytesOf(product, bits);
}

std::optional<Box> Operand::box(const Tile &tile) const {
  int64_t stride = 1, run = 1, first = 0; // elements
  struct Level {
    int64_t count, stride;
  };
  std::array<Level, 2> levels{};
  size_t used = 0;
  for (size_t d = dims.size(); d-- > 0;) {
    const Range range = taken(dims[d], tile);
    if (range.count == 0)
      return Box{};
    first += range.first * stride;
    Level *outer = used > 0 ? &levels[used - 1] : nullptr;
    if (range.count == 1) {
      // Adds no line.
    } else if (!outer && run == stride) {
      run *= range.count;
    } else if (outer && outer->count * outer->stride == stride) {
      outer->count *= range.count;
    } else if (used == levels.size()) {
      return std::nullopt;
    } else {
      levels[used++] = {range.count, stride};
    }
    stride *= dims[d].extent;
  }
  // A lone run may end with the tensor, whose last byte has no other owner.
  bool whole = first * bits % 8 == 0 && (run * bits % 8 == 0 || (used == 0 && first + run == stride));
  for (size_t i = 0; i < used; ++i)
    whole &= levels[i].stride * bits % 8 == 0;
  if (!whole)
    return std::nullopt;
  Box box;
  box.bytes = bytesOf(run, bits);
  box.firstByte = first * bits / 8;
  if (used > 0) {
    box.lines = levels[0].count;
    box.lineStride = levels[0].stride * bits / 8;
  }
  if (used > 1) {
    box.planes = levels[1].count;
    box.planeStride = levels[1].stride * bits / 8;
  }
  return box;
}

Window LayerProblem::window(Axis axis) const {
  for (const Operand &operand : operands)
    for (const Dim &dim : operand.dims)
      if (dim.use == Use::In && dim.axis == axis && axis != Axis::Inputs)
        return axis == Axis::Rows ? rows : columns;
  Window same;
  same.in = extent(axis);
  return same;
}

std::vector<Segment> LayerProblem::cutAxis(Axis axis, int64_t size) const {
  const Window read = window(axis);
  std::vector<Segment> segments = cut(extent(axis), size, read);
  if (axis == Axis::Inputs)
    return segments; // each of them is summed up once
  // A stride may leave positions unread, and what is read may end within a byte: the tile then takes more of
  // them; all, where the next line would begin within a byte.
  for (const Operand &operand : operands) {
    int64_t stride = operand.bits;
    for (size_t d = operand.dims.size(); d-- > 0; stride *= operand.dims[d].extent)
      if (operand.dims[d].use == Use::In && operand.dims[d].axis == axis && stride % 8 != 0)
        for (Segment &s : segments) {
          bool all = segments.size() == 1 && stride * operand.dims[d].extent % 8 != 0;
          while (s.inCount > 0 && (all || s.inCount * stride % 8 != 0) && s.inFirst + s.inCount < read.in)
            ++s.inCount;
        }
  }
  return segments;
}

int64_t LayerProblem::outputs() const { return extents[0] * extents[1] * extents[2] * extents[3]; }

unsigned LayerProblem::outputBits() const {
  for (const Operand &operand : operands)
    if (operand.isOutput())
      return operand.bits;
  return 8;
}

int64_t LayerProblem::scratch(const Tiling &tiling) const {
  if (!scratchBytes)
    return 0;
  TileShape shape;
  for (Axis axis : allAxes)
    shape.out[at(axis)] = tiling.size(axis);
  return tiling.cores * ((scratchBytes(tiling.block, shape) + 7) / 8 * 8);
}

int64_t sumBytes(const Tiling &tiling) {
  int64_t outputs = 1;
  for (Axis axis : outputAxes)
    outputs *= tiling.size(axis);
  return outputs * bytesPerSum;
}

int64_t largestTile(const Operand &operand, const Tiling &tiling) {
  int64_t product = 1; // each dimension is at its largest in some tile, and they are independent
  for (const Dim &dim : operand.dims) {
    int64_t longest = dim.use == Use::Whole ? dim.extent : 0;
    if (dim.use != Use::Whole)
      for (const Segment &s : tiling.segments[at(dim.axis)])
        longest = std::max(longest, dim.use == Use::Out ? s.outCount : s.inCount);
    product *= longest;
  }
  return bytesOf(product, operand.bits);
}

Footprint footprint(const LayerProblem &layer, const Tiling &tiling, int64_t align) {
  Footprint result;
  auto up = [&](int64_t bytes) { return (bytes + align - 1) / align * align; };
  for (size_t i = 0; i < layer.operands.size(); ++i) {
    const bool inL1 = tiling.slots[i] > 0;
    result.slotBytes.push_back(inL1 ? up(largestTile(layer.operands[i], tiling)) : 0);
    result.totalBytes += tiling.slots[i] * result.slotBytes.back();
  }
  result.scratchBytes = up(layer.scratch(tiling));
  if (tiling.sumsUp())
    result.sumBytes = up(sumBytes(tiling));
  result.totalBytes += result.scratchBytes + result.sumBytes;
  return result;
}

} // namespace dyadic::model
