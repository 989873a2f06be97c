// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Segments from windows, and tiles by number.
#include "passes/model/tiling/Grid.h"
#include <algorithm>

namespace dyadic::model {

const char *toString(Axis axis) {
  constexpr std::array<const char *, axisCount> names = {"images", "rows", "columns", "channels",
                                                         "input_channels"};
  return names[at(axis)];
}

const char *toString(Spread spread) { return spread == Spread::Pixels ? "pixels" : "channels"; }

std::vector<Segment> cut(int64_t extent, int64_t size, const Window &window) {
  std::vector<Segment> segments;
  for (int64_t first = 0; first < extent; first += size) {
    Segment s;
    s.outFirst = first;
    s.outCount = std::min(size, extent - first);
    const int64_t begin = first * window.stride - window.pad;
    const int64_t end =
        (first + s.outCount - 1) * window.stride - window.pad + (window.kernel - 1) * window.dilation + 1;
    s.inFirst = std::clamp<int64_t>(begin, 0, window.in);
    s.inCount = std::clamp<int64_t>(end, s.inFirst, window.in) - s.inFirst;
    s.pad = s.inFirst - begin;
    segments.push_back(s);
  }
  return segments;
}

int64_t Tiling::tiles() const {
  int64_t product = 1;
  for (Axis axis : allAxes)
    product *= count(axis);
  return product;
}

int64_t Tiling::size(Axis axis) const {
  int64_t longest = 0;
  for (const Segment &s : segments[at(axis)])
    longest = std::max(longest, s.outCount);
  return longest;
}

std::array<int64_t, axisCount> Tiling::indices(int64_t t) const {
  std::array<int64_t, axisCount> result{};
  result[at(Axis::Inputs)] = t % count(Axis::Inputs);
  t /= count(Axis::Inputs);
  for (size_t i = outputAxisCount; i-- > 0;) {
    result[at(order[i])] = t % count(order[i]);
    t /= count(order[i]);
  }
  return result;
}

Tile Tiling::tile(const std::array<int64_t, axisCount> &indices) const {
  Tile result;
  for (Axis axis : allAxes)
    result[at(axis)] = &segments[at(axis)][static_cast<size_t>(indices[at(axis)])];
  return result;
}

Tiling Tiling::ofChannels(int64_t first, int64_t count) const {
  Tiling part = *this;
  const auto begin = segments[at(Axis::Channels)].begin() + first;
  part.segments[at(Axis::Channels)].assign(begin, begin + count);
  return part;
}

std::string Tiling::shape() const {
  std::string text;
  for (Axis axis : allAxes)
    if (count(axis) > 1)
      text += (text.empty() ? "" : " x ") + std::to_string(size(axis)) + " " + toString(axis);
  return text.empty() ? "whole" : text;
}

} // namespace dyadic::model
