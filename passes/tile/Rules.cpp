// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matches names with patterns, as --impl does.
#include "passes/tile/Rules.h"

#include "mlir/IR/Diagnostics.h"
#include "passes/Verdict.h"

using namespace mlir;
namespace dyadic::tile {

Rules::Rules(const std::vector<model::TileRule> &rules) {
  for (const model::TileRule &rule : rules) {
    // A node's own name counts before it is read as a pattern, so that names may hold '[' or '*'.
    auto pattern = llvm::GlobPattern::create(rule.pattern.empty() ? "*" : rule.pattern);
    if (!pattern) {
      llvm::consumeError(pattern.takeError());
      pattern = llvm::GlobPattern::create("");
    }
    list.push_back({rule, std::move(*pattern)});
  }
}

Rules::Match Rules::match(StringRef node) {
  Match found;
  for (Rule &r : list)
    if (bool named = node == r.rule.pattern; named || r.pattern.match(node)) {
      r.met = true;
      found = {r.rule.choices, !named};
    }
  return found;
}

LogicalResult Rules::allMet(Operation *network, const llvm::Twine &why) const {
  for (const Rule &r : list)
    if (!r.met) {
      InFlightDiagnostic error = emitError(network->getLoc())
                                 << "--tile " << (r.rule.pattern.empty() ? "" : r.rule.pattern + ":")
                                 << "... matches nothing: " << why;
      setVerdict(error, Verdict::Usage);
      return failure();
    }
  return success();
}

bool giveUpOne(model::TilingChoices &choices, std::string &open) {
  auto give = [&](auto &choice, const char *name) {
    if (!choice)
      return false;
    choice.reset();
    open += (open.empty() ? "" : ", ") + std::string(name);
    return true;
  };
  // Channels of fewer bits than a byte most often stand in the way.
  for (model::Axis axis : llvm::reverse(model::allAxes))
    if (give(choices.size[at(axis)], toString(axis)))
      return true;
  return give(choices.order, "order") || give(choices.spread, "spread") || give(choices.block, "block") ||
         give(choices.cores, "cores");
}

} // namespace dyadic::tile
