// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The terms of the smallest tiling, and a search with each choice left open that was made for it.
#include "passes/model/tiling/Explain.h"
#include "passes/model/tiling/Bound.h"
#include <algorithm>
#include <cmath>

namespace dyadic::model {
namespace {

struct Smallest {
  std::optional<Tiling> tiling;
  Footprint footprint;
};

Smallest smallestTiling(const Machine &machine, const LayerProblem &layer, const SearchOptions &options) {
  Smallest least;
  SearchOptions single = options;
  single.maxSlots = 1;
  bool found = false;
  auto look = [&](const Candidates &candidates) {
    for (int64_t team : candidates.teams())
      candidates.forEachShape(team, [&](const ShapeChoice &shape) {
        found = true;
        for (const auto &slots : candidates.slots(shape, true)) {
          Tiling tiling = candidates.tiling(shape, outputAxes, slots);
          Footprint bytes = footprint(layer, tiling, machine.l1->alignBytes);
          if (!least.tiling || bytes.totalBytes < least.footprint.totalBytes)
            least = {std::move(tiling), std::move(bytes)};
        }
      });
  };
  look(Candidates(machine, layer, single));
  // Of the segments of input channels the shortest that fills bytes takes least.
  auto &size = single.fixed.size[at(Axis::Inputs)];
  if (size || !layer.mayCut[at(Axis::Inputs)])
    return least;
  found = false;
  for (int64_t inputs = 1; !found && inputs < layer.inputs; inputs *= 2) {
    size = inputs;
    look(Candidates(machine, layer, single));
  }
  return least;
}

std::string cores(int64_t n) { return std::to_string(n) + (n == 1 ? " core" : " cores"); }

std::string grouped(int64_t n) {
  std::string text = std::to_string(n);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<size_t>(at), 1, ',');
  return text;
}

/// What stands in the way when it is not memory.
void tellObstacle(const Machine &machine, const LayerProblem &layer, const SearchOptions &options,
                  NoFit &why) {
  for (const Operand &operand : layer.operands)
    if (!Timeline::connects(machine, operand.level, 1, !operand.isOutput()) && !operand.mayLieOut) {
      why.message = "cannot be tiled: " + machine.name + " has no transfer engine " +
                    (operand.isOutput() ? "from L1 to L" : "to L1 from L") + std::to_string(operand.level) +
                    ", where its " + operand.name + " lies";
      return;
    }
  why.misaligned = !smallestTiling(machine, layer, {}).tiling;
  for (Axis axis : allAxes)
    if (const auto &size = options.fixed.size[at(axis)];
        size && !layer.mayCut[at(axis)] && *size < layer.extent(axis)) {
      why.message = std::string("cannot be cut along its ") + toString(axis) + ", and tiles of " +
                    std::to_string(*size) + " of them are asked for";
      return;
    }
  why.message =
      "cannot be tiled: no cut of its axes falls on whole bytes of all its tensors with these choices; "
      "leave the tile's shape or its spread open";
}

using Fix = std::pair<double, std::string>;

class Fixes {
public:
  Fixes(const Machine &machine, const LayerProblem &layer, const SearchOptions &options)
      : machine(machine), layer(layer), options(options) {}

  std::vector<std::string> find() {
    for (Axis axis : allAxes)
      relax(
          options.fixed.size[at(axis)], [&](SearchOptions &o) { o.fixed.size[at(axis)].reset(); },
          std::string("another tile size in ") + toString(axis));
    relax(options.fixed.spread, [](SearchOptions &o) { o.fixed.spread.reset(); }, "another spread");
    relax(
        options.fixed.block, [](SearchOptions &o) { o.fixed.block.reset(); }, "another block of the kernel");
    relax(options.fixed.cores, [](SearchOptions &o) { o.fixed.cores.reset(); }, "another team of cores");
    std::sort(found.begin(), found.end());
    std::vector<std::string> texts;
    for (Fix &fix : found)
      texts.push_back(std::move(fix.second));
    return texts;
  }

private:
  template <class T, class Change>
  void relax(const std::optional<T> &choice, Change change, const std::string &text) {
    if (!choice)
      return;
    SearchOptions open = options;
    change(open);
    if (std::optional<LayerPlan> plan = findTiling(machine, layer, open))
      found.emplace_back(plan->time.cycles, text + " (" + plan->tiling.shape() + ", spread over " +
                                                toString(plan->tiling.spread) + ", " +
                                                cores(plan->tiling.cores) + ", " +
                                                grouped(plan->footprint.totalBytes) + " bytes, about " +
                                                grouped(std::llround(plan->time.cycles)) + " cycles)");
  }

  const Machine &machine;
  const LayerProblem &layer;
  const SearchOptions &options;
  std::vector<Fix> found;
};

} // namespace

NoFit explainNoFit(const Machine &machine, const LayerProblem &layer, const SearchOptions &options) {
  NoFit why;
  const int64_t room = machine.room(1).value_or(INT64_MAX);
  const Smallest least = smallestTiling(machine, layer, options);
  why.roomBytes = std::max<int64_t>(0, room);
  why.fixes = Fixes(machine, layer, options).find();
  if (!least.tiling) {
    tellObstacle(machine, layer, options, why);
    return why;
  }
  const Tiling &tiling = *least.tiling;
  why.shape = tiling.shape();
  for (size_t i = 0; i < layer.operands.size(); ++i)
    if (tiling.slots[i] > 0)
      why.terms.push_back({layer.operands[i].name, least.footprint.slotBytes[i]});
  if (least.footprint.scratchBytes > 0)
    why.terms.push_back({"scratch of " + cores(tiling.cores), least.footprint.scratchBytes});
  if (least.footprint.sumBytes > 0)
    why.terms.push_back({"sums", least.footprint.sumBytes});
  why.shortBytes = least.footprint.totalBytes - room;
  std::string terms;
  for (const NoFit::Term &term : why.terms)
    terms += (terms.empty() ? "" : " + ") + term.what + " " + grouped(term.bytes);
  why.message = "does not fit into L1: its smallest tile (" + why.shape + ") needs " + terms + " = " +
                grouped(least.footprint.totalBytes) + " bytes, and there are " + grouped(why.roomBytes);
  const MemoryLevel &l1 = *machine.l1;
  const bool bounded = l1.bufferBytes && l1.bufferBytes->value == room;
  if (bounded)
    why.message += " (l1.buffer_bytes)";
  else if (l1.bytes) {
    const int64_t stacks = machine.cluster ? machine.cluster->stacks() : 0;
    const int64_t reserved = l1.reserved ? l1.reserved->value : 0;
    why.message += " of " + grouped(l1.bytes->value);
    if (stacks > 0) {
      why.message += " less " + grouped(stacks) + " of stacks of " + cores(machine.cores());
      why.terms.push_back({"stacks of " + cores(machine.cores()), stacks});
    }
    if (reserved > 0)
      why.message += " less " + grouped(reserved) + " that are reserved";
  }
  why.message += "; " + grouped(why.shortBytes) + " bytes short";
  return why;
}

} // namespace dyadic::model
