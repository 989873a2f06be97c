// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Numbers of tile t: constants where all segments agree, fields of the segment elsewhere.
#include "codegen/Tiled.h"

#include "llvm/Support/Regex.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

int64_t numberOf(const plat::GridAttr::Segment &s, Part part) {
  switch (part) {
  case Part::outFirst:
    return s.outFirst;
  case Part::outCount:
    return s.outCount;
  case Part::inFirst:
    return s.inFirst;
  case Part::inCount:
    return s.inCount;
  case Part::pad:
    return s.pad;
  }
  return 0;
}

const char *const partNames[] = {"out_first", "out_count", "in_first", "in_count", "pad"};

/// t / period % count, without what changes nothing.
std::string quotient(StringRef t, int64_t period, int64_t count, int64_t limit) {
  std::string text = t.str();
  if (period > 1)
    text += " / " + std::to_string(period) + "u";
  if (limit > period * count)
    text += " % " + std::to_string(count) + "u";
  return text;
}

} // namespace

bool TiledLayer::takesChunk() const {
  return llvm::any_of(streams, [](const Stream &s) { return s.stage && s.stage->chunks() > 1; });
}

bool TiledLayer::takesBand() const {
  return llvm::any_of(streams, [](const Stream &s) { return s.bands && s.bands->op.count() > 1; });
}

int64_t TiledLayer::period(plat::Axis axis) const {
  int64_t tiles = 1;
  for (plat::Axis inner : llvm::reverse(grid().loops())) {
    if (inner == axis)
      break;
    tiles *= count(inner);
  }
  return tiles;
}

std::optional<int64_t> TiledLayer::constant(plat::Axis axis, Part part) const {
  auto segments = grid().segments(axis);
  int64_t first = numberOf(segments.front(), part);
  bool same = llvm::all_of(segments, [&](const auto &s) { return numberOf(s, part) == first; });
  return same ? std::optional(first) : std::nullopt;
}

int64_t TiledLayer::largest(plat::Axis axis, Part part) const {
  int64_t most = 0;
  for (const auto &segment : grid().segments(axis))
    most = std::max(most, numberOf(segment, part));
  return most;
}

std::string TiledLayer::text(plat::Axis axis, Part part) const {
  if (auto number = constant(axis, part))
    return std::to_string(*number) + "u";
  return stringifyAxis(axis).str() + "->" + partNames[static_cast<size_t>(part)];
}

bool TiledLayer::windowed(plat::Axis axis) const {
  const plat::Kernel *kernel = plat::findKernel(op.getKernel());
  bool read = llvm::any_of(kernel->tileFields, [&](const plat::TileField &field) {
    return static_cast<int>(field.axis) == static_cast<int>(axis) &&
           (field.number == plat::TileNumber::inCount || field.number == plat::TileNumber::padding);
  });
  for (const Stream &s : streams)
    for (plat::BoxAttr::Dim dim : s.op.getBox().list())
      read |= dim.use == plat::BoxAttr::in && dim.axis == axis;
  return read;
}

std::string TiledLayer::index(plat::Axis axis, StringRef t) const {
  return count(axis) == 1 ? "" : quotient(t, period(axis), count(axis), tiles());
}

std::string TiledLayer::version(const Stream &stream, StringRef t) const {
  return stream.fixed(tiles()) ? "0u" : quotient(t, stream.period, 1, 0);
}

std::string TiledLayer::slot(const Stream &stream, StringRef t) const {
  if (stream.slots == 1 || stream.fixed(tiles()))
    return "0u";
  return quotient(t, stream.period, stream.slots, tiles());
}

std::string TiledLayer::product(ArrayRef<plat::Axis> axes) const {
  int64_t number = 1;
  std::string text;
  for (plat::Axis axis : axes)
    if (auto fixedCount = constant(axis, Part::outCount))
      number *= *fixedCount;
    else
      text += (text.empty() ? "" : " * ") + this->text(axis, Part::outCount);
  if (text.empty())
    return std::to_string(number) + "u";
  return number == 1 ? text : text + " * " + std::to_string(number) + "u";
}

std::vector<std::string> TiledLayer::segmentLines(StringRef network, ArrayRef<std::string> lines) const {
  std::vector<std::string> result;
  for (plat::Axis axis : grid().loops()) {
    std::string word = stringifyAxis(axis).str();
    llvm::Regex used("(^|[^A-Za-z0-9_])" + word + "->");
    if (llvm::any_of(lines, [&](const std::string &l) { return used.match(l); }))
      result.push_back("const " + network.str() + "_segment *const " + word + " = &" + tag + "_" + word +
                       "[" + index(axis, "t") + "];");
  }
  return result;
}

const Stream *TiledLayer::stream(Value value) const {
  for (const Stream &s : streams)
    if (s.op.getResult() == value)
      return &s;
  return nullptr;
}

llvm::SmallVector<int64_t> TiledLayer::moves(const Stream &stream) const {
  llvm::SmallVector<int64_t> first;
  for (plat::RunOp run : runs)
    for (auto [begin, end] = run.tiles(); stream.via && begin < end;
         begin = (begin / stream.period + 1) * stream.period)
      first.push_back(begin);
  return first;
}

/// Elements that tile `at` (a segment of each axis) takes of a box.
static int64_t elementsOf(plat::GridAttr grid, const std::array<int64_t, 5> &at, plat::BoxAttr box) {
  int64_t elements = 1;
  for (plat::BoxAttr::Dim dim : box.list()) {
    auto segment = grid.segments(dim.axis)[static_cast<size_t>(at[static_cast<size_t>(dim.axis)])];
    elements *= dim.use == plat::BoxAttr::whole ? dim.extent
                : dim.use == plat::BoxAttr::out ? segment.outCount
                                                : segment.inCount;
  }
  return elements;
}

int64_t TiledLayer::partBytes(const Stream &stream) const {
  int64_t most = 0;
  for (int64_t t = 0; t < tiles(); t += stream.period)
    most = std::max(
        most, plat::packedBytes(stream.element, elementsOf(grid(), grid().tile(t), stream.op.getBox())));
  return most;
}

int64_t TiledLayer::movedBytes(const Stream &stream) const {
  int64_t bytes = 0;
  for (int64_t t : moves(stream))
    bytes += plat::packedBytes(stream.element, elementsOf(grid(), grid().tile(t), stream.op.getBox()));
  return bytes;
}

} // namespace dyadic::codegen
