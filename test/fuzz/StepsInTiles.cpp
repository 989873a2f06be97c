// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads forms of steps and grids of tiles off the placed IR.
#include "test/fuzz/StepsInTiles.h"
#include "dialects/plat/Catalogue.h"
#include "dialects/plat/Plat.h"
#include "passes/model/Form.h"

namespace dyadic::fuzz {

const std::vector<std::string> &stepRows() {
  static const std::vector<std::string> rows = [] {
    std::vector<std::string> all;
    for (int kind = 0; kind <= static_cast<int>(model::FormKind::Pieces); ++kind)
      all.emplace_back(model::formName(static_cast<model::FormKind>(kind)));
    return all;
  }();
  return rows;
}

const std::vector<std::string> &stepColumns() {
  static const std::vector<std::string> columns = {"one", "each", "cut", "shared"};
  return columns;
}

std::set<StepCell> stepsInTiles(mlir::ModuleOp placed) {
  enum : unsigned {
    One,
    Each,
    Cut,
    Shared
  }; // all channels alike; not; in tiles of some; cores with some each
  std::set<StepCell> cells;
  placed.walk([&](plat::TiledOp tiled) {
    plat::StepOp step = tiled.getStep();
    if (!step)
      return;
    bool own = plat::numberAt(step.getParams(), "channels") > 1;
    for (int8_t form : step.getProof().getForms().asArrayRef()) {
      auto row = static_cast<unsigned>(form);
      cells.insert({row, own ? Each : One});
      if (own && tiled.getGrid().count(plat::Axis::Channels) > 1)
        cells.insert({row, Cut});
      if (own && tiled.getCores() > 1 && tiled.getSpread() == plat::Spread::Channels)
        cells.insert({row, Shared});
    }
  });
  return cells;
}

} // namespace dyadic::fuzz
