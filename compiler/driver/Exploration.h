// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The points of one exploration: what decides each, and how it is computed.
#pragma once
#include "compiler/driver/Place.h"
#include "compiler/explore/Store.h"
#include <map>

namespace dyadic {

class Exploration {
public:
  Exploration(const ExploreCommand &command, Session &session) : command(command), session(session) {}

  /// Imports the model and lowers it to qint, once for each way to multiply; then the plan is known.
  llvm::Error prepare(explore::Grid grid);
  const explore::Plan &plan() const { return thePlan; }
  /// Tiles, places and predicts; an infeasible point is no error.
  llvm::Expected<explore::Point> compute(size_t point);

private:
  struct Lowered {
    mlir::OwningOpRef<mlir::ModuleOp> module;
    std::string digest;
    std::vector<model::TileRule> tiles;
    std::vector<Report> reports; ///< why there is no module: a table of products would be too large
  };
  struct Machine {
    std::optional<Target> target;
    std::string why;        ///< without a target
    std::string multiplies; ///< which of the lowered modules
  };
  llvm::Error lower(LoadedModel &model, const std::string &implementation, const Target &base,
                    const Target &target, Lowered &lowered);
  Machine machineOf(size_t point) const;
  std::string keyOf(const Machine &machine, size_t point);
  explore::Point infeasible(size_t point, const std::vector<Report> &reports, const std::string &why) const;

  const ExploreCommand &command;
  Session &session;
  explore::Plan thePlan;
  std::vector<Machine> machines;
  std::map<std::string, Lowered> lowered;
};

} // namespace dyadic
