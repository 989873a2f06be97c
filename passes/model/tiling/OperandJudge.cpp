// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lists the runs of consecutive elements of every tile.
#include "passes/model/tiling/OperandJudge.h"
#include <set>

namespace dyadic::model {
namespace {

struct Extent {
  int64_t first, count, whole;
};
struct Run {
  int64_t begin, end; ///< elements
};

/// All runs of consecutive elements of a tile.
std::vector<Run> runsOf(const std::vector<Extent> &dims) {
  std::vector<Run> runs;
  std::vector<int64_t> index(dims.size(), 0);
  for (const Extent &d : dims)
    if (d.count == 0)
      return runs;
  while (true) {
    int64_t element = 0;
    for (size_t d = 0; d < dims.size(); ++d)
      element = element * dims[d].whole + dims[d].first + index[d];
    const int64_t length = dims.empty() ? 1 : dims.back().count;
    if (!runs.empty() && runs.back().end == element)
      runs.back().end += length;
    else
      runs.push_back({element, element + length});
    size_t d = dims.empty() ? 0 : dims.size() - 1; // the last dimension is the run itself
    while (d-- > 0) {
      if (++index[d] < dims[d].count)
        break;
      index[d] = 0;
    }
    if (d == static_cast<size_t>(-1))
      return runs;
  }
}

/// Planes of lines at constant distances.
bool isBox(const std::vector<Run> &runs) {
  if (runs.size() < 3)
    return true;
  const int64_t line = runs[1].begin - runs[0].begin;
  size_t lines = 1;
  while (lines < runs.size() && runs[lines].begin - runs[lines - 1].begin == line)
    ++lines;
  for (size_t i = 0; i < runs.size(); ++i) {
    const int64_t plane = lines < runs.size() ? runs[lines].begin - runs[0].begin : 0;
    if (runs[i].begin !=
        runs[0].begin + static_cast<int64_t>(i / lines) * plane + static_cast<int64_t>(i % lines) * line)
      return false;
  }
  return true;
}

} // namespace

void judgeOperand(const LayerProblem &layer, size_t i, const Tiling &tiling, int64_t slotBytes,
                  std::vector<TilingFault> &faults) {
  auto fault = [&](const char *rule, std::string what) { faults.push_back({rule, std::move(what)}); };
  const Operand &o = layer.operands[i];
  if (tiling.slots[i] < 0 || (tiling.slots[i] == 0 && !o.mayLieOut))
    fault("slots", o.name + " has " + std::to_string(tiling.slots[i]) + " buffers");
  std::set<std::vector<int64_t>> seen;
  int64_t whole = 1;
  for (const Dim &dim : o.dims)
    whole *= dim.extent;
  for (int64_t t = 0; t < tiling.tiles(); ++t) {
    const Tile tile = tiling.tile(t);
    std::vector<Extent> dims;
    std::vector<int64_t> key;
    int64_t elements = 1;
    for (const Dim &dim : o.dims) {
      const Segment &s = *tile[at(dim.axis)];
      Extent e = {0, dim.extent, dim.extent};
      if (dim.use == Use::Out)
        e = {s.outFirst, s.outCount, dim.extent};
      if (dim.use == Use::In)
        e = {s.inFirst, s.inCount, dim.extent};
      dims.push_back(e);
      key.push_back(e.first);
      elements *= e.count;
    }
    if (!seen.insert(key).second)
      continue;
    const int64_t bytes = (elements * o.bits + 7) / 8;
    if (tiling.slots[i] > 0 && bytes > slotBytes)
      fault("slot bytes", o.name + " of tile " + std::to_string(t) + " takes " + std::to_string(bytes) +
                              " bytes of " + std::to_string(slotBytes));
    const std::vector<Run> runs = runsOf(dims);
    if (tiling.slots[i] == 0 && runs.size() > 1)
      fault("slots", o.name + " of tile " + std::to_string(t) + " has no buffer and lies in " +
                         std::to_string(runs.size()) + " runs");
    if (!isBox(runs))
      fault("alignment", o.name + " of tile " + std::to_string(t) + " has more than three dimensions");
    for (const Run &run : runs) {
      const bool endsTensor = runs.size() == 1 && run.end == whole;
      if (run.begin * o.bits % 8 == 0 && (run.end * o.bits % 8 == 0 || endsTensor))
        continue;
      fault("alignment", o.name + " of tile " + std::to_string(t) + ": elements " +
                             std::to_string(run.begin) + " to " + std::to_string(run.end - 1) +
                             " are no whole bytes");
      break;
    }
  }
}

} // namespace dyadic::model
