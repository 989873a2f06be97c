// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Groups channel segments into chunks and times each call.
#include "passes/model/tiling/Stream.h"
#include "passes/model/tiling/Explain.h"
#include <algorithm>

namespace dyadic::model {
namespace {

constexpr std::array<int64_t, 6> chunkCounts = {1, 2, 4, 8, 16, 32};

int64_t aligned(const Machine &machine, int64_t bytes) {
  const int64_t align = machine.l2.alignBytes;
  return (bytes + align - 1) / align * align;
}

/// Channels of what is streamed follow each other, so that several of them are a run of bytes.
bool liesInRuns(const LayerProblem &layer) {
  return std::all_of(layer.operands.begin(), layer.operands.end(), [](const Operand &operand) {
    auto isChannels = [](const Dim &dim) { return dim.use != Use::Whole && dim.axis == Axis::Channels; };
    const auto channels = std::find_if(operand.dims.begin(), operand.dims.end(), isChannels);
    return !operand.mayStream ||
           std::all_of(operand.dims.begin(), channels, [](const Dim &dim) { return dim.extent == 1; });
  });
}

bool cutInto(const Machine &machine, const LayerProblem &layer, int64_t count, StreamOption &option) {
  const Tiling &tiling = option.plan.tiling;
  const int64_t segments = tiling.count(Axis::Channels);
  for (int64_t k = 0; k < count; ++k) {
    Chunk chunk;
    chunk.firstSegment = firstOfCall(segments, k, count);
    chunk.segments = firstOfCall(segments, k + 1, count) - chunk.firstSegment;
    if (!measureLoad(machine, layer, tiling, chunk))
      return false;
    chunk.runCycles = timeLayer(machine, layer, tiling.ofChannels(chunk.firstSegment, chunk.segments)).cycles;
    option.slotBytes = std::max(option.slotBytes, chunk.bytes);
    option.chunks.push_back(chunk);
  }
  return true;
}

} // namespace

bool measureLoad(const Machine &machine, const LayerProblem &layer, const Tiling &tiling, Chunk &chunk) {
  const auto &segments = tiling.segments[at(Axis::Channels)];
  const Segment &first = segments[static_cast<size_t>(chunk.firstSegment)];
  const Segment &last = segments[static_cast<size_t>(chunk.firstSegment + chunk.segments - 1)];
  Segment run = first;
  run.outCount = run.inCount = last.outFirst + last.outCount - first.outFirst;
  Tile tile;
  for (Axis axis : allAxes)
    tile[at(axis)] = axis == Axis::Channels ? &run : &tiling.segments[at(axis)].front();
  const Segment inputs = {0, layer.inputs, 0, layer.inputs, 0}; // all that the channels sum over
  tile[at(Axis::Inputs)] = &inputs;
  for (const Operand &operand : layer.operands) {
    if (!operand.mayStream)
      continue;
    const std::optional<Box> box = operand.box(tile);
    // A stage holds runs of bytes: weights whose channels lie apart pass through it as a whole.
    if (!box || box->planes * box->lines != 1 || !isAligned(*machine.engine(3, 2), *box))
      return false;
    chunk.bytes += aligned(machine, box->total());
    chunk.loadCycles += transferCycles(*machine.engine(3, 2), *box, true);
  }
  return true;
}

double firstPartCycles(const Machine &machine, const LayerProblem &layer, const Tiling &tiling) {
  const TransferEngine *engine = machine.l1 && machine.l1->doubleBuffering ? machine.engine(2, 1) : nullptr;
  double sum = 0;
  for (size_t i = 0; engine && !engine->blocking && i < layer.operands.size(); ++i) {
    const Operand &operand = layer.operands[i];
    const bool changes = std::any_of(operand.dims.begin(), operand.dims.end(), [&](const Dim &dim) {
      return dim.use != Use::Whole && tiling.count(dim.axis) > 1;
    });
    if (!operand.mayStream || tiling.slots[i] < (changes ? 2 : 1))
      continue;
    if (const std::optional<Box> box = operand.box(tiling.tile(0)))
      sum += transferCycles(*engine, *box, true);
  }
  return sum;
}

double StreamOption::runCycles() const {
  double sum = 0;
  for (const Chunk &chunk : chunks)
    sum += chunk.runCycles;
  return sum;
}

double StreamOption::innerWait() const {
  double sum = 0;
  for (size_t k = 1; k < chunks.size(); ++k)
    sum += slots > 1 && !blocking ? std::max(0.0, chunks[k].loadCycles - chunks[k - 1].runCycles)
                                  : chunks[k].loadCycles;
  return sum;
}

double StreamOption::firstWait(double ahead) const {
  return blocking ? chunks.front().loadCycles : std::max(0.0, chunks.front().loadCycles - ahead);
}

int64_t streamableBytes(const Machine &machine, const LayerProblem &layer) {
  int64_t sum = 0;
  for (const Operand &operand : layer.operands)
    sum += operand.mayStream ? aligned(machine, operand.bytes()) : 0;
  return sum;
}

double loadCycles(const Machine &machine, const LayerProblem &layer) {
  double sum = 0;
  if (const TransferEngine *engine = machine.engine(3, 2))
    for (const Operand &operand : layer.operands)
      sum += operand.mayStream ? engine->cycles(operand.bytes(), 1, true) : 0;
  return sum;
}

std::vector<StreamOption> streamOptions(const Machine &machine, const LayerProblem &layer,
                                        const LayerPlan &resident, const SearchOptions &options,
                                        int64_t mostChunks) {
  std::vector<StreamOption> result;
  const TransferEngine *engine = machine.engine(3, 2);
  const int64_t bytes = streamableBytes(machine, layer), channels = layer.extents[at(Axis::Channels)];
  if (!engine || bytes == 0)
    return result;
  SearchOptions called = options;
  called.outermost = Axis::Channels;
  for (int64_t count : chunkCounts) {
    const double load = static_cast<double>(bytes) / engine->bytesPerCycleIn.value;
    if (count > std::min(channels, mostChunks) ||
        (count > 1 && (load / static_cast<double>(count) < engine->setup.value || !liesInRuns(layer))))
      break;
    std::optional<LayerPlan> plan = resident;
    if (count > 1) {
      // A slot is as large as the largest chunk.
      called.calls = count;
      called.evenCalls = true;
      plan = findTiling(machine, layer, called);
      called.evenCalls = false;
      if (!plan)
        plan = findTiling(machine, layer, called);
    }
    if (!plan)
      continue;
    StreamOption option;
    option.plan = std::move(*plan);
    option.blocking = engine->blocking || !machine.l2.doubleBuffering;
    if (!cutInto(machine, layer, count, option))
      continue;
    option.partCycles = firstPartCycles(machine, layer, option.plan.tiling);
    if (count > 1 && machine.l2.doubleBuffering) {
      option.slots = 2;
      result.push_back(option);
      option.slots = 1;
    }
    result.push_back(std::move(option));
  }
  return result;
}

} // namespace dyadic::model
