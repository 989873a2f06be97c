// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads grids and counts versions.
#include "passes/predict/Running.h"

using namespace mlir;
namespace dyadic::predict {
using plat::Axis;

model::Tiling tilingOf(plat::TiledOp tiled, const model::LayerProblem &layer) {
  model::Tiling t;
  plat::GridAttr grid = tiled.getGrid();
  for (auto [i, axis] : llvm::enumerate(grid.getOrder()))
    t.order[i] = static_cast<model::Axis>(axis);
  for (model::Axis axis : model::allAxes)
    for (plat::GridAttr::Segment s : grid.segments(static_cast<Axis>(axis)))
      t.segments[at(axis)].push_back({s.outFirst, s.outCount, s.inFirst, s.inCount, s.pad});
  if (!grid.sumsUp())
    t.segments[at(model::Axis::Inputs)] = {{0, layer.inputs, 0, layer.inputs, 0}};
  t.cores = tiled.getCores();
  t.spread = tiled.getSpread() == plat::Spread::Channels ? model::Spread::Channels : model::Spread::Pixels;
  t.block = std::max<int64_t>(1, plat::numberAt(tiled.getParams(), "block"));
  return t;
}

void Running::begin(plat::RunOp run) {
  lastRun = run.isLast();
  for (auto [t, end] = run.tiles(); t < end; ++t)
    tiles.push_back(op.getGrid().tile(t));
  for (plat::StreamOp stream : op.streams()) {
    SmallVector<int64_t> &v = versions[stream];
    v.assign(1, 0);
    for (size_t t = 1; t < tiles.size(); ++t) {
      bool other = false;
      for (Axis axis : op.getGrid().loops())
        other |= stream.getBox().follows(axis) &&
                 tiles[t][static_cast<size_t>(axis)] != tiles[t - 1][static_cast<size_t>(axis)];
      v.push_back(v.back() + other);
    }
    for (const model::Operand &o : layer.problem.operands)
      if (o.name == stream.getName())
        operands[stream] = &o;
  }
}

} // namespace dyadic::predict
