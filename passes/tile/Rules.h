// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which of --tile's rules counts for a layer, and what of a wish is given up first.
#pragma once

#include "mlir/IR/Operation.h"
#include "passes/model/tiling/Choices.h"
#include "llvm/Support/GlobPattern.h"

namespace dyadic::tile {

class Rules {
public:
  explicit Rules(const std::vector<model::TileRule> &rules);

  struct Match {
    model::TilingChoices choices;
    bool isWish = false; ///< the rule names no single node
  };
  /// The last rule that matches; none: everything is open.
  Match match(llvm::StringRef node);
  /// Every rule matched something; a usage error that tells why not.
  mlir::LogicalResult allMet(mlir::Operation *network, const llvm::Twine &why) const;

private:
  struct Rule {
    model::TileRule rule;
    llvm::GlobPattern pattern;
    bool met = false;
  };
  std::vector<Rule> list;
};

/// Opens one choice, the one that most often cannot be kept first, and names it in `open`; false when none is
/// left.
bool giveUpOne(model::TilingChoices &choices, std::string &open);

} // namespace dyadic::tile
