// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Groups segments of rows into bands and plays each grouping on the clock.
#include "passes/model/tiling/Bands.h"
#include "passes/model/tiling/Explain.h"
#include <algorithm>
#include <tuple>

namespace dyadic::model {
namespace {

constexpr std::array<int64_t, 8> bandCounts = {1, 2, 4, 8, 16, 32, 64, 128};
constexpr int64_t slotAlign = 8; ///< bytes, also of the widest element

int64_t up(int64_t bytes, int64_t unit) { return (bytes + unit - 1) / unit * unit; }

struct Bander {
  const Machine &machine;
  const LayerProblem &layer;
  const std::vector<size_t> &far;
  Axis axis = layer.extents[at(Axis::Images)] > 1 ? Axis::Images : Axis::Rows;

  /// Where bands may begin: in L3 for its engine, in L2 for the one that goes on to L1.
  int64_t unit() const {
    int64_t most = 1;
    for (const TransferEngine *engine : {machine.engine(3, 2), machine.engine(2, 1)})
      most = std::max(most, engine ? engine->alignBytes : 1);
    return most;
  }

  /// The bytes that a run of segments takes; none where they are no run, or do not begin where they must.
  std::optional<std::pair<int64_t, int64_t>> rangeOf(const Operand &operand, const Tiling &tiling,
                                                     int64_t first, int64_t end) const {
    int64_t bits = operand.bits;
    size_t d = operand.dims.size();
    auto follows = [&](const Dim &dim) { return dim.use != Use::Whole && dim.axis == axis; };
    while (d > 0 && !follows(operand.dims[d - 1]))
      bits *= operand.dims[--d].extent;
    if (d == 0 || !std::all_of(operand.dims.begin(), operand.dims.begin() + static_cast<ptrdiff_t>(d) - 1,
                               [](const Dim &dim) { return dim.extent == 1; }))
      return std::nullopt;
    const bool in = operand.dims[d - 1].use == Use::In;
    int64_t low = INT64_MAX, high = 0;
    for (int64_t s = first; s < end; ++s) {
      const Segment &segment = tiling.segments[at(axis)][static_cast<size_t>(s)];
      const int64_t from = in ? segment.inFirst : segment.outFirst,
                    count = in ? segment.inCount : segment.outCount;
      if (count > 0)
        low = std::min(low, from), high = std::max(high, from + count);
    }
    if (low >= high)
      return std::nullopt;
    const int64_t begin = low * bits, to = high * bits, each = unit() * 8;
    // What is read may begin earlier.
    if (!operand.isOutput())
      return std::pair(begin / (slotAlign * each) * slotAlign * each / 8, (to + 7) / 8);
    const int64_t own = std::max<int64_t>(each, operand.bits);
    const bool last = end == tiling.count(axis);
    if (begin % own != 0 || (!last && to % own != 0))
      return std::nullopt;
    return std::pair(begin / 8, (to + 7) / 8);
  }

  Tiling restricted(const Tiling &tiling, int64_t first, int64_t end) const {
    Tiling part = tiling;
    const auto &all = tiling.segments[at(axis)];
    part.segments[at(axis)].assign(all.begin() + first, all.begin() + end);
    return part;
  }

  /// As the network has it: begun ahead, awaited, run, sent off.
  double play(const BandOption &option) const {
    Timeline clock(machine);
    const size_t count = option.ends.size();
    std::vector<std::vector<Timeline::Transfer>> flights(option.operands.size());
    auto move = [&](size_t i, size_t band, bool in) {
      const auto [begin, end] = option.operands[i].bytes[band];
      Box box;
      box.bytes = end - begin;
      flights[i].resize(count);
      flights[i][band] = clock.start(3, 2, box, in);
    };
    auto each = [&](bool out, auto visit) {
      for (size_t i = 0; i < option.operands.size(); ++i)
        if (layer.operands[option.operands[i].operand].isOutput() == out)
          visit(i, static_cast<size_t>(option.operands[i].slots));
    };
    each(false, [&](size_t i, size_t) { move(i, 0, true); });
    int64_t first = 0;
    for (size_t k = 0; k < count; ++k) {
      each(false, [&](size_t i, size_t slots) {
        if (slots > 1 && k + 1 < count)
          move(i, k + 1, true);
      });
      each(false, [&](size_t i, size_t) { clock.await(flights[i][k]); });
      each(true, [&](size_t i, size_t slots) {
        if (k >= slots)
          clock.await(flights[i][k - slots]);
      });
      clock.team(timeLayer(machine, layer, restricted(option.plan.tiling, first, option.ends[k])).cycles, 1);
      first = option.ends[k];
      each(true, [&](size_t i, size_t) { move(i, k, false); });
      each(false, [&](size_t i, size_t slots) {
        if (slots == 1 && k + 1 < count)
          move(i, k + 1, true);
      });
    }
    each(true, [&](size_t i, size_t) { clock.await(flights[i].back()); });
    return clock.now();
  }

  std::optional<BandOption> parted(const LayerPlan &plan, int64_t count, int64_t slots) const {
    BandOption option;
    option.plan = plan;
    option.axis = axis;
    const int64_t segments = plan.tiling.count(axis);
    for (int64_t k = 0; k < count; ++k)
      option.ends.push_back(segments * (k + 1) / count);
    for (size_t i : far) {
      OperandBands bands;
      bands.operand = i;
      bands.slots = slots;
      int64_t first = 0;
      for (int64_t end : option.ends) {
        auto range = rangeOf(layer.operands[i], plan.tiling, first, end);
        if (!range)
          return std::nullopt;
        bands.slotBytes = std::max(bands.slotBytes, up(range->second - range->first, slotAlign));
        bands.bytes.push_back(*range);
        first = end;
      }
      option.bytes += slots * bands.slotBytes;
      option.operands.push_back(std::move(bands));
    }
    option.cycles = play(option);
    return option;
  }
};

bool isOutermost(const Tiling &tiling, Axis wanted) {
  for (Axis axis : tiling.order)
    if (tiling.count(axis) > 1)
      return axis == wanted;
  return true;
}

} // namespace

std::vector<BandOption> bandOptions(const Machine &machine, const LayerProblem &layer,
                                    const std::vector<size_t> &far, const LayerPlan &whole,
                                    const SearchOptions &options, BandPlans &kept) {
  std::vector<BandOption> found, front;
  for (size_t i : far)
    if (!Timeline::connects(machine, 3, 2, !layer.operands[i].isOutput()))
      return {};
  const Bander bander{machine, layer, far};
  SearchOptions banded = options;
  banded.outermost = bander.axis;
  auto &size = banded.fixed.size[at(bander.axis)];
  const int64_t extent = layer.extents[at(bander.axis)];
  const bool open = !size && layer.mayCut[at(bander.axis)];
  auto find = [&] {
    auto [it, fresh] = kept.try_emplace(size.value_or(0));
    if (fresh)
      it->second = findTiling(machine, layer, banded);
    return it->second;
  };
  std::optional<LayerPlan> plan = whole;
  for (int64_t count : bandCounts) {
    if (count > extent)
      break;
    if (count == 2 && !isOutermost(whole.tiling, bander.axis))
      plan = options.fixed.order ? std::nullopt : find();
    if (plan && plan->tiling.count(bander.axis) < count && open) {
      size = (extent + count - 1) / count;
      plan = find();
    }
    if (!plan || plan->tiling.count(bander.axis) < count)
      continue;
    const bool twice = count > 1 && machine.l2.doubleBuffering && !machine.engine(3, 2)->blocking;
    for (int64_t slots = 1; slots <= (twice ? 2 : 1); ++slots)
      if (auto option = bander.parted(*plan, count, slots))
        found.push_back(std::move(*option));
  }
  std::sort(found.begin(), found.end(), [](const BandOption &a, const BandOption &b) {
    return std::tuple(a.bytes, a.cycles, a.ends.size()) < std::tuple(b.bytes, b.cycles, b.ends.size());
  });
  for (BandOption &option : found)
    if (front.empty() || option.cycles < front.back().cycles - 0.001)
      front.push_back(std::move(option));
  return front;
}

} // namespace dyadic::model
