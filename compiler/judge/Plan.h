// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME_plan.json as values: where everything lies and in which order it moves.
#pragma once
#include "compiler/Failure.h"
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace dyadic::judge {

/// The last one is the loop within a tile of the output, over the input channels that it sums up.
enum class Axis { Images, Rows, Columns, Channels, Inputs };
constexpr std::array<const char *, 5> axisNames = {"images", "rows", "columns", "channels", "input_channels"};

struct Buffer {
  std::string name, macro;
  int64_t level = 2, bytes = 0, align = 1, offset = 0, first = 0, last = 0;
  bool user = false; ///< the user's own memory, taken to lie behind the arena
  int64_t end() const { return offset + bytes; }
};
struct Constant {
  std::string name;
  int64_t bytes = 0;
};
/// Bytes of a buffer in which a tensor lies.
struct View {
  int64_t buffer = -1, begin = 0, bytes = 0;
};
struct Stage {
  int64_t constant = 0, buffer = 0, slots = 1;
  std::vector<int64_t> bounds;
  bool resident = false;
  int64_t chunks() const { return static_cast<int64_t>(bounds.size()) - 1; }
};
/// Of a tensor in L3 some bytes at a time in L2: band k has those from first to second.
struct Bands {
  View view;
  int64_t buffer = -1, slots = 1;
  std::vector<std::pair<int64_t, int64_t>> bounds;
  bool out = false;
  int64_t count() const { return static_cast<int64_t>(bounds.size()); }
};
struct Dim {
  int64_t extent = 1;
  enum Use { Whole, Out, In } use = Whole;
  Axis axis = Axis::Images;
};
/// An operand of a tiled layer; of view, stage and constant one is there.
struct Stream {
  std::string name;
  std::optional<View> view;
  int64_t stage = -1, constant = -1, bits = 8;
  int64_t through = -1;        ///< the bands of a view in L3
  int64_t via = -1, slots = 1; ///< via: -1 where it is used where it lies
  std::vector<Dim> box;
  int64_t tiled = -1; ///< the layer that it belongs to, as an index
};
struct Segment {
  int64_t outFirst, outCount, inFirst, inCount, pad;
};
struct Window {
  int64_t in, kernel, stride, dilation, pad;
};
struct Move {
  enum Kind { Start, Await, Team } kind = Team;
  int64_t stream = -1;
  enum Moment { First, This, Next, Free, All, Last } moment = This;
};
struct Tiled {
  int64_t layer = 0;
  std::string kernel, node;
  std::array<Axis, 4> order{};
  std::array<std::vector<Segment>, 5> grid; ///< by axis
  std::array<std::optional<Window>, 4> window;
  int64_t cores = 1, grain = 1, scratch = -1, sums = -1, output = -1;
  bool byChannels = false;
  std::vector<int64_t> streams;
  std::vector<Move> before, each, behind;
  int64_t tiles() const;
  /// Segments of input channels; 1: they are not cut.
  int64_t sumsUp() const { return static_cast<int64_t>(grid[4].size()); }
  /// The segment of each axis that tile number t is made of.
  std::array<int64_t, 5> tile(int64_t t) const;
};
struct Kernel {
  int64_t layer = 0, scratch = -1;
  std::string kernel, node;
  std::vector<View> reads, writes;
};
struct Port {
  View view;
  bool overwritten = false;
};
struct Event {
  enum Kind {
    StartChunk,
    AwaitChunk,
    RunKernel,
    RunTiles,
    Clean,
    Invalidate,
    StartBand,
    AwaitBand
  } kind = RunKernel;
  int64_t index = 0; ///< of the stage, the bands, the kernel or the tiled layer; -1: the view
  int64_t first = 0, end = 0, chunk = 0;
  Axis axis = Axis::Channels; ///< of which first and end are segments
  int64_t band = 0;           ///< that tiles work on, that starts or is waited for
  bool parted = false;        ///< tiles are of these segments of channels only
  int64_t firstChannel = 0, endChannel = 0;
  View view; ///< of clean and invalidate
};
struct Plan {
  std::string name, target;
  int64_t arenaAlign = 1, l2Bytes = 0, l1Bytes = 0, l3Bytes = 0,
          cacheLineBytes = 0; ///< cacheLineBytes: 0 without rules
  bool cleanedByInit = false; ///< the whole arena, before anything is loaded
  int64_t farBytes = 0;       ///< l2Bytes and what is the user's
  std::vector<Buffer> buffers;
  std::vector<Constant> constants;
  std::vector<Stage> stages;
  std::vector<Bands> bands;
  std::vector<Stream> streams;
  std::vector<Kernel> kernels;
  std::vector<Tiled> tiled;
  std::vector<Port> inputs, outputs;
  std::vector<Event> sequence;
};

/// The text is taken as hostile: every index, size and name is looked at.
llvm::Expected<Plan> readPlan(llvm::StringRef text);

} // namespace dyadic::judge
