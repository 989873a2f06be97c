// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether tiles cover the output once, read what they need, and fit where they go.
#include "dialects/plat/Catalogue.h"
#include "passes/plan-memory/CheckTiles.h"

using namespace mlir;
namespace dyadic::check_plat {
namespace {
using plat::Axis;
using Segment = plat::GridAttr::Segment;

plat::ConstantOp constantOf(plat::StreamOp stream) {
  FlatSymbolRefAttr name = stream.getConstantAttr();
  if (!name)
    if (auto stage = stream.getSource().getDefiningOp<plat::StageOp>())
      name = stage.getConstantAttr();
  return name ? SymbolTable::lookupNearestSymbolFrom<plat::ConstantOp>(stream, name) : plat::ConstantOp();
}

/// Output extent of an axis as the kernel's parameters have it.
int64_t extentOf(plat::TiledOp tiled, Axis axis) {
  DictionaryAttr p = tiled.getParams();
  StringRef kernel = tiled.getKernel();
  bool matmul = kernel.starts_with("matmul"), rescale = kernel == "rescale";
  if (rescale) {
    int64_t row = 1;
    for (auto dim : tiled.getOutput().getDefiningOp<plat::StreamOp>().getBox().list())
      row *= dim.use == plat::BoxAttr::whole ? dim.extent : 1;
    return axis == Axis::Rows ? plat::numberAt(p, "elements") / row : axis == Axis::Channels ? row : 1;
  }
  switch (axis) {
  case Axis::Images:
    return matmul ? 1 : plat::numberAt(p, "batch");
  case Axis::Rows:
    return plat::numberAt(p, matmul ? "rows" : "h.out");
  case Axis::Columns:
    return matmul ? 1 : plat::numberAt(p, "w.out");
  case Axis::Channels:
    return plat::numberAt(p, kernel.starts_with("pool") ? "channels" : "out_c");
  case Axis::Inputs:
    return tiled.getGrid().sumsUp() ? plat::inputChannels(*plat::findKernel(kernel), p) : 1;
  }
  return 0;
}

/// The input positions that output positions first .. first + count - 1 read, by the definition of a window.
Segment windowed(DictionaryAttr axis, int64_t first, int64_t count) {
  int64_t in = plat::numberAt(axis, "in"), pad = plat::numberAt(axis, "pad"),
          stride = plat::numberAt(axis, "stride");
  int64_t reach = (plat::numberAt(axis, "kernel") - 1) * plat::numberAt(axis, "dilation");
  int64_t begin = first * stride - pad, end = (first + count - 1) * stride - pad + reach + 1;
  int64_t from = std::clamp<int64_t>(begin, 0, in), to = std::clamp<int64_t>(end, from, in);
  return {first, count, from, to - from, from - begin};
}

bool checkAxis(plat::TiledOp tiled, Axis axis) {
  int64_t next = 0, extent = extentOf(tiled, axis);
  bool good = true;
  auto fail = [&]() {
    good = false;
    return tiled.emitOpError() << "'" << tiled.getNode() << "': " << stringifyAxis(axis) << " ";
  };
  DictionaryAttr window;
  if (axis == Axis::Rows || axis == Axis::Columns)
    window = tiled.getParams().getAs<DictionaryAttr>(axis == Axis::Rows ? "h" : "w");
  for (const Segment &s : tiled.getGrid().segments(axis)) {
    if (s.outFirst > next)
      fail() << next << " to " << s.outFirst - 1 << " are computed by no tile: uncovered output";
    if (s.outFirst < next)
      fail() << s.outFirst << (axis == Axis::Inputs ? " is summed up twice" : " is computed twice");
    next = s.outFirst + s.outCount;
    Segment need = window ? windowed(window, s.outFirst, s.outCount)
                          : Segment{s.outFirst, s.outCount, s.outFirst, s.outCount, 0};
    // Beyond its window a tile may hold more of the input, to end on a byte.
    int64_t most = window ? plat::numberAt(window, "in") - need.inFirst : need.inCount;
    if (s.inFirst != need.inFirst || s.inCount < need.inCount || s.inCount > std::max(most, need.inCount) ||
        s.pad != need.pad)
      fail() << s.outFirst << " + " << s.outCount << " read " << need.inFirst << " + " << need.inCount
             << " pad " << need.pad << " of the input, the grid says " << s.inFirst << " + " << s.inCount
             << " pad " << s.pad;
  }
  if (next != extent)
    fail() << "end at " << next << " of " << extent << ": uncovered output";
  return good;
}

/// Byte borders and sizes of all parts of one operand.
bool checkParts(plat::TiledOp tiled, plat::StreamOp stream) {
  plat::GridAttr grid = tiled.getGrid();
  int64_t bits = elementBits(stream), largest = 0;
  auto via = stream.getVia() ? stream.getVia().getDefiningOp<plat::BufferOp>() : plat::BufferOp();
  for (int64_t t = 0; t < grid.tiles(); ++t) {
    Part part = partOf(stream.getBox(), grid, grid.tile(t));
    int64_t elements = part.elements(), line = part.line();
    if (elements == 0)
      continue;
    largest = std::max(largest, (elements * bits + 7) / 8);
    auto [first, end] = part.range();
    bool inner = line < elements;
    bool whole = first * bits % 8 == 0 && (!inner || line * bits % 8 == 0), lines = false;
    int64_t stride = bits; // from one line to the next
    for (size_t d = part.count.size(); d-- > 0; stride *= part.extent[d]) {
      whole &= !lines || part.count[d] == 1 || stride % 8 == 0;
      lines |= part.count[d] != part.extent[d];
    }
    if (!whole)
      return tiled.emitOpError() << "'" << tiled.getNode() << "': tile " << t << " cuts '" << stream.getName()
                                 << "' within a byte",
             false;
    if (!via && inner)
      return tiled.emitOpError() << "'" << tiled.getNode() << "': tile " << t << " reads '"
                                 << stream.getName()
                                 << "' where it lies, but its part is no single run of elements",
             false;
  }
  if (via && largest > static_cast<int64_t>(via.getSizeBytes() / stream.getSlots()))
    return tiled.emitOpError() << "'" << tiled.getNode() << "': a part of '" << stream.getName() << "' has "
                               << largest << " bytes, its slot in '" << via.getName() << "' "
                               << via.getSizeBytes() / stream.getSlots(),
           false;
  return true;
}

/// The box has the tensor's elements, and each dimension its axis' extent.
bool checkBox(plat::TiledOp tiled, plat::StreamOp stream) {
  int64_t elements = 1;
  for (auto dim : stream.getBox().list()) {
    elements *= dim.extent;
    int64_t want = dim.extent;
    if (dim.use == plat::BoxAttr::out)
      want = extentOf(tiled, dim.axis);
    else if (dim.use == plat::BoxAttr::in && dim.axis == Axis::Inputs)
      want = extentOf(tiled, dim.axis);
    else if (dim.use == plat::BoxAttr::in)
      if (auto window = tiled.getParams().getAs<DictionaryAttr>(dim.axis == Axis::Rows ? "h" : "w"))
        want = plat::numberAt(window, "in");
    if (want != dim.extent)
      return tiled.emitOpError() << "'" << tiled.getNode() << "': '" << stream.getName() << "' has "
                                 << dim.extent << " " << stringifyAxis(dim.axis) << ", the layer " << want,
             false;
  }
  plat::ConstantOp constant = constantOf(stream);
  if (constant && elements != static_cast<int64_t>(constant.getCount()))
    return tiled.emitOpError() << "'" << tiled.getNode() << "': '" << stream.getName() << "' has a box of "
                               << elements << " elements over a constant of " << constant.getCount(),
           false;
  return true;
}

/// Where a layer is cut along its channels, what its step holds for each channel is cut with them: a tile
/// sees its own channels' numbers from 0 on.
bool checkArrays(plat::TiledOp tiled) {
  plat::StepOp step = tiled.getStep();
  int64_t channels = extentOf(tiled, Axis::Channels);
  if (!step || tiled.getGrid().count(Axis::Channels) < 2 || channels < 2 ||
      plat::numberAt(step.getParams(), "channels") != channels)
    return true;
  bool good = true;
  // These are reached through an index that each channel has; without one, row c is channel c's.
  auto isShared = [](StringRef group, bool hasRow, StringRef field) {
    return (group == "thresholds" && field.starts_with("values")) ||
           (group == "table" && field == "entries") ||
           (group == "wide" && hasRow && llvm::is_contained({"A", "B", "P", "Q", "Q2"}, field));
  };
  std::function<void(StringRef, bool, NamedAttribute)> look = [&](StringRef group, bool hasRow,
                                                                  NamedAttribute field) {
    if (auto inner = dyn_cast<DictionaryAttr>(field.getValue()))
      for (NamedAttribute each : inner)
        look(field.getName(), inner.get("row") != nullptr, each);
    auto name = dyn_cast<FlatSymbolRefAttr>(field.getValue());
    if (!name)
      return;
    bool shared = isShared(group, hasRow, field.getName());
    bool cut = llvm::any_of(tiled.getArrays(), [&](Value value) {
      auto stream = value.getDefiningOp<plat::StreamOp>();
      return stream.getConstantAttr() == name && stream.getBox().follows(Axis::Channels);
    });
    if (cut == shared)
      tiled.emitOpError() << "'" << tiled.getNode() << "': is cut along its channels, '" << name.getValue()
                          << (shared ? "', which they reach through an index, must not be"
                                     : "' with a number for each of them is not");
    good &= cut != shared;
  };
  for (NamedAttribute entry : step.getParams())
    look("", false, entry);
  return good;
}

/// Where sums stay between segments of input channels: input and weights follow these, nothing else does, and
/// there is room for the sums of a tile.
bool checkSums(plat::TiledOp tiled) {
  if (!tiled.getGrid().sumsUp())
    return true;
  bool good = true;
  for (plat::StreamOp stream : tiled.streams()) {
    Value value = stream.getResult();
    bool summed = llvm::is_contained(tiled.getIns(), value) || value == tiled.getWeights();
    if (summed == stream.getBox().follows(Axis::Inputs))
      continue;
    good = false;
    tiled.emitOpError() << "'" << tiled.getNode() << "': '" << stream.getName() << "' "
                        << (summed ? "does not follow the input channels, which are cut"
                                   : "follows the input channels, of which it has none");
  }
  int64_t need = 4;
  for (Axis axis : tiled.getGrid().getOrder()) {
    int64_t longest = 0;
    for (const Segment &s : tiled.getGrid().segments(axis))
      longest = std::max(longest, s.outCount);
    need *= longest;
  }
  auto sums = tiled.getSums().getDefiningOp<plat::BufferOp>();
  if (static_cast<int64_t>(sums.getSizeBytes()) < need || sums.getAlign() % 4 != 0) {
    good = false;
    tiled.emitOpError() << "'" << tiled.getNode() << "': the sums of a tile take " << need << " bytes, '"
                        << sums.getName() << "' has " << sums.getSizeBytes();
  }
  return good;
}

/// Cores share in units of the grain; a unit must fill whole bytes of the output tile.
bool checkShares(plat::TiledOp tiled) {
  auto output = tiled.getOutput().getDefiningOp<plat::StreamOp>();
  int64_t bits = elementBits(output), grain = tiled.getGrain();
  if (tiled.getCores() == 1)
    return true;
  for (int64_t t = 0; t < tiled.getGrid().tiles(); ++t) {
    auto at = tiled.getGrid().tile(t);
    auto count = [&](Axis axis) {
      return tiled.getGrid().segments(axis)[at[static_cast<size_t>(axis)]].outCount;
    };
    int64_t pixels = count(Axis::Images) * count(Axis::Rows) * count(Axis::Columns),
            channels = count(Axis::Channels);
    bool byPixels = tiled.getSpread() == plat::Spread::Pixels;
    int64_t unit = grain * (byPixels ? channels : 1) * bits;
    bool apart = unit % 8 == 0 && (byPixels || pixels == 1 || channels * bits % 8 == 0);
    bool alone = (byPixels ? pixels : channels) <= grain;
    if (!apart && !alone)
      return tiled.emitOpError() << "'" << tiled.getNode() << "': in tile " << t
                                 << " two cores write one byte: " << grain << " "
                                 << (byPixels ? "pixels" : "channels") << " are " << unit << " bits",
             false;
  }
  return true;
}

/// The runs of a layer cover its segments in order, each within its chunk of the staged constants and its
/// bands.
bool checkRuns(plat::TiledOp tiled, ArrayRef<plat::RunOp> runs) {
  int64_t next = 0, nextChannel = 0, end = 0; // of a band that is not complete
  Axis axis = runs.empty() ? Axis::Channels : plat::RunOp(runs.front()).getAxis();
  bool good = true;
  for (plat::RunOp run : runs) {
    if (run.getAxis() != axis || static_cast<int64_t>(run.getFirst()) != next ||
        (nextChannel > 0 && static_cast<int64_t>(run.getEnd()) != end)) {
      run.emitOpError() << "begins with segment " << run.getFirst() << " of the "
                        << stringifyAxis(run.getAxis()) << " where " << next << " of the "
                        << stringifyAxis(axis) << " is next";
      good = false;
    }
    end = run.getEnd();
    if (run.getFirstChannel()) {
      auto [first, past] = run.segments(Axis::Channels);
      if (first != nextChannel) {
        run.emitOpError() << "begins with segment " << first << " of the channels where " << nextChannel
                          << " is next";
        good = false;
      }
      nextChannel = run.isLastOfBand() ? 0 : past;
    }
    if (nextChannel == 0)
      next = end;
    good &= checkBand(run);
    for (plat::StreamOp stream : tiled.streams()) {
      auto stage = stream.getSource() ? stream.getSource().getDefiningOp<plat::StageOp>() : plat::StageOp();
      if (!stage || stage.getResident())
        continue;
      int64_t chunk = run.getChunk(), bits = elementBits(stream);
      if (chunk + 1 >= static_cast<int64_t>(stage.getBounds().size())) {
        run.emitOpError() << "needs chunk " << chunk << " of " << stage.getBounds().size() - 1;
        good = false;
        continue;
      }
      for (auto [t, past] = run.tiles(); t < past; ++t) {
        auto [low, high] = partOf(stream.getBox(), tiled.getGrid(), tiled.getGrid().tile(t)).range();
        if (low * bits / 8 < stage.getBounds()[chunk] ||
            (high * bits + 7) / 8 > stage.getBounds()[chunk + 1]) {
          run.emitOpError() << "reads bytes " << low * bits / 8 << " to " << (high * bits + 7) / 8 << " of '"
                            << stream.getName() << "', which chunk " << chunk << " does not hold";
          good = false;
          break;
        }
      }
    }
  }
  if (next != tiled.getGrid().count(axis)) {
    tiled.emitOpError() << "'" << tiled.getNode() << "': segments of the " << stringifyAxis(axis) << " from "
                        << next << " on are never run: uncovered output";
    good = false;
  }
  return good;
}

/// All an output may replace as it goes is the input at its very place: tiles and cores have no order in
/// which another could be read first.
bool checkInPlace(plat::TiledOp tiled) {
  auto home = [](plat::StreamOp stream) {
    Value source = stream.getSource();
    return source && isa<plat::ViewType>(source.getType()) ? plat::bufferOf(source) : plat::BufferOp();
  };
  auto output = tiled.getOutput().getDefiningOp<plat::StreamOp>();
  for (Value in : tiled.getIns()) {
    auto input = in.getDefiningOp<plat::StreamOp>();
    if (!home(output) || home(input) != home(output) ||
        (input.getBox() == output.getBox() && elementBits(input) == elementBits(output)))
      continue;
    tiled.emitOpError() << "'" << tiled.getNode() << "' writes its output over '" << home(input).getName()
                        << "', of which other tiles and cores still read elements: early reuse";
    return false;
  }
  return true;
}

} // namespace

int64_t Part::elements() const {
  int64_t n = 1;
  for (int64_t c : count)
    n *= c;
  return n;
}

std::pair<int64_t, int64_t> Part::range() const {
  int64_t low = 0, high = 0;
  for (size_t i = 0; i < count.size(); ++i) {
    low = low * extent[i] + first[i];
    high = high * extent[i] + first[i] + count[i] - 1;
  }
  return {low, high + 1};
}

int64_t Part::line() const {
  int64_t run = 1;
  for (size_t i = count.size(); i-- > 0;) {
    run *= count[i];
    if (count[i] != extent[i])
      break;
  }
  return run;
}

Part partOf(plat::BoxAttr box, plat::GridAttr grid, const std::array<int64_t, 5> &tile) {
  Part part;
  for (plat::BoxAttr::Dim dim : box.list()) {
    Segment s = grid.segments(dim.axis)[tile[static_cast<size_t>(dim.axis)]];
    part.extent.push_back(dim.extent);
    part.first.push_back(dim.use == plat::BoxAttr::whole ? 0
                         : dim.use == plat::BoxAttr::out ? s.outFirst
                                                         : s.inFirst);
    part.count.push_back(dim.use == plat::BoxAttr::whole ? dim.extent
                         : dim.use == plat::BoxAttr::out ? s.outCount
                                                         : s.inCount);
  }
  return part;
}

int64_t elementBits(plat::StreamOp stream) {
  if (stream.getSource())
    if (auto view = dyn_cast<plat::ViewType>(stream.getSource().getType()))
      return plat::storedBits(view.getTensor().getElementType());
  plat::ConstantOp constant = constantOf(stream);
  return constant ? plat::storedBits(constant.getElement()) : 8;
}

bool checkGeometry(plat::NetworkOp network) {
  bool good = true;
  for (auto tiled : network.getBody().getOps<plat::TiledOp>()) {
    for (Axis axis : tiled.getGrid().loops())
      good &= checkAxis(tiled, axis);
    for (plat::StreamOp stream : tiled.streams())
      good &= checkBox(tiled, stream) && checkParts(tiled, stream);
    good &= checkArrays(tiled) && checkSums(tiled) && checkShares(tiled) && checkInPlace(tiled);
    SmallVector<plat::RunOp> runs;
    for (auto run : network.getBody().getOps<plat::RunOp>())
      if (run.getTiled() == tiled.getSymName())
        runs.push_back(run);
    good &= checkRuns(tiled, runs);
  }
  return good;
}

} // namespace dyadic::check_plat
