// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Enumerates sizes, spreads, teams, blocks, orders and slots.
#include "passes/model/tiling/Candidates.h"
#include <algorithm>
#include <set>

namespace dyadic::model {
namespace {

/// Calls `visit` for each tile that the operand sees until it returns false.
bool everyTile(const Operand &operand, const ShapeChoice &shape,
               const std::function<bool(const Tile &)> &visit) {
  std::array<size_t, axisCount> index{};
  while (true) {
    Tile tile;
    for (size_t a = 0; a < axisCount; ++a)
      tile[a] = &shape.axis[a]->segments[index[a]];
    if (!visit(tile))
      return false;
    size_t a = axisCount;
    while (a-- > 0) {
      if (operand.uses(allAxes[a]) && ++index[a] < shape.axis[a]->segments.size())
        break;
      index[a] = 0;
      if (a == 0)
        return true;
    }
  }
}

} // namespace

std::vector<int64_t> tileSizes(int64_t extent) {
  std::set<int64_t> sizes;
  for (int64_t n = 1; n <= extent; ++n) {
    sizes.insert((extent + n - 1) / n);
    if (n <= allSizesUpTo && extent <= allSizesUpTo)
      sizes.insert(n);
  }
  return {sizes.rbegin(), sizes.rend()};
}

std::vector<int64_t> segmentSizes(int64_t inputs) {
  std::set<int64_t> sizes;
  for (int64_t n = 2; n / 2 < inputs; n *= 2) {
    sizes.insert((inputs + n - 1) / n);
    if (n < inputs)
      sizes.insert(n);
  }
  return {sizes.rbegin(), sizes.rend()};
}

int64_t ShapeChoice::tiles() const {
  int64_t product = 1;
  for (Axis a : allAxes)
    product *= count(a);
  return product;
}

Candidates::Candidates(const Machine &machine, const LayerProblem &layer, const SearchOptions &options)
    : machine(machine), layer(layer), options(options) {
  for (Axis axis : allAxes)
    add(axis);
  if (options.fixed.cores)
    teamSizes = {std::min(*options.fixed.cores, machine.cores())};
  else
    for (int64_t n = machine.cores(); n >= 1; --n)
      teamSizes.push_back(n);
  blocks = options.fixed.block ? std::vector<int64_t>{*options.fixed.block} : layer.blocks;
  for (Spread spread : {Spread::Pixels, Spread::Channels})
    if ((!options.fixed.spread || *options.fixed.spread == spread) &&
        (spread == Spread::Pixels ? layer.maySpreadPixels : layer.maySpreadChannels))
      spreads.push_back(spread);
}

void Candidates::add(Axis axis) {
  const int64_t extent = layer.extent(axis);
  const bool ofInputs = axis == Axis::Inputs;
  std::vector<int64_t> sizes = ofInputs ? segmentSizes(extent) : tileSizes(extent);
  if (!layer.mayCut[at(axis)] || (ofInputs && !options.cutInputs))
    sizes = {extent};
  if (const auto &fixed = options.fixed.size[at(axis)]) {
    const int64_t size = std::clamp<int64_t>(*fixed, 1, extent);
    sizes = layer.mayCut[at(axis)] || size == extent ? std::vector{size} : std::vector<int64_t>();
  } else if (layer.mayCut[at(axis)] && axis == Axis::Images) {
    sizes = extent == 1 ? std::vector<int64_t>{1} : std::vector<int64_t>{1, extent};
  }
  for (int64_t size : sizes) {
    AxisChoice choice;
    choice.size = size;
    choice.segments = layer.cutAxis(axis, size);
    for (const Segment &s : choice.segments) {
      choice.longestOut = std::max(choice.longestOut, s.outCount);
      choice.longestIn = std::max(choice.longestIn, s.inCount);
      choice.sumIn += s.inCount;
      choice.filledIn += s.inCount > 0;
      if (choice.lengths.empty() || choice.lengths.back().first != s.outCount)
        choice.lengths.emplace_back(s.outCount, 0);
      ++choice.lengths.back().second;
    }
    if (axis == Axis::Channels && !mayCall(static_cast<int64_t>(choice.segments.size()), size))
      continue;
    choices[at(axis)].push_back(std::move(choice));
  }
}

bool Candidates::mayCall(int64_t segments, int64_t size) const {
  const int64_t least = (layer.extent(Axis::Channels) + segments - 1) / segments;
  return segments >= options.calls &&
         (!options.evenCalls || (segments % options.calls == 0 && size == least));
}

bool Candidates::transferable(const Operand &operand, const ShapeChoice &shape) const {
  const TransferEngine *engine = machine.engine(operand.level, 1);
  const int64_t unit = 8 * (engine ? engine->alignBytes : 1); // bits
  // Quickly: every cut begins and ends on a unit, and there are three dimensions at most.
  bool quick = operand.dims.size() <= 3 || (operand.dims.size() == 4 && shape.axis[0]->longestOut == 1);
  bool lines = false; // of which each begins a stride behind the one before
  int64_t stride = operand.bits;
  for (size_t d = operand.dims.size(); quick && d-- > 0; stride *= operand.dims[d].extent) {
    const Dim &dim = operand.dims[d];
    quick &= !lines || stride % unit == 0 || dim.extent == 1;
    if (dim.use == Use::Whole)
      continue;
    for (const Segment &s : shape.axis[at(dim.axis)]->segments) {
      const int64_t first = dim.use == Use::Out ? s.outFirst : s.inFirst;
      const int64_t count = dim.use == Use::Out ? s.outCount : s.inCount;
      lines |= count != dim.extent;
      if (stride % unit == 0)
        continue;
      quick &= (first * stride % unit == 0 && count * stride % unit == 0) || count == dim.extent;
    }
  }
  return quick || everyTile(operand, shape, [&](const Tile &tile) {
           const std::optional<Box> box = operand.box(tile);
           return box && (!engine || isAligned(*engine, *box));
         });
}

bool Candidates::isOneRun(const Operand &operand, const ShapeChoice &shape) const {
  return everyTile(operand, shape, [&](const Tile &tile) {
    std::optional<Box> box = operand.box(tile);
    return box && box->lines == 1 && box->planes == 1;
  });
}

void Candidates::forEachShape(int64_t cores, const std::function<void(const ShapeChoice &)> &visit) const {
  ShapeChoice shape;
  shape.cores = cores;
  auto shares = [&](Spread spread) {
    const int64_t pixels = shape.axis[0]->longestOut * shape.axis[1]->longestOut * shape.axis[2]->longestOut;
    return cores == 1 ? spread == spreads.front()
                      : std::all_of(shape.axis[3]->lengths.begin(), shape.axis[3]->lengths.end(),
                                    [&](auto length) { // the last tile may be narrower than the others
                                      return maySpread(spread, pixels, length.first, layer.outputBits());
                                    });
  };
  for (const AxisChoice &images : choices[0])
    for (const AxisChoice &rows : choices[1])
      for (const AxisChoice &columns : choices[2])
        for (const AxisChoice &channels : choices[3])
          for (const AxisChoice &inputs : choices[4]) {
            shape.axis = {&images, &rows, &columns, &channels, &inputs};
            if (!std::all_of(layer.operands.begin(), layer.operands.end(),
                             [&](const Operand &operand) { return transferable(operand, shape); }))
              continue;
            for (Spread spread : spreads) {
              if (!shares(spread))
                continue;
              shape.spread = spread;
              for (int64_t block : blocks) {
                shape.block = block;
                visit(shape);
              }
            }
          }
}

std::vector<Order> Candidates::orders(const ShapeChoice &shape) const {
  if (options.fixed.order)
    return {*options.fixed.order};
  std::vector<Axis> uncut, cutAxes;
  for (Axis axis : outputAxes)
    (shape.count(axis) > 1 ? cutAxes : uncut).push_back(axis);
  std::vector<Order> result;
  do {
    if (options.outermost && shape.count(*options.outermost) > 1 && cutAxes.front() != *options.outermost)
      continue;
    Order order;
    std::copy(cutAxes.begin(), cutAxes.end(), std::copy(uncut.begin(), uncut.end(), order.begin()));
    result.push_back(order);
  } while (std::next_permutation(cutAxes.begin(), cutAxes.end()));
  return result;
}

std::vector<std::vector<int64_t>> Candidates::slots(const ShapeChoice &shape, bool anyCost) const {
  constexpr size_t roles = 4;
  const int64_t most = machine.l1 && !machine.l1->doubleBuffering ? 1 : options.maxSlots;
  std::array<std::vector<int64_t>, roles> allowed;
  std::vector<bool> changes;
  for (const Operand &operand : layer.operands) {
    bool cut = false;
    for (Axis axis : allAxes)
      cut |= operand.uses(axis) && shape.count(axis) > 1 && !(axis == Axis::Channels && options.channelCalls);
    changes.push_back(cut);
  }
  for (size_t role = 0; role < roles; ++role) {
    bool present = false, cut = false, lieOut = true, connected = true;
    for (size_t i = 0; i < layer.operands.size(); ++i) {
      const Operand &operand = layer.operands[i];
      if (static_cast<size_t>(operand.role) != role)
        continue;
      present = true;
      cut |= changes[i];
      connected &= Timeline::connects(machine, operand.level, 1, !operand.isOutput());
      lieOut = lieOut && operand.mayLieOut && machine.level(operand.level) &&
               machine.level(operand.level)->addressable &&
               (anyCost || WorkCost::accessPenalty(machine, operand.level)) && isOneRun(operand, shape);
    }
    if (!present) {
      allowed[role] = {1};
      continue;
    }
    if (lieOut)
      allowed[role].push_back(0);
    for (int64_t n = 1; connected && n <= (cut ? most : 1); ++n)
      allowed[role].push_back(n);
  }
  std::vector<std::vector<int64_t>> result;
  for (int64_t input : allowed[0])
    for (int64_t weights : allowed[1])
      for (int64_t parameters : allowed[2])
        for (int64_t output : allowed[3]) {
          const std::array<int64_t, roles> byRole = {input, weights, parameters, output};
          std::vector<int64_t> one;
          for (size_t i = 0; i < layer.operands.size(); ++i) {
            const int64_t n = byRole[static_cast<size_t>(layer.operands[i].role)];
            one.push_back(changes[i] ? n : std::min<int64_t>(n, 1));
          }
          result.push_back(std::move(one));
        }
  return result;
}

Tiling Candidates::tiling(const ShapeChoice &shape, const Order &order,
                          const std::vector<int64_t> &slots) const {
  Tiling result;
  for (size_t a = 0; a < axisCount; ++a)
    result.segments[a] = shape.axis[a]->segments;
  result.order = order;
  result.spread = shape.spread;
  result.cores = shape.cores;
  result.block = shape.block;
  result.slots = slots;
  return result;
}

} // namespace dyadic::model
