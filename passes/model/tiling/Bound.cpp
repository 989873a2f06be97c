// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lower bounds from sums over segments.
#include "passes/model/tiling/Bound.h"
#include <algorithm>

namespace dyadic::model {

Bound::Bound(const Machine &machine, const LayerProblem &layer, const WorkCost &cost)
    : machine(machine), layer(layer), cost(cost), align(machine.l1 ? machine.l1->alignBytes : 1),
      slotBytes(layer.operands.size()), inL1(layer.operands.size(), 1), once(layer.operands.size(), 1) {
  for (const Operand &operand : layer.operands) {
    Traffic t;
    t.engine = operand.level == 3 ? 1 : 0;
    t.out = operand.isOutput();
    t.known = Timeline::connects(machine, operand.level, 1, !t.out);
    if (t.known) {
      const TransferEngine &engine = *machine.engine(operand.level, 1);
      t.setup = engine.setup.value;
      t.rate = t.out ? engine.bytesPerCycleOut->value : engine.bytesPerCycleIn.value;
    }
    traffic.push_back(t);
    optimistic.push_back(operand.mayLieOut ? 0 : 2);
  }
}

void Bound::measure(size_t i) {
  const Operand &operand = layer.operands[i];
  Traffic &t = traffic[i];
  double all = operand.bits / 8.0, first = all, last = all; // bytes
  int64_t longest = 1, tiles = 1;
  for (const Dim &dim : operand.dims) {
    if (dim.use == Use::Whole) {
      longest *= dim.extent;
      all *= static_cast<double>(dim.extent);
      first *= static_cast<double>(dim.extent);
      last *= static_cast<double>(dim.extent);
      continue;
    }
    const bool in = dim.use == Use::In;
    const AxisChoice &choice = *current->axis[at(dim.axis)];
    const Segment &begin = choice.segments.front(), &end = choice.segments.back();
    longest *= in ? choice.longestIn : choice.longestOut;
    all *= static_cast<double>(in ? choice.sumIn : layer.extent(dim.axis));
    first *= static_cast<double>(in ? begin.inCount : begin.outCount);
    last *= static_cast<double>(in ? end.inCount : end.outCount);
    tiles *= in ? choice.filledIn : current->count(dim.axis);
  }
  slotBytes[i] = (((longest * operand.bits + 7) / 8) + align - 1) / align * align;
  auto cycles = [&](double bytes, double times) { return bytes > 0 ? times * t.setup + bytes / t.rate : 0; };
  t.once = cycles(all, static_cast<double>(tiles));
  t.first = cycles(first, 1);
  t.last = cycles(last, 1);
}

void Bound::look(const ShapeChoice &shape) {
  current = &shape;
  for (size_t i = 0; i < traffic.size(); ++i)
    measure(i);
  workBytes = 0;
  if (layer.scratchBytes) {
    TileShape tile;
    for (Axis a : allAxes)
      tile.out[at(a)] = shape.axis[at(a)]->longestOut;
    workBytes = shape.cores * ((layer.scratchBytes(shape.block, tile) + 7) / 8 * 8);
    workBytes = (workBytes + align - 1) / align * align;
  }
  if (shape.count(Axis::Inputs) > 1) {
    int64_t sums = bytesPerSum;
    for (Axis a : outputAxes)
      sums *= shape.axis[at(a)]->longestOut;
    workBytes += (sums + align - 1) / align * align;
  }
  workInL1.reset();
}

double Bound::teamInL1() const {
  if (!workInL1)
    workInL1 = team(inL1);
  return *workInL1;
}

double Bound::anyTiles(const ShapeChoice &shape) const {
  const bool many = shape.cores > 1 && machine.cluster;
  const double meet = many ? machine.cluster->fork(shape.cores) + machine.cluster->barrierCycles.value : 0;
  return cost.least() / static_cast<double>(shape.cores) + static_cast<double>(shape.tiles()) * meet;
}

int64_t Bound::bytes(const std::vector<int64_t> &slots) const {
  int64_t sum = workBytes;
  for (size_t i = 0; i < slots.size(); ++i)
    sum += slots[i] * slotBytes[i];
  return sum;
}

int64_t Bound::leastBytes() const {
  int64_t sum = workBytes;
  for (size_t i = 0; i < slotBytes.size(); ++i)
    sum += layer.operands[i].mayLieOut ? 0 : slotBytes[i];
  return sum;
}

double Bound::team(const std::vector<int64_t> &slots) const {
  const ShapeChoice &shape = *current;
  double sum = 0;
  const bool many = shape.cores > 1 && machine.cluster;
  const double meet = many ? machine.cluster->fork(shape.cores) + machine.cluster->barrierCycles.value : 0;
  // Of input channels the first segments and the last cost something else than those between.
  std::vector<std::pair<Segment, int64_t>> sums;
  const std::vector<Segment> &all = shape.axis[at(Axis::Inputs)]->segments;
  for (size_t i = 0; i < all.size(); ++i)
    if (i > 1 && i + 1 < all.size() && all[i].inCount == sums.back().first.inCount)
      ++sums.back().second;
    else
      sums.emplace_back(all[i], 1);
  for (auto [images, imageTimes] : shape.axis[0]->lengths)
    for (auto [rows, rowTimes] : shape.axis[1]->lengths)
      for (auto [columns, columnTimes] : shape.axis[2]->lengths)
        for (auto [channels, channelTimes] : shape.axis[3]->lengths) {
          const int64_t pixels = images * rows * columns;
          const int64_t grain = grainOf(shape.spread, channels, layer.outputBits());
          const bool byPixels = shape.spread == Spread::Pixels;
          const int64_t most = largestShare(byPixels ? pixels : channels, grain, shape.cores);
          double work = 0;
          for (const auto &[inputs, inputTimes] : sums)
            work += static_cast<double>(inputTimes) *
                    (meet + cost.cycles(byPixels ? most : pixels, byPixels ? channels : most, shape.block,
                                        slots, inputs));
          sum += static_cast<double>(imageTimes * rowTimes * columnTimes * channelTimes) * work;
        }
  return sum;
}

int64_t Bound::repeats(const Operand &operand, const Order &order) const {
  int64_t product = 1, upToLastUsed = 1;
  for (Axis axis : order) {
    if (operand.uses(axis)) {
      if (current->count(axis) > 1)
        upToLastUsed = product;
    } else {
      product *= current->count(axis);
    }
  }
  return upToLastUsed;
}

double Bound::combine(const std::vector<int64_t> &slots, const std::vector<int64_t> &times,
                      double work) const {
  double bound = work;
  for (size_t e = 0; e < 2; ++e) {
    double in = 0, out = 0;             // the engine is busy
    double serialIn = 0, serialOut = 0; // while no core works
    double lastOut = 0;
    const TransferEngine *engine = machine.engine(e == 0 ? 2 : 3, 1);
    if (!engine)
      continue;
    for (size_t i = 0; i < traffic.size(); ++i) {
      const Traffic &t = traffic[i];
      if (t.engine != e || slots[i] == 0 || !t.known)
        continue;
      const double all = t.once * static_cast<double>(times[i]);
      (t.out ? out : in) += all;
      if (t.out) {
        lastOut += t.last;
        serialOut += slots[i] == 1 ? all - t.last : 0;
      } else {
        serialIn += slots[i] == 1 ? all : t.first;
      }
    }
    if (engine->blocking) {
      bound = std::max(bound, work + in + out);
      continue;
    }
    const double gaps = engine->duplex ? std::max(serialIn, serialOut) : serialIn + serialOut;
    bound = std::max({bound, work + gaps + lastOut, in + lastOut, engine->duplex ? out : in + out});
  }
  return bound;
}

double Bound::anyOrder() const { return combine(optimistic, once, teamInL1()); }

double Bound::cycles(const Order &order, const std::vector<int64_t> &slots) const {
  std::vector<int64_t> times;
  bool allInL1 = true;
  for (size_t i = 0; i < slots.size(); ++i) {
    times.push_back(repeats(layer.operands[i], order));
    allInL1 &= slots[i] > 0;
  }
  return combine(slots, times, allInL1 ? teamInL1() : team(slots));
}

} // namespace dyadic::model
