// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tiled layer as the writers see it: its streams, where their transfers are kept, and numbers of tile t as
// C text.
#pragma once

#include "codegen/Work.h"
#include "dialects/plat/Catalogue.h"
#include "llvm/ADT/STLExtras.h"

#include <string>
#include <vector>

namespace dyadic::codegen {

/// A part of a segment, named as in C.
enum class Part { outFirst, outCount, inFirst, inCount, pad };

/// A constant in L2, loaded by net_init or chunk by chunk by net_run.
struct Stage {
  mutable plat::StageOp op;
  plat::ConstantOp constant;
  mutable plat::BufferOp buffer;
  std::string id;        ///< C name
  int64_t transfer = -1; ///< place of the first slot's in ctx->transfers; -1: resident
  bool resident() const { return transfer < 0; }
  int64_t chunks() const { return static_cast<int64_t>(op.getBounds().size()) - 1; }
  int64_t slotBytes() const { return buffer.getSizeBytes() / op.getSlots(); }
};

/// Rows of a tensor in L3, some at a time in L2.
struct Bands {
  mutable plat::BandsOp op;
  mutable plat::BufferOp buffer, home; ///< in L2, in L3
  std::string id;                      ///< C name
  int64_t transfer = 0;                ///< place of the first slot's in ctx->transfers
  int64_t layer = 0;
  int64_t slotBytes() const { return buffer.getSizeBytes() / op.getSlots(); }
};

struct Stream {
  mutable plat::StreamOp op;
  std::string id; ///< "input", "weights", ...
  bool output = false;
  mlir::Type element;
  plat::ConstantOp constant;    ///< what it brings, or null
  const Stage *stage = nullptr; ///< where from, or null
  const Bands *bands = nullptr; ///< of a tensor in L3, or null
  mutable plat::BufferOp via;   ///< null: used where it lies
  int64_t slots = 1;
  int64_t period = 1; ///< its part of tile t is the one of version t / period
  bool early = false; ///< its first part is started in the last tile of an earlier layer
  int64_t transfer = -1;
  int64_t slotBytes() const { return via.getSizeBytes() / slots; }
  /// One version for the whole layer.
  bool fixed(int64_t tiles) const { return period >= tiles; }
};

class TiledLayer {
public:
  mutable plat::TiledOp op;
  int64_t number;
  std::string tag;             ///< "layer_03"
  std::vector<Stream> streams; ///< inputs, weights, arrays, output
  std::vector<plat::RunOp> runs;

  TiledLayer(plat::TiledOp op, std::string tag) : op(op), number(op.getLayer()), tag(std::move(tag)) {}
  plat::GridAttr grid() const { return op.getGrid(); }
  int64_t tiles() const { return grid().tiles(); }
  int64_t extent(plat::Axis axis) const {
    auto last = grid().segments(axis).back();
    return last.outFirst + last.outCount;
  }
  bool sumsUp() const { return grid().sumsUp(); }
  /// Called several times, each for some segments of an axis.
  bool inParts() const { return runs.size() > 1; }
  /// Each of them for some rows and some channels: its function takes the numbers of tiles.
  bool byTiles() const { return plat::RunOp(runs.front()).getFirstChannel().has_value(); }
  /// One of its stages has several chunks: its functions take the chunk's number.
  bool takesChunk() const;
  plat::Axis runAxis() const { return plat::RunOp(runs.front()).getAxis(); }
  /// Its bands are several: its functions take the band's number.
  bool takesBand() const;
  /// Tiles that pass before an axis goes to its next segment.
  int64_t period(plat::Axis axis) const;
  int64_t count(plat::Axis axis) const { return grid().count(axis); }

  /// The number of a segment, if all of the axis have the same.
  std::optional<int64_t> constant(plat::Axis axis, Part part) const;
  int64_t largest(plat::Axis axis, Part part) const;
  /// "rows->out_count", or the literal.
  std::string text(plat::Axis axis, Part part) const;
  /// Something reads the axis' input: its table has all fields.
  bool windowed(plat::Axis axis) const;
  /// "t / 4u % 2u": which segment of an axis tile t has; "" for the first of one.
  std::string index(plat::Axis axis, llvm::StringRef t) const;
  /// Which slot of a stream tile t uses, with `from`; "0u" of one.
  std::string slot(const Stream &stream, llvm::StringRef t) const;
  std::string version(const Stream &stream, llvm::StringRef t) const;
  const Stream *stream(mlir::Value value) const;
  /// "rows->out_count * 16u", the extents of tile t along some axes.
  std::string product(llvm::ArrayRef<plat::Axis> axes) const;
  /// The segments that some lines of C name: "const net_segment *const rows = &layer_04_rows[t / 4u];".
  std::vector<std::string> segmentLines(llvm::StringRef network, llvm::ArrayRef<std::string> lines) const;
  /// The first tile of each part that an inference moves: each call brings its own.
  llvm::SmallVector<int64_t> moves(const Stream &stream) const;
  int64_t transfers(const Stream &stream) const { return static_cast<int64_t>(moves(stream).size()); }
  /// Bytes of L1 of a stream's largest part, and of all parts of one inference.
  int64_t partBytes(const Stream &stream) const;
  int64_t movedBytes(const Stream &stream) const;
};

} // namespace dyadic::codegen
